"""A book as Markdown that reads well as it is."""

import re
import tempfile
import zipfile
from pathlib import Path

from books import layout, prose
from books.pictures import cover_name, fit, fit_cover
from books.prose import Paragraph, Span
from books.words import words_of
from domain.book import Book, BookChapter

_INLINE = re.compile(r"[\\`*_\[\]<>&~|$^@]|:(?=//|[\w+-]+:)|(?<=www)\.", re.IGNORECASE)
_BREAK = "* * *"


def markdown(book: Book, path: Path) -> None:
    """Write the book's text as Markdown."""
    path.write_text(text(book), encoding="utf-8")


def illustrated(book: Book, path: Path) -> None:
    """Write a zip with the book as Markdown and its pictures beside it. Raises `PictureUnreadable`."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w") as archive:
        archive.writestr("book.md", text(book, pictures=True), zipfile.ZIP_DEFLATED)
        archive.write(fit_cover(book, Path(folder)), cover_name(book))
        for chapter in book.chapters:
            if chapter.picture:
                archive.write(fit(chapter.picture, Path(folder) / "picture.jpg"), _file(chapter))


def text(book: Book, *, pictures: bool = False) -> str:
    """Return the book as Markdown; its text stays text, whatever signs are in it."""
    words = words_of(book.language)
    parts = [f"![{words['cover']}]({cover_name(book)})"] if pictures else []
    parts.append(f"# {escape(prose.title(book))}")
    if synopsis := prose.line(book.synopsis):
        parts.append(f"> {escape(synopsis)}")
    parts += [f"## {words['contents']}", "\n".join(_entry(chapter) for chapter in book.chapters)]
    for chapter in book.chapters:
        parts.append(f"## {escape(prose.heading(chapter))}")
        if pictures and chapter.picture:
            parts.append(f"![{escape(layout.alt(chapter))}]({_file(chapter)})")
        parts += _blocks(chapter.text)
    return "\n\n".join([*parts, "---", _colophon(book, pictures=pictures)]) + "\n"


def _file(chapter: BookChapter) -> str:
    return f"pictures/chapter-{chapter.number}.jpg"


def escape(text: str) -> str:
    """Escape one line of text for Markdown."""
    escaped = _INLINE.sub(r"\\\g<0>", text)
    digits = re.match(r"\d{0,9}", escaped)
    at = digits.end() if digits else 0
    sign = "#+=-" if at == 0 else ".)"
    return f"{escaped[:at]}\\{escaped[at:]}" if escaped[at : at + 1] and escaped[at] in sign else escaped


def _entry(chapter: BookChapter) -> str:
    return f"{chapter.number}. {escape(prose.chapter_title(chapter) or prose.label(chapter))}"


def _blocks(text: str) -> list[str]:
    return [
        "\\\n".join(_line(line) for line in block.lines) if isinstance(block, Paragraph) else _BREAK
        for block in prose.blocks(text)
    ]


def _line(spans: list[Span]) -> str:
    return "".join(f"*{escape(span.text)}*" if span.emphasis else escape(span.text) for span in spans)


def _colophon(book: Book, *, pictures: bool) -> str:
    words = words_of(book.language)
    writer = prose.line(book.models) or words["model"]
    drawn = words["illustrated"] + drawer if pictures and (drawer := layout.illustrator(book)) else ""
    made = f"{words['bound_alone']}{layout.PUBLISHER}{words['stop']}"
    return f"{words['written_alone']}{escape(writer + drawn)}{made}{layout.hand(book)}"
