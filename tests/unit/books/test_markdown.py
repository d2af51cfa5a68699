import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from books import markdown, prose
from books.markdown import escape
from domain.book import Book

TRICKY = st.text(alphabet="<>&\"'*_-#+=.)(1[]!`~|\\:/@$^ wx", max_size=60) | st.text(max_size=60)


def tokens(text: str) -> list[str]:
    """Return the kinds of everything that an independent reader finds."""
    found = []
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        found += [token.type, *(child.type for child in token.children or [])]
    return found


def test_a_story_reads_well_as_markdown(book: Book) -> None:
    text = markdown.text(book)

    assert text.startswith("# The Twelfth Gargoyle\n\n> A detective counts")
    assert "1. Rain on the South Gallery\n2. What the Sacristan Kept\n3. Chapter Three\n" in text
    assert "\n\n## Chapter Two: What the Sacristan Kept\n\n" in text
    assert "“You saw it *move*,” said Odile." in text
    assert "\n\n* * *\n\nBy four" in text
    assert text.endswith(
        "---\n\nWritten by offline:storyteller, made into a book by Fabula. No person wrote the text.\n"
    )


def test_hostile_text_becomes_nothing_but_text(hostile_book: Book) -> None:
    text = markdown.text(hostile_book)
    kinds = tokens(text)

    assert kinds.count("heading_open") == 2 + len(hostile_book.chapters)
    assert not {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "code_inline",
        "fence",
        "code_block",
    } & set(kinds)
    assert "bullet_list_open" not in kinds
    assert "<script>alert('one')</script>" in re.sub(r"\\(.)", r"\1", text)


@settings(max_examples=150, deadline=None)
@given(TRICKY)
def test_an_escaped_line_is_read_back_as_the_same_text(text: str) -> None:
    text = prose.line(text)

    (paragraph,) = [
        token for token in MarkdownIt("gfm-like", {"linkify": False}).parse(escape(text)) if token.children
    ] or [None]

    assert text == ("" if paragraph is None else "".join(child.content for child in paragraph.children or []))
