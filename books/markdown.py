"""A story as Markdown that reads well as it is."""

import re

from books import prose
from books.prose import Paragraph, Span
from domain.story import Chapter, Story

_INLINE = re.compile(r"[\\`*_\[\]<>&~|$^@]|:(?=//|[\w+-]+:)|(?<=www)\.", re.IGNORECASE)
_BREAK = "* * *"


def markdown(story: Story, *, generator: str = "") -> str:
    """Return the story as Markdown; its text stays text, whatever signs are in it."""
    parts = [f"# {escape(prose.title(story))}"]
    if synopsis := prose.line(story.synopsis):
        parts.append(f"> {escape(synopsis)}")
    parts += ["## Contents", "\n".join(_entry(chapter) for chapter in story.chapters)]
    for chapter in story.chapters:
        parts += [f"## {escape(prose.heading(chapter))}", *_blocks(chapter.text)]
    return "\n\n".join([*parts, "---", _colophon(story, generator)]) + "\n"


def escape(text: str) -> str:
    """Escape one line of text for Markdown."""
    escaped = _INLINE.sub(r"\\\g<0>", text)
    digits = re.match(r"\d{0,9}", escaped)
    at = digits.end() if digits else 0
    sign = "#+=-" if at == 0 else ".)"
    return f"{escaped[:at]}\\{escaped[at:]}" if escaped[at : at + 1] and escaped[at] in sign else escaped


def _entry(chapter: Chapter) -> str:
    return f"{chapter.number}. {escape(prose.chapter_title(chapter) or prose.label(chapter))}"


def _blocks(text: str) -> list[str]:
    return [
        "\\\n".join(_line(line) for line in block.lines) if isinstance(block, Paragraph) else _BREAK
        for block in prose.blocks(text)
    ]


def _line(spans: list[Span]) -> str:
    return "".join(f"*{escape(span.text)}*" if span.emphasis else escape(span.text) for span in spans)


def _colophon(story: Story, generator: str) -> str:
    writer = escape(prose.authors(story, generator)) or "a language model"
    return f"Written by {writer}, made into a book by Fabula. No person wrote the text."
