"""Names that are nearly, but not quite, the planned ones."""

import re
from collections.abc import Iterable
from itertools import pairwise

from rapidfuzz.distance import OSA

from domain.text.stemming import is_stop_word
from domain.text.tokens import vocabulary

_NAME = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PAIR = re.compile(r"\b(?P<first>[^\W\d_]+) (?=(?P<last>[^\W\d_]{2,}(?:['’-][^\W\d_]+)*['’]?))")
_INSIDE = re.compile(r"(?:[^\W_]|,|;|\b(?:Mr|Mrs|Ms|Dr|St|Prof|Capt|Col)\.)\s$")
_HONORIFICS = vocabulary(
    "mr mrs ms miss dr st sir lady lord madam madame doctor professor captain colonel sergeant "
    "detective inspector officer father mother brother sister uncle aunt king queen prince princess the "
    "van von old young little saint judge mayor nurse reverend"
)
_CALENDAR = vocabulary(
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday christmas easter god heaven english french "
    "german"
)
_NO_LAST_NAMES = _CALENDAR | _HONORIFICS | {"i", "i'm", "i’m"}
_PET = ("y", "ie", "ey")
_OPEN_VOWELS = ("a", "e", "i", "o")


def name_parts(names: Iterable[str]) -> set[str]:
    """Return the words of the names as they are written, without titles and one-letter initials."""
    parts = {part for name in names for part in _NAME.findall(name)}
    return {part for part in parts if len(part) > 1 and part.lower() not in _HONORIFICS}


def is_named(name: str, text: str) -> bool:
    """Tell whether a text names somebody by any part of the name, with whatever ending a language gives it."""
    told = text.casefold()
    parts = (part.casefold() for part in name.split() if part.lower().strip(".") not in _HONORIFICS)
    return any((part[: max(4, len(part) - 2)] if len(part) > 4 else part) in told for part in parts)


def near_misses(text: str, names: list[str]) -> list[str]:
    """Return the capitalised words that are one slip (two in long names) away from a planned name's part.

    No near miss is a word that also stands in lower case, a plural, a possessive or a pet form of a planned
    part, nor one of under five letters that only opens sentences.
    """
    parts = {part.lower() for part in name_parts(names)}
    known = parts | {form for part in parts for form in (part + "s", part + "es")}
    ordinary = _ordinary(text) | _CALENDAR | _HONORIFICS
    found: dict[str, bool] = {}
    for word, inside in _capitalised(text):
        if word.lower() not in known and word.lower() not in ordinary:
            found[word] = found.get(word, False) or inside
    return sorted(
        word for word, inside in found.items() if any(_is_slip(word.lower(), p, inside) for p in parts)
    )


def mixed_names(text: str, names: list[str]) -> list[str]:
    """Return the planned first names that are followed by a name which is not theirs.

    Another's first name may follow ("gave Mara Tom's coat"), and so may a name before the right last one.
    """
    full = [parts for name in names if len(parts := _ordered_parts(name)) > 1]
    pairs = {(one, other) for parts in full for one, other in pairwise(parts)}
    firsts = {parts[0] for parts in map(_ordered_parts, names) if parts}
    found = set()
    for first, last in _followed(text, {parts[0] for parts in full}):
        is_theirs = any(parts[0] == first and last in parts for parts in full)
        if not is_theirs and (first, last) not in pairs and last not in firsts:
            found.add(f"{first} {last}")
    return sorted(found)


def _ordered_parts(name: str) -> list[str]:
    return [part for part in _NAME.findall(name) if part in name_parts([name])]


def _followed(text: str, firsts: set[str]) -> Iterable[tuple[str, str]]:
    for match in _PAIR.finditer(text):
        first, last = match["first"], re.sub(r"['’]s?$", "", match["last"])
        if first in firsts and last[0].isupper() and last.lower() not in _NO_LAST_NAMES:
            yield first, last


def _ordinary(text: str) -> set[str]:
    return {word.lower() for word in _NAME.findall(text) if word[0].islower()}


def _capitalised(text: str) -> Iterable[tuple[str, bool]]:
    for match in _NAME.finditer(text):
        word = re.sub(r"['’]s$", "", match.group())
        if word[0].isupper() and len(word) > 2:
            before = text[max(0, match.start() - 6) : match.start()]
            yield word, _INSIDE.search(before) is not None


def _is_slip(word: str, part: str, inside: bool) -> bool:
    if word == part[:-1] and part.endswith(_OPEN_VOWELS):
        return False
    shortest = min(len(word), len(part))
    if shortest < (3 if inside else 5) or _is_pet_form(word, part) or is_stop_word(word):
        return False
    if shortest < 5 and word[0] != part[0]:
        return False
    return OSA.distance(word, part) <= (2 if shortest >= 8 else 1)


def _is_pet_form(word: str, part: str) -> bool:
    return word[:3] == part[:3] and word.endswith(_PET) != part.endswith(_PET)
