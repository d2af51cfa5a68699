import pytest

from books.prose import Paragraph, SceneBreak, blocks, chapter_title, language
from domain.book import BookChapter

from .conftest import make_book


def shape(text: str) -> list[str]:
    return [block.text if isinstance(block, Paragraph) else "***" for block in blocks(text)]


@pytest.mark.parametrize("sign", ["***", "* * *", "---", "#", " *****  "])
def test_a_sign_alone_on_its_line_is_a_scene_break(sign: str) -> None:
    assert shape(f"One.\n\n{sign}\n\nTwo.") == ["One.", "***", "Two."]


def test_breaks_at_the_ends_and_doubled_breaks_are_dropped() -> None:
    assert shape("***\n\nOne.\n\n---\n***\n\nTwo.\n\n#") == ["One.", "***", "Two."]


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("One.\nTwo.", ["One.", "Two."]),
        ("Dear Odile,\ncome at once.\n\nArmand", ["Dear Odile,\ncome at once.", "Armand"]),
        ("One.\r\n \r\nTwo.", ["One.", "Two."]),
        (" \n", []),
    ],
)
def test_empty_lines_part_paragraphs_and_without_any_each_line_is_one(
    text: str, paragraphs: list[str]
) -> None:
    assert shape(text) == paragraphs


@pytest.mark.parametrize(
    ("text", "emphasised"),
    [
        ("It was *very* dark and _quite_ cold.", ["very", "quite"]),
        ("“*Now*,” she said.", ["Now"]),
        ("snake_case_name and 2*3*4 and * not * this", []),
        ("**bold** stays", []),
        ("*open only", []),
    ],
)
def test_emphasis_is_found_where_a_writer_means_it(text: str, emphasised: list[str]) -> None:
    (block,) = blocks(text)

    assert not isinstance(block, SceneBreak)
    assert [span.text for span in block.lines[0] if span.emphasis] == emphasised


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Chapter 1: The Fog", "The Fog"),
        ("Chapter One — The Fog", "The Fog"),
        ("chapter 3", ""),
        ("Chapters of Rain", "Chapters of Rain"),
        ("Chapter and Verse", "Chapter and Verse"),
    ],
)
def test_a_chapter_is_not_numbered_twice(title: str, kept: str) -> None:
    assert chapter_title(BookChapter(number=1, title=title, text="")) == kept


@pytest.mark.parametrize(("text", "expected"), [("It rained.", "en"), ("Шёл дождь.", "und"), ("", "en")])
def test_a_language_is_only_claimed_for_latin_letters(text: str, expected: str) -> None:
    assert language(make_book("T", "", "", [("One", text)])) == expected


def test_a_language_that_a_book_names_is_believed() -> None:
    assert language(make_book("T", "", "", [("One", "Il pleuvait.")], language="fr")) == "fr"
