"""A story as a PDF, set like a novel."""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from books import layout, lettering
from books.cover import cover_svg
from books.prose import Span
from domain.story import Story

_TEMPLATE = Path(__file__).parent / "templates" / "novel.typ"
_LONGEST_HEAD = 60
_ENDLESS = re.compile(r"\S{32}(?=\S)")


def pdf(story: Story, *, identifier: str, modified: datetime, generator: str = "") -> bytes:
    """Return the story as a PDF; the same arguments give the same bytes.

    `identifier` is a UUID; `generator` names the model that wrote the story.
    """
    import typst

    book = _book(story, identifier, modified, generator)
    data = json.dumps(book, ensure_ascii=False, default=asdict)
    return typst.compile(
        _TEMPLATE,
        sys_inputs={"book": data},
        font_paths=[lettering.FONT_FOLDER],
        ignore_system_fonts=lettering.covers("".join(set(data) - {"\n", "\u200b"})),
        timestamp=int(modified.replace(tzinfo=modified.tzinfo or UTC).timestamp()),
    )


def _book(story: Story, identifier: str, modified: datetime, generator: str) -> dict[str, Any]:
    book = layout.facts(story, identifier, modified, generator)
    book["cover"] = cover_svg(book["title"], genre=book["subject"], seed=identifier)
    book["writer"] = book["generator"] or "a language model"
    book["running"] = _head(book["title"])
    for chapter in book["chapters"]:
        chapter["running"] = _head(chapter["title"] or chapter["label"])
        for block in chapter["blocks"]:
            _prepare(block)
    return book


def _head(title: str) -> str:
    return title if len(title) <= _LONGEST_HEAD else title[: _LONGEST_HEAD - 1].rstrip() + "…"


def _prepare(block: dict[str, Any]) -> None:
    """Let endless words break, and part the paragraph that a large initial opens into words."""
    block["lines"] = [
        [Span(_ENDLESS.sub("\\g<0>\u200b", span.text), emphasis=span.emphasis) for span in line]
        for line in block.get("lines", [])
    ]
    if block["style"] == "first initial":
        block["initial"] = block["lead"][0]
        block["words"] = _words(block["lead"][1:], block["lines"][0])


def _words(lead: str, spans: list[Span]) -> list[list[dict[str, Any]]]:
    """Return each word as its runs; a word ends with the space after it."""
    runs = [
        {"text": piece, "emphasis": span.emphasis, "lead": first}
        for first, span in [(True, Span(lead)), *((False, span) for span in spans)]
        for piece in re.findall(r"\S+\s*|\s+", span.text)
    ]
    words: list[list[dict[str, Any]]] = [[]]
    for run in runs:
        words[-1].append(run)
        if run["text"][-1].isspace():
            words.append([])
    return [word for word in words if word]
