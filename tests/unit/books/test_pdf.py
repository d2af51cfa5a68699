import shutil
import subprocess
from pathlib import Path

import pytest

from books.pdf import pdf
from domain.book import Book

from .conftest import NIGHT, make_book

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")


def read(tool: str, book: Book, folder: Path, *options: str) -> str:
    pdf(book, folder / "book.pdf")
    command = [tool, *options, str(folder / "book.pdf"), *(["-"] if tool == "pdftotext" else [])]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_the_same_book_gives_the_same_bytes(book: Book, tmp_path: Path) -> None:
    pdf(book, tmp_path / "one.pdf")
    pdf(book, tmp_path / "two.pdf")

    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


@needs_poppler
@pytest.mark.req("B85")
def test_a_pdf_reads_like_a_novel(book: Book, tmp_path: Path) -> None:
    pages = read("pdftotext", book, tmp_path).split("\f")
    about = read("pdfinfo", book, tmp_path)

    assert "Title:           The Twelfth Gargoyle" in about
    assert "Tagged:          yes" in about
    assert "The Twelfth Gargoyle" in pages[1]
    assert "A detective counts the stone figures" in pages[2]
    assert "Chapter Two: What the Sacristan Kept" in pages[3]
    assert "Rain on the South Gallery" in pages[4]
    assert "stones at them as a boy" in " ".join(pages[4].split())
    assert "was written by offline:storyteller and" in " ".join(pages[-2].split())


@needs_poppler
def test_running_heads_and_page_numbers_stand_on_all_but_opening_pages(tmp_path: Path) -> None:
    book = make_book("The Twelfth Gargoyle", "", "", [("Rain", "\n\n".join([NIGHT] * 12))])
    pages = [page.split("\n") for page in read("pdftotext", book, tmp_path, "-layout").split("\f")]
    said = [[line.strip() for line in page if line.strip()] for page in pages]

    assert [page[-1] for page in said[3:6]] == ["1", "2", "3"]
    assert [page[0] for page in said[3:6]] == ["Chapter One", "The Twelfth Gargoyle", "Rain"]


@needs_poppler
def test_text_is_never_markup(tmp_path: Path) -> None:
    text = '#panic("no") $x$ @label <tag> `code` \\ // /* [ ] = heading'
    book = make_book(f"Title {text}", text, "#g", [(text, f"{text}\n\n{text * 6}"), ("", "Plain.")])

    said = " ".join(read("pdftotext", book, tmp_path).split())

    assert said.count('#panic("no")') >= 8
    assert "$x$ @label <tag> `code` \\ // /* [ ] = heading" in said


def test_hostile_text_makes_a_book(hostile_book: Book, tmp_path: Path) -> None:
    pdf(hostile_book, tmp_path / "book.pdf")

    assert (tmp_path / "book.pdf").read_bytes().startswith(b"%PDF-")
