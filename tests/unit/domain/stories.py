"""The golden story and the bad ones, as the tests read them."""

from pathlib import Path
from typing import Any

import yaml

from domain.story import Chapter, Story
from domain.text import count_words

DATA = Path(__file__).parents[2] / "data"
PROSE = Path(__file__).parents[3] / "bench" / "prose"


def a_chapter(number: int, text: str, title: str = "") -> Chapter:
    """Return a chapter that a test wrote."""
    origin = {"prompt": "none", "version": 1, "hash": "", "model": "none"}
    return Chapter(number=number, title=title, text=text, words=count_words(text), origin=origin)


def load_story(name: str) -> Story:
    """Return a story from the test data; lines are joined, blank lines part paragraphs."""
    data: dict[str, Any] = yaml.safe_load((DATA / name).read_text())
    data["chapters"] = [
        a_chapter(number, _unwrapped(chapter["text"]), chapter["title"])
        for number, chapter in enumerate(data["chapters"], start=1)
    ]
    return Story(**data)


def _unwrapped(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))
