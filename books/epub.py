"""A book as an EPUB 3.3 that old readers can open too; where it was read aloud, the text follows the voice."""

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from books import layout, read_along
from books.pictures import cover_name, fit, fit_cover
from domain.book import Book, BookChapter

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_PAGES = ("cover", "title", "synopsis", "nav", "colophon")
_STORED = (".png", ".jpg", ".m4a")


def epub(book: Book, path: Path) -> None:
    """Write the book as an EPUB; the same book gives the same bytes. Raises `PictureUnreadable`."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w") as archive:
        _add(archive, "mimetype", b"application/epub+zip")
        for name, content in pages(book).items():
            _add(archive, name, content)
        _add(archive, f"EPUB/{cover_name(book)}", fit_cover(book, Path(folder)))
        for chapter in book.chapters:
            name = f"chapter-{chapter.number}"
            if chapter.picture:
                _add(archive, f"EPUB/{name}.jpg", fit(chapter.picture, Path(folder) / "picture.jpg"))
            if chapter.recording:
                _add(archive, f"EPUB/{name}.m4a", chapter.recording.compact)


def pages(book: Book) -> dict[str, bytes]:
    """Return every file of the book but its pictures and its sound, by its name in the archive."""
    facts = layout.facts(book) | {"cover": cover_name(book)}
    tag = f' lang="{facts["words_language"]}" xml:lang="{facts["words_language"]}" dir="ltr"'
    facts["own"] = Markup(tag if facts["foreign_words"] else "")  # noqa: S704
    for chapter, page in zip(book.chapters, facts["chapters"], strict=True):
        page |= _media(chapter, page)
    facts["total"] = sum(page["length"] for page in facts["chapters"])
    files = {"META-INF/container.xml": _render("container.xml", facts)}
    for name in ("package.opf", "toc.ncx", "style.css", *(f"{page}.xhtml" for page in _PAGES)):
        files[f"EPUB/{name}"] = _render(name, facts)
    for chapter in facts["chapters"]:
        files[f"EPUB/{chapter['id']}.xhtml"] = _render("chapter.xhtml", facts | {"chapter": chapter})
        if chapter["clips"]:
            files[f"EPUB/{chapter['id']}.smil"] = _render("chapter.smil", {"chapter": chapter})
    return files


def _media(chapter: BookChapter, page: dict[str, Any]) -> dict[str, Any]:
    clips = read_along.follow(page, chapter.recording) if chapter.recording else []
    if not clips:
        read_along.whole(page)
    return {
        "picture": bool(chapter.picture),
        "sound": bool(chapter.recording),
        "clips": clips,
        "length": sum(clip.end - clip.begin for clip in clips),
    }


def _clock(milliseconds: int) -> str:
    """Return a SMIL clock value."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


_TEMPLATES.filters["clock"] = _clock


def _render(name: str, facts: dict[str, Any]) -> bytes:
    return _TEMPLATES.get_template(name).render(facts).encode()


def _add(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> None:
    """Add a file with a fixed date; what is compressed already, and the media type, is stored."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    stored = name == "mimetype" or name.endswith(_STORED)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    if isinstance(content, bytes):
        archive.writestr(info, content)
        return
    with archive.open(info, "w") as target, content.open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)
