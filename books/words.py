"""The fixed words of a book, in its language."""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from domain.languages import ENGLISH, base

_FILE = Path(__file__).with_name("words.toml")


@dataclass(frozen=True)
class Words:
    """The words of one language; `language` says of which, `said` holds them by name."""

    language: str
    said: dict[str, Any]

    def __getitem__(self, name: str) -> str:
        return str(self.said[name])

    def chapter(self, number: int) -> str:
        """Return "Chapter One"."""
        numbers = self.said.get("numbers") or []
        return self["chapter"].format(number=numbers[number] if number < len(numbers) else number)

    def date(self, moment: datetime) -> str:
        """Return a day as it is written out."""
        month = self.said["months"][moment.month - 1]
        return self["date"].format(day=moment.day, month=month, number=moment.month, year=moment.year)

    @property
    def label(self) -> re.Pattern[str]:
        """What a title's own "Chapter 1:" looks like."""
        number = r"(?:\d+|[^\W\d_]+)"
        own = re.escape(self["chapter"]).replace(r"\{number\}", number).replace(r"\ ", r"\s+")
        gap = r"|\s+" if " " not in self["chapter"] else ""
        return re.compile(rf"(?:{own}|chapter\s+{number})(?:\s*[:.–—：-]\s*|\s*${gap})", re.IGNORECASE)


@lru_cache(maxsize=256)
def words_of(language: str) -> Words:
    """Return the words of a language, the English ones where there are none."""
    known = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    found = base(language) if base(language) in known else ENGLISH
    return Words(found, known[found])
