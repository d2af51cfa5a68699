"""The facts of a book, and how each of its paragraphs is set, for every paged format alike."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from books import prose
from books.prose import Paragraph, SceneBreak, Span
from domain.story import Chapter, Story

PUBLISHER = "Fabula"
_LONG_ENOUGH_FOR_AN_INITIAL = 180
_OPENING = re.compile(r"(?:\S+\s+){2}\S{3,}(?=\s)|(?:\S+\s+){3}\S+(?=\s)")


def facts(story: Story, identifier: str, modified: datetime, generator: str) -> dict[str, Any]:
    """Return what the pages of a book are made from."""
    moment = modified.replace(tzinfo=modified.tzinfo or UTC).astimezone(UTC)
    return {
        "title": prose.title(story),
        "creator": PUBLISHER,
        "identifier": uuid.UUID(identifier).urn,
        "modified": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date": f"{moment.day} {moment:%B %Y}",
        "language": prose.language(story),
        "synopsis": prose.line(story.synopsis),
        "subject": prose.line(story.genre),
        "premise": prose.line(story.request.premise),
        "generator": prose.authors(story, generator),
        "chapters": [_chapter(chapter) for chapter in story.chapters],
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "id": f"chapter-{chapter.number}",
        "file": f"chapter-{chapter.number}.xhtml",
        "label": prose.label(chapter),
        "title": prose.chapter_title(chapter),
        "heading": prose.heading(chapter),
        "blocks": _blocks(chapter.text),
    }


def _blocks(text: str) -> list[dict[str, Any]]:
    """Say of each block how it is set: what follows a heading or a break is not indented."""
    found: list[dict[str, Any]] = []
    first = True
    for block in prose.blocks(text):
        if isinstance(block, SceneBreak):
            found.append({"style": "break"})
        elif first:
            found.append(_opening(block, begins_chapter=not found))
        else:
            found.append({"style": "", "lines": block.lines, "lead": ""})
        first = isinstance(block, SceneBreak)
    return found


def _opening(paragraph: Paragraph, *, begins_chapter: bool) -> dict[str, Any]:
    """Set the chapter's first words in small capitals, after a large initial where there is room for one."""
    lead, lines = _lead(paragraph.lines) if begins_chapter else ("", paragraph.lines)
    text = paragraph.text
    initial = (
        lead
        and len(lines) == 1
        and text[0].isalpha()
        and text[0].isupper()
        and len(text) >= _LONG_ENOUGH_FOR_AN_INITIAL
    )
    return {"style": "first initial" if initial else "first", "lines": lines, "lead": lead}


def _lead(lines: list[list[Span]]) -> tuple[str, list[list[Span]]]:
    first, *rest = lines[0]
    match = None if first.emphasis else _OPENING.match(first.text)
    if not match or match.end() > 40:
        return "", lines
    return match[0], [[Span(first.text[match.end() :]), *rest], *lines[1:]]
