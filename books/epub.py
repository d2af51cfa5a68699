"""A story as an EPUB 3.3 that old readers can open too."""

import io
import re
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from books import prose
from books.cover import cover
from books.prose import Paragraph, SceneBreak, Span
from domain.story import Chapter, Story

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_PUBLISHER = "Fabula"
_PAGES = ("cover", "title", "synopsis", "nav", "colophon")
_LONG_ENOUGH_FOR_AN_INITIAL = 180
_OPENING = re.compile(r"(?:\S+\s+){2}\S{3,}(?=\s)|(?:\S+\s+){3}\S+(?=\s)")


def epub(story: Story, *, identifier: str, modified: datetime, generator: str = "") -> bytes:
    """Return the story as an EPUB; the same arguments give the same bytes.

    `identifier` is a UUID; `generator` names the model that wrote the story.
    """
    files = pages(story, identifier=identifier, modified=modified, generator=generator)
    picture = cover(prose.title(story), author=_PUBLISHER, genre=story.request.genre, seed=identifier)
    return _zipped(files | {"EPUB/cover.png": picture})


def pages(story: Story, *, identifier: str, modified: datetime, generator: str = "") -> dict[str, bytes]:
    """Return every file of the book but its cover picture, by its name in the archive."""
    facts = _facts(story, identifier, modified, generator)
    files = {"META-INF/container.xml": _render("container.xml", facts)}
    for name in ("package.opf", "toc.ncx", "style.css", *(f"{page}.xhtml" for page in _PAGES)):
        files[f"EPUB/{name}"] = _render(name, facts)
    for chapter in facts["chapters"]:
        files[f"EPUB/{chapter['file']}"] = _render("chapter.xhtml", facts | {"chapter": chapter})
    return files


def _facts(story: Story, identifier: str, modified: datetime, generator: str) -> dict[str, Any]:
    moment = modified.replace(tzinfo=modified.tzinfo or UTC).astimezone(UTC)
    return {
        "title": prose.title(story),
        "creator": _PUBLISHER,
        "identifier": uuid.UUID(identifier).urn,
        "modified": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date": f"{moment.day} {moment:%B %Y}",
        "language": prose.language(story),
        "synopsis": prose.line(story.synopsis),
        "subject": prose.line(story.request.genre),
        "premise": prose.line(story.request.premise),
        "generator": prose.authors(story, generator),
        "chapters": [_chapter(chapter) for chapter in story.chapters],
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "id": f"chapter-{chapter.number}",
        "file": f"chapter-{chapter.number}.xhtml",
        "label": prose.label(chapter),
        "title": prose.chapter_title(chapter),
        "heading": prose.heading(chapter),
        "blocks": _blocks(chapter.text),
    }


def _blocks(text: str) -> list[dict[str, Any]]:
    """Say of each block how it is set: what follows a heading or a break is not indented."""
    found: list[dict[str, Any]] = []
    first = True
    for block in prose.blocks(text):
        if isinstance(block, SceneBreak):
            found.append({"style": "break"})
        elif first:
            found.append(_opening(block, begins_chapter=not found))
        else:
            found.append({"style": "", "lines": block.lines, "lead": ""})
        first = isinstance(block, SceneBreak)
    return found


def _opening(paragraph: Paragraph, *, begins_chapter: bool) -> dict[str, Any]:
    """Set the chapter's first words in small capitals, after a large initial where there is room for one."""
    lead, lines = _lead(paragraph.lines) if begins_chapter else ("", paragraph.lines)
    text = paragraph.text
    initial = lead and text[0].isalpha() and text[0].isupper() and len(text) >= _LONG_ENOUGH_FOR_AN_INITIAL
    return {"style": "first initial" if initial else "first", "lines": lines, "lead": lead}


def _lead(lines: list[list[Span]]) -> tuple[str, list[list[Span]]]:
    first, *rest = lines[0]
    match = None if first.emphasis else _OPENING.match(first.text)
    if not match or match.end() > 40:
        return "", lines
    return match[0], [[Span(first.text[match.end() :]), *rest], *lines[1:]]


def _render(name: str, facts: dict[str, Any]) -> bytes:
    return _TEMPLATES.get_template(name).render(facts).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    """Zip the files, the media type first and stored as the format asks, all with one fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            _add(
                archive, name, content, zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, compression: int) -> None:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = compression
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)
