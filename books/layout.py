"""The facts of a book, and how each of its paragraphs is set, for every paged format alike."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from books import prose
from books.prose import Paragraph, SceneBreak
from books.words import words_of
from domain.book import Book, BookChapter
from domain.languages import base, is_right_to_left

PUBLISHER = "Fabula"
_LONG_ENOUGH_FOR_AN_INITIAL = 180
_OPENING = re.compile(r"(?:\S+\s+){2}\S{3,}(?=\s)|(?:\S+\s+){3}\S+(?=\s)")


@dataclass(frozen=True)
class Run:
    """Text of a paragraph in one style; a line break is a run of its own. A lead opens a chapter."""

    text: str
    emphasis: bool = False
    lead: bool = False


def facts(book: Book) -> dict[str, Any]:
    """Return what the pages of a book are made from."""
    moment, language, words = made_at(book), prose.language(book), words_of(book.language)
    return {
        "title": prose.title(book),
        "creator": prose.line(book.author) or PUBLISHER,
        "publisher": PUBLISHER,
        "identifier": uuid.UUID(book.identifier).urn,
        "modified": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date": words.date(moment),
        "language": language,
        "words": words.said,
        "words_language": words.language,
        "foreign_words": words.language != base(language),
        "right_to_left": language != "und" and is_right_to_left(language),
        "synopsis": prose.line(book.synopsis),
        "subject": prose.line(book.genre),
        "premise": prose.line(book.premise),
        "illustrator": illustrator(book),
        "writer": prose.line(book.models) or words["model"],
        "narrator": narrator(book),
        "hand": hand(book),
        "chapters": [_chapter(chapter) for chapter in book.chapters],
    }


def made_at(book: Book) -> datetime:
    """Return when the book was last changed, in UTC."""
    return book.modified.replace(tzinfo=book.modified.tzinfo or UTC).astimezone(UTC)


def illustrator(book: Book) -> str:
    """Return who drew the pictures of the chapters; empty when there are none."""
    return prose.line(book.illustrator) if any(chapter.picture for chapter in book.chapters) else ""


def narrator(book: Book) -> str:
    """Return who read the chapters aloud; empty when nobody did."""
    return prose.line(book.narrator) if any(chapter.recording for chapter in book.chapters) else ""


def hand(book: Book) -> str:
    """Say whether a person had a hand in the text."""
    return words_of(book.language)["a_person" if book.edited else "no_person"]


def alt(chapter: BookChapter) -> str:
    """Return what is said in place of the chapter's picture."""
    said = prose.line(chapter.picture.alt) if chapter.picture else ""
    return said or f"{words_of(chapter.language)['illustration']}: {prose.heading(chapter)}"


def _chapter(chapter: BookChapter) -> dict[str, Any]:
    return {
        "id": f"chapter-{chapter.number}",
        "label": prose.label(chapter),
        "title": prose.chapter_title(chapter),
        "heading": prose.heading(chapter),
        "alt": alt(chapter),
        "blocks": _blocks(chapter.text),
    }


def _blocks(text: str) -> list[dict[str, Any]]:
    """Say of each block how it is set: what follows a heading or a break is not indented."""
    found: list[dict[str, Any]] = []
    first = True
    for block in prose.blocks(text):
        if isinstance(block, SceneBreak):
            found.append({"style": "break", "runs": []})
        elif first:
            found.append(_opening(block, begins_chapter=not found))
        else:
            found.append({"style": "", "runs": _runs(block)})
        first = isinstance(block, SceneBreak)
    return found


def _runs(paragraph: Paragraph) -> list[Run]:
    found: list[Run] = []
    for line in paragraph.lines:
        found += [Run("\n")] if found else []
        found += [Run(span.text, span.emphasis) for span in line]
    return found


def _opening(paragraph: Paragraph, *, begins_chapter: bool) -> dict[str, Any]:
    """Set a chapter's first words in small capitals, after a large initial if there is room: if its script has any."""
    runs = _runs(paragraph)
    if begins_chapter:
        runs = _led(runs)
    text = paragraph.text
    initial = (
        runs[0].lead
        and len(paragraph.lines) == 1
        and text[0].isalpha()
        and text[0].isupper()
        and len(text) >= _LONG_ENOUGH_FOR_AN_INITIAL
    )
    return {"style": "first initial" if initial else "first", "runs": runs}


def _led(runs: list[Run]) -> list[Run]:
    first, *rest = runs
    match = None if first.emphasis or first.text.upper() == first.text.lower() else _OPENING.match(first.text)
    if not match or match.end() > 40:
        return runs
    return [Run(match[0], lead=True), Run(first.text[match.end() :]), *rest]
