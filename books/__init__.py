"""Books: a story as files that a person can read, keep and give away."""

from __future__ import annotations

import os
import stat
import tempfile
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import FabulaError

if TYPE_CHECKING:
    from domain.story import Story


class BookPathInvalid(FabulaError):
    """The book cannot be written there."""


def _epub(story: Story, identifier: str, modified: datetime, generator: str) -> bytes:
    from books.epub import epub

    return epub(story, identifier=identifier, modified=modified, generator=generator)


def _markdown(story: Story, identifier: str, modified: datetime, generator: str) -> bytes:
    from books.markdown import markdown

    return markdown(story, generator=generator).encode()


def _pdf(story: Story, identifier: str, modified: datetime, generator: str) -> bytes:
    from books.pdf import pdf

    return pdf(story, identifier=identifier, modified=modified, generator=generator)


FORMATS: dict[str, Callable[[Story, str, datetime, str], bytes]] = {
    ".epub": _epub,
    ".md": _markdown,
    ".pdf": _pdf,
}


def check_path(path: Path) -> None:
    """Raise `BookPathInvalid` when no book can be written to the path."""
    if path.suffix.lower() not in FORMATS:
        raise BookPathInvalid(f"unknown book format {path.name!r}: the name must end in {', '.join(FORMATS)}")
    try:
        _check_folder(path.parent)
        for each in _beside(path):
            if _is_folder(each):
                raise BookPathInvalid(f"{each} is a folder")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BookPathInvalid(f"the book cannot be written to {str(path)!r}: {reason}") from error


def save(story: Story, path: Path, *, identifier: str, modified: datetime, generator: str = "") -> list[Path]:
    """Write the story in every format beside the path and return the files, the path's own first.

    A file appears whole or not at all, and none appears before all are made.
    """
    books = {
        target: FORMATS[target.suffix.lower()](story, identifier, modified, generator)
        for target in _beside(path)
    }
    for target, content in books.items():
        _write(target, content)
    return list(books)


def _beside(path: Path) -> list[Path]:
    others = [suffix for suffix in FORMATS if suffix != path.suffix.lower()]
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


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
