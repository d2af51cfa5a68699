"""Books: a story as files that a person can read or hear, keep and give away."""

from __future__ import annotations

import os
import stat
import tempfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import FabulaError

if TYPE_CHECKING:
    from domain.book import Book


class BookPathInvalid(FabulaError):
    """The book cannot be written there."""


@dataclass(frozen=True)
class Format:
    """A format of books, and what writes one into a new file. `heard` ones are made of recordings."""

    media_type: str
    write: Callable[[Book, Path], None]
    heard: bool = False


def _epub(book: Book, path: Path) -> None:
    from books.epub import epub

    epub(book, path)


def _markdown(book: Book, path: Path) -> None:
    from books.markdown import markdown

    markdown(book, path)


def _illustrated(book: Book, path: Path) -> None:
    from books.markdown import illustrated

    illustrated(book, path)


def _pdf(book: Book, path: Path) -> None:
    from books.pdf import pdf

    pdf(book, path)


def _m4b(book: Book, path: Path) -> None:
    from books.audio import m4b

    m4b(book, path)


def _mp3s(book: Book, path: Path) -> None:
    from books.audio import mp3s

    mp3s(book, path)


FORMATS = {
    ".epub": Format("application/epub+zip", _epub),
    ".md": Format("text/markdown; charset=utf-8", _markdown),
    ".pdf": Format("application/pdf", _pdf),
    ".md.zip": Format("application/zip", _illustrated),
    ".m4b": Format("audio/mp4", _m4b, heard=True),
    ".mp3.zip": Format("application/zip", _mp3s, heard=True),
}
SAVED = (".epub", ".md", ".pdf")


def check_path(path: Path) -> None:
    """Raise `BookPathInvalid` when no book can be saved to the path."""
    if path.suffix.lower() not in SAVED:
        raise BookPathInvalid(f"unknown book format {path.name!r}: the name must end in {', '.join(SAVED)}")
    try:
        _check_folder(path.parent)
        for each in _beside(path):
            if _is_folder(each):
                raise BookPathInvalid(f"{each} is a folder")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BookPathInvalid(f"the book cannot be written to {str(path)!r}: {reason}") from error


def save(book: Book, path: Path) -> list[Path]:
    """Write the book as EPUB, Markdown and PDF beside the path and return the files, the path's own first.

    A file appears whole or not at all, and none appears before all are made. Where no font has the book's letters
    there is no PDF, unless the path asks for it.
    """
    beside = _beside(path)
    return write(book, [each for each in beside if each == path or not unprintable(book, each)])


def unprintable(book: Book, path: Path) -> str:
    """Return why the book cannot be written to this path, where that is for want of a font."""
    from books.coverage import FontMissing
    from books.pdf import check_letters

    try:
        if path.suffix.lower() == ".pdf":
            check_letters(book)
    except FontMissing as error:
        return str(error)
    return ""


def write(book: Book, paths: Sequence[Path]) -> list[Path]:
    """Write the book to each path, in the format that its name ends in, and return the paths.

    A file appears whole or not at all, and none appears before all are made.
    """
    parts = [path.with_name(f".{uuid.uuid4().hex}.part") for path in paths]
    try:
        for path, part in zip(paths, parts, strict=True):
            format_of(path).write(book, part)
            _sync(part)
        for path, part in zip(paths, parts, strict=True):
            part.replace(path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return list(paths)


def format_of(path: Path) -> Format:
    """Return the format that a file's name ends in. Raises `BookPathInvalid`."""
    fitting = [suffix for suffix in FORMATS if path.name.lower().endswith(suffix) and path.suffix]
    if not fitting:
        raise BookPathInvalid(f"unknown book format {path.name!r}: the name must end in {', '.join(FORMATS)}")
    return FORMATS[max(fitting, key=len)]


def _beside(path: Path) -> list[Path]:
    others = [suffix for suffix in SAVED if suffix != path.suffix.lower()]
    return [path, *(path.with_suffix(suffix) for suffix in others)]


def _is_folder(path: Path) -> bool:
    """Say whether a folder is there; unlike `Path.is_dir`, raise when no name like this can be."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return False


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise BookPathInvalid(f"the folder {folder} does not exist")
    if not folder.is_dir():
        raise BookPathInvalid(f"{folder} is not a folder")
    tempfile.TemporaryFile(dir=folder).close()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
