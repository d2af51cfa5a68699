"""Genres and tones as they are counted: whoever named them, few and plain words."""

import re

LONGEST = 40
_OTHER = re.compile(r"[^\w\s-]|_")


def plain(name: str) -> str:
    """Return a genre's or a tone's name in lower case, without marks: `Science fiction / Noir` is counted as
    `science fiction noir`.
    """
    words = " ".join(_OTHER.sub(" ", name.lower()).split())
    return words if len(words) <= LONGEST else words[:LONGEST].rpartition(" ")[0] or words[:LONGEST]
