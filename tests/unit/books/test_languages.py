"""Books in other languages than English: their words, their direction, their fonts."""

import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import books
from books import coverage, prose, words
from books.audio import m4b, mp3s
from books.cover import cover_svg
from books.coverage import FontMissing
from books.markdown import text
from books.pdf import pdf
from domain.book import Book

from .conftest import make_book
from .test_audio import needs_ffmpeg, probe
from .test_epub import complaints, made, page
from .test_pdf import needs_poppler

TONGUES = yaml.safe_load((Path(__file__).parents[2] / "data" / "tongues.yaml").read_text(encoding="utf-8"))
TITLES = {
    "de": "Der Nebel antwortet",
    "ar": "الضباب يجيب",
    "ja": "霧の返事",
    "th": "หมอกตอบ",
}


def book_in(language: str, **more: Any) -> Book:
    told = TONGUES[language.split("-")[0]]
    title = TITLES[language.split("-")[0]]
    made = make_book(title, told.split("\n\n")[0], "", [(title, told), ("", told)], premise=title, **more)
    chapters = [replace(chapter, language=language) for chapter in made.chapters]
    return replace(made, chapters=chapters, language=language)


def test_all_languages_of_a_book_have_the_same_words() -> None:
    english = words.words_of("en").said

    for language in ("de", "fr", "es", "it", "pt", "nl", "ja"):
        found = words.words_of(f"{language}-XX" if language != "ja" else language)
        assert found.language == language
        assert found.said.keys() | {"numbers"} == english.keys()
        assert all(found.said["months"]) or language == "ja"
    assert words.words_of("ar").language == "en"


@pytest.mark.parametrize(
    ("language", "title", "label", "rest"),
    [
        ("de", "Kapitel 2: Das Licht", "Kapitel 1", "Das Licht"),
        ("fr", "Chapitre deux – La lampe", "Chapitre 1", "La lampe"),
        ("ja", "第二章　灯り", "第一章", "灯り"),
        ("ja", "第二章：灯り", "第一章", "灯り"),
        ("nl", "Hoofdstukken van een leven", "Hoofdstuk 1", "Hoofdstukken van een leven"),
        ("", "Chapter 2: The Light", "Chapter One", "The Light"),
    ],
)
def test_a_chapter_is_called_so_in_the_book_s_language(
    language: str, title: str, label: str, rest: str
) -> None:
    chapter = replace(make_book("T", "", "", [(title, "x")]).chapters[0], language=language)

    assert prose.label(chapter) == label
    assert prose.chapter_title(chapter) == rest


def test_nobody_reads_an_english_heading_aloud_in_another_language() -> None:
    assert prose.read_aloud(book_in("de").chapters[0]).startswith("Kapitel 1.\n\nDer Nebel antwortet.\n\n»Du")
    assert prose.read_aloud(book_in("ar").chapters[0]).startswith(TONGUES["ar"][:20])


@pytest.mark.req("B80")
def test_an_epub_names_its_language_and_speaks_it(tmp_path: Path) -> None:
    book = book_in("de-AT")
    package, chapter, contents = (
        page(book, name) for name in ("package.opf", "chapter-1.xhtml", "nav.xhtml")
    )

    assert "<dc:language>de-AT</dc:language>" in package
    assert 'xml:lang="de-AT"' in chapter and 'dir="rtl"' not in chapter
    assert "page-progression-direction" not in package
    assert "Kapitel 1" in chapter
    assert "Inhalt" in contents and "Contents" not in contents
    assert "wurde geschrieben von" in page(book, "colophon.xhtml")
    assert "am 3. November 2026. Den Text hat kein Mensch geschrieben." in page(book, "colophon.xhtml")


@pytest.mark.req("B80")
def test_an_arabic_epub_is_read_from_right_to_left_and_owns_up_to_its_english_words() -> None:
    book = book_in("ar")

    assert '<spine toc="ncx" page-progression-direction="rtl">' in page(book, "package.opf")
    assert '<html xmlns="http://www.w3.org/1999/xhtml"' in page(book, "chapter-1.xhtml")
    assert 'xml:lang="ar" dir="rtl">' in page(book, "chapter-1.xhtml")
    assert '<span class="number" lang="en" xml:lang="en" dir="ltr">' in page(book, "chapter-1.xhtml")
    assert "lead" not in page(book, "chapter-1.xhtml")


