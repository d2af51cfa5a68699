import os
from pathlib import Path

import pytest

import books
from books import BookPathInvalid, check_path, save
from domain.book import Book
from domain.errors import FabulaError


@pytest.mark.parametrize("name", ["book.md", "My Book.v2.EPUB"])
def test_a_book_is_saved_in_every_format_side_by_side(book: Book, tmp_path: Path, name: str) -> None:
    check_path(tmp_path / name)

    files = save(book, tmp_path / name)

    assert files[0] == tmp_path / name
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert {file.suffix.lower() for file in files} == set(books.SAVED)
    epub, text, pdf = sorted(files, key=lambda file: file.suffix.lower())
    assert pdf.read_bytes().startswith(b"%PDF")
    assert epub.read_bytes().startswith(b"PK")
    assert "# The Twelfth Gargoyle" in text.read_text()


def test_a_book_that_cannot_be_made_leaves_the_old_one_and_no_rubbish(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "book.epub").write_text("the old book")

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)

    with pytest.raises(OSError, match="No space"):
        save(book, tmp_path / "book.epub")

    assert [file.name for file in tmp_path.iterdir()] == ["book.epub"]
    assert (tmp_path / "book.epub").read_text() == "the old book"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("book.docx", r"unknown book format 'book.docx': the name must end in .epub, .md, .pdf"),
        ("book", "unknown book format"),
        (".epub", "unknown book format"),
        ("nowhere/book.epub", "the folder .*nowhere does not exist"),
        ("file/book.epub", "file is not a folder"),
        ("folder.epub", "folder.epub is a folder"),
        ("beside.epub", "beside.md is a folder"),
        ("x" * 300 + ".epub", "cannot be written to .*: File name too long"),
        ("null\x00.epub", "cannot be written to"),
    ],
)
def test_a_path_that_can_hold_no_book_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, complaint: str
) -> None:
    (tmp_path / "folder.epub").mkdir()
    (tmp_path / "beside.md").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(BookPathInvalid, match=complaint):
        check_path(tmp_path / name)

    assert sorted(tmp_path.rglob("*")) == before
    assert issubclass(BookPathInvalid, FabulaError)


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(BookPathInvalid, match=r"cannot be written to '/proc/book\.epub'"):
        check_path(Path("/proc/book.epub"))
