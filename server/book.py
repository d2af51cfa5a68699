"""The command `book`: a finished story in any format, read aloud and illustrated if wanted."""

import tempfile
from datetime import UTC
from pathlib import Path

from rich.text import Text

import books
from domain.book import Book
from domain.story import Story
from server.errors import StoryNotFinished
from server.story_media import MediaWanted, StoryMedia
from server.write import check_out, console, free_path, refuse, run

NAMES = {"epub": ".epub", "pdf": ".pdf", "md": ".md", "m4b": ".m4b", "mp3": ".mp3.zip"}
PICTURED = {".md": ".md.zip"}


def book(named: str, formats: str, out: Path | None, narrator: str, pictures: bool, consent: bool) -> None:
    """Check what was asked for, then make the books."""
    suffixes = read_formats(formats, pictures)
    heard = any(books.FORMATS[suffix].heard for suffix in suffixes)
    wanted = MediaWanted(sound=heard or bool(narrator), narrator=narrator, pictures=pictures, consent=consent)
    if out:
        out = without_suffix(out.absolute())
        check_out(out.with_name(f"{out.name}.epub"))
    run(bind(named, suffixes, out, wanted))


def read_formats(formats: str, pictures: bool) -> list[str]:
    """Return the suffixes that are meant, or leave with code 2; Markdown with pictures is a zip."""
    asked = [name.strip().lower() for name in formats.split(",")]
    for name in asked:
        if name not in NAMES:
            refuse("--format", f"there is no format {name!r}; there are {', '.join(NAMES)}")
    suffixes = dict.fromkeys(NAMES[name] for name in asked)
    return [PICTURED.get(suffix, suffix) if pictures else suffix for suffix in suffixes]


def without_suffix(out: Path) -> Path:
    """Return the path without the ending of any format."""
    known = sorted((suffix for suffix in books.FORMATS if out.name.lower().endswith(suffix)), key=len)
    return out.with_name(out.name[: -len(known[-1])]) if known and known[-1] != out.name else out


async def bind(named: str, suffixes: list[str], out: Path | None, wanted: MediaWanted) -> None:
    """Make what is missing of sound and pictures, and the books. Raises `StoryNotFinished`."""
    from server.local import local_stories

    async with local_stories() as stories:
        thread = await (stories.find(named) if named else stories.find_finished())
        values = (await stories.state(thread)).values
    if not values.get("report"):
        raise StoryNotFinished(f"the story is not finished: fabula resume {thread.thread_id}")
    story, identifier = Story.of_state(values), thread.thread_id
    made = Book.of_story(story, identifier=str(identifier), modified=thread.created_at.astimezone(UTC))
    base = out or without_suffix(free_path(story.title, suffixes))
    with tempfile.TemporaryDirectory() as folder:
        if wanted:
            media = await StoryMedia.of(story, identifier, wanted)
            console.print(Text(announced(media), style="dim"))
            made = await media.add_to(made, Path(folder))
        files = books.write(made, [base.with_name(f"{base.name}{suffix}") for suffix in suffixes])
    for file in files:
        console.print(Text(f"  {file}"), soft_wrap=True)


def announced(media: StoryMedia) -> str:
    """Return who reads and who draws."""
    reader = f"{media.narrator.name} reads." if media.narrator else ""
    drawer = f"{media.drawer.name} draws." if media.drawer else ""
    return " ".join(part for part in (reader, drawer) if part)