@pytest.mark.req("B80")
@pytest.mark.timeout(120)
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_outside_judge_finds_nothing_in_it(language: str, tmp_path: Path) -> None:
    made(book_in(language), tmp_path)

    assert complaints(tmp_path / "book.epub") == []


@needs_poppler
@pytest.mark.req("B80")
def test_a_german_pdf_speaks_german_and_hyphenates_it(tmp_path: Path) -> None:
    pdf(book_in("de-AT"), tmp_path / "book.pdf")
    said = subprocess.run(
        ["pdftotext", str(tmp_path / "book.pdf"), "-"], capture_output=True, check=True, text=True
    ).stdout

    assert "Kapitel 1" in said and "Chapter" not in said
    assert "Inhalt" in said and "Impressum" in said
    assert "»DU KOMMST SPÄT«" in " ".join(said.split()).upper()


@needs_poppler
def test_arabic_is_set_with_the_letters_of_the_machine(tmp_path: Path) -> None:
    if not coverage.is_legible(TONGUES["ar"]):
        pytest.skip("no font here has Arabic letters")
    pdf(book_in("ar"), tmp_path / "book.pdf")
    fonts = subprocess.run(
        ["pdffonts", str(tmp_path / "book.pdf")], capture_output=True, check=True, text=True
    )

    assert len(fonts.stdout.splitlines()) > 4


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any font but ours."""
    monkeypatch.setattr(coverage, "_machine_fonts", list)


@pytest.mark.req("B80")
@pytest.mark.usefixtures("poor")
def test_without_a_font_for_its_letters_a_book_has_no_pdf_and_says_why(tmp_path: Path) -> None:
    book = book_in("ja")
    with pytest.raises(FontMissing, match="no font on this machine has letters such as"):
        pdf(book, tmp_path / "book.pdf")

    files = books.save(book, tmp_path / "book.epub")
    assert [file.suffix for file in files] == [".epub", ".md"]
    assert "install one" in books.unprintable(book, tmp_path / "book.pdf")
    assert "霧の返事" not in cover_svg(book.title)
    assert books.unprintable(book_in("de"), tmp_path / "book.pdf") == ""


@pytest.mark.usefixtures("poor")
def test_a_foreign_word_here_and_there_keeps_no_book_from_being_printed(tmp_path: Path) -> None:
    coverage.check("He wrote 東京 on the wall, and nobody in the whole harbour could read it.")


def test_the_letters_of_a_font_are_read_from_it() -> None:
    serif = coverage._letters_of((str(next(iter(coverage.lettering.FONTS.values()))), 0))

    assert set("Kapitelßéжω") <= serif
    assert "東" not in serif
    assert coverage._letters_of((__file__, 0)) == frozenset()


def test_markdown_says_its_own_words_in_the_book_s_language() -> None:
    told = text(book_in("de"))

    assert "## Inhalt" in told and "## Kapitel 1: Der Nebel antwortet" in told
    assert "Geschrieben von offline:storyteller, zum Buch gemacht von Fabula." in told


@needs_ffmpeg
@pytest.mark.req("B80")
def test_sound_files_name_their_language(audiobook: Book, tmp_path: Path) -> None:
    book = replace(audiobook, language="de-AT")
    m4b(book, tmp_path / "book.m4b")
    mp3s(book, tmp_path / "book.mp3.zip")
    zipfile.ZipFile(tmp_path / "book.mp3.zip").extractall(tmp_path)

    [sound] = [one for one in probe(tmp_path / "book.m4b")["streams"] if one["codec_type"] == "audio"]
    assert sound["tags"]["language"] == "deu"
    [first, *_] = sorted(tmp_path.glob("*.mp3"))
    assert probe(first)["format"]["tags"]["language"] == "deu"
