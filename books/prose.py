"""The text of a chapter as blocks: paragraphs with emphasis, and scene breaks."""

import re
from dataclasses import dataclass

from books.words import words_of
from domain.book import Book, BookChapter
from domain.languages import base

# What XML 1.0 cannot hold, with the C1 controls, lone surrogates and noncharacters.
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr((plane << 16) | 0xFFFE)}{chr((plane << 16) | 0xFFFF)}" for plane in range(17))
    + "]"
)
_BREAK = re.compile(r"(?:\*\s*){3,}|-{3,}|#")
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[^\s*])([^*]*[^\s*])\*(?![\w*])|(?<!\w)_(?=[^\s_])([^_]*[^\s_])_(?!\w)"
)


@dataclass(frozen=True)
class Span:
    """A run of text in one style."""

    text: str
    emphasis: bool = False


@dataclass(frozen=True)
class Paragraph:
    """The lines of a paragraph; prose has one line, a verse or a letter may have several."""

    lines: list[list[Span]]

    @property
    def text(self) -> str:
        return "\n".join("".join(span.text for span in line) for line in self.lines)


class SceneBreak:
    """A pause between two scenes."""


Block = Paragraph | SceneBreak


def clean(text: str) -> str:
    """Drop the characters that no book format can hold, and normalise line ends."""
    return _ILLEGAL.sub("", re.sub("\r\n?|\u2028|\u2029|\x85|\x0c", "\n", text))


def line(text: str) -> str:
    """Return the text on one line."""
    return " ".join(clean(text).split())


def blocks(text: str) -> list[Block]:
    """Split a chapter's text; without an empty line in it, each line is a paragraph."""
    text = clean(text).strip()
    separator = r"\n[^\S\n]*\n\s*" if re.search(r"\n[^\S\n]*\n", text) else r"\n"
    found: list[Block] = []
    for piece in re.split(separator, text):
        found += _blocks_of_piece([stripped for each in piece.split("\n") if (stripped := each.strip())])
    return _without_idle_breaks(found)


def _blocks_of_piece(lines: list[str]) -> list[Block]:
    found: list[Block] = []
    verse: list[list[Span]] = []
    for each in lines:
        if not _BREAK.fullmatch(each):
            verse.append(spans(each))
            continue
        if verse:
            found.append(Paragraph(verse))
        found.append(SceneBreak())
        verse = []
    return [*found, Paragraph(verse)] if verse else found


def _without_idle_breaks(found: list[Block]) -> list[Block]:
    kept: list[Block] = []
    for block in found:
        if isinstance(block, Paragraph) or (kept and isinstance(kept[-1], Paragraph)):
            kept.append(block)
    return kept[:-1] if kept and isinstance(kept[-1], SceneBreak) else kept


def spans(text: str) -> list[Span]:
    """Split a line at its `*emphasis*` and `_emphasis_`."""
    found: list[Span] = []
    end = 0
    for match in _EMPHASIS.finditer(text):
        found += [Span(text[end : match.start()]), Span(match[1] or match[2], emphasis=True)]
        end = match.end()
    return [span for span in [*found, Span(text[end:])] if span.text]


def label(chapter: BookChapter) -> str:
    """Return "Chapter One" in the language of the book."""
    return words_of(chapter.language).chapter(chapter.number)


def chapter_title(chapter: BookChapter) -> str:
    """Return the chapter's title without a "Chapter 1:" of its own; empty when nothing else is there."""
    return words_of(chapter.language).label.sub("", line(chapter.title), count=1)


def heading(chapter: BookChapter) -> str:
    """Return the chapter as the contents name it."""
    return ": ".join(part for part in (label(chapter), chapter_title(chapter)) if part)


def read_aloud(chapter: BookChapter) -> str:
    """Return the chapter as it is given to a narrator: its heading, then its text.

    There is no heading where it would be English in a book that is not.
    """
    foreign = chapter.language and words_of(chapter.language).language != base(chapter.language)
    parts = [] if foreign else [label(chapter), chapter_title(chapter)]
    return "\n\n".join([*(f"{part}." for part in parts if part), clean(chapter.text)])


def title(book: Book) -> str:
    return line(book.title) or words_of(book.language)["untitled"]


def language(book: Book) -> str:
    """Return the book's language; when it names none, "en" for text in Latin letters and "und" for any other."""
    if book.language:
        return book.language
    letters = [c for chapter in book.chapters for c in chapter.text[:2_000] if c.isalpha()]
    latin = sum(c < "\u0250" or "\u1e00" <= c <= "\u1eff" for c in letters)
    return "en" if latin * 2 >= len(letters) else "und"
