"""A story as an EPUB 3.3 that old readers can open too."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from books import layout, prose
from books.cover import cover
from domain.story import Story

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_PAGES = ("cover", "title", "synopsis", "nav", "colophon")


def epub(story: Story, *, identifier: str, modified: datetime, generator: str = "") -> bytes:
    """Return the story as an EPUB; the same arguments give the same bytes.

    `identifier` is a UUID; `generator` names the model that wrote the story.
    """
    files = pages(story, identifier=identifier, modified=modified, generator=generator)
    picture = cover(prose.title(story), author=layout.PUBLISHER, genre=story.genre, seed=identifier)
    return _zipped(files | {"EPUB/cover.png": picture})


def pages(story: Story, *, identifier: str, modified: datetime, generator: str = "") -> dict[str, bytes]:
    """Return every file of the book but its cover picture, by its name in the archive."""
    facts = layout.facts(story, identifier, modified, generator)
    files = {"META-INF/container.xml": _render("container.xml", facts)}
    for name in ("package.opf", "toc.ncx", "style.css", *(f"{page}.xhtml" for page in _PAGES)):
        files[f"EPUB/{name}"] = _render(name, facts)
    for chapter in facts["chapters"]:
        files[f"EPUB/{chapter['file']}"] = _render("chapter.xhtml", facts | {"chapter": chapter})
    return files


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
