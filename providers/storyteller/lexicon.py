"""The lexicons: data files read once, merged for a genre, a tone and a rating."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

GENRES = ("noir", "mystery", "science_fiction", "fantasy", "literary")
TONES = ("literary", "casual", "dramatic", "humorous")
DATA = Path(__file__).parent / "data"
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Groups = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Language:
    """What the storyteller knows of English besides its stories."""

    stops: frozenset[str]
    verbs: frozenset[str]
    irregular: dict[str, str]
    doubling: frozenset[str]
    plurals: frozenset[str]
    people: frozenset[str]
    not_people: frozenset[str]
    callings: frozenset[str]
    idioms: frozenset[str]
    minds: frozenset[str]
    inchoative: frozenset[str]
    women_nouns: frozenset[str]
    men_nouns: frozenset[str]
    kin: frozenset[str]
    absent: frozenset[str]
    times: frozenset[str]
    not_nouns: frozenset[str]
    women: frozenset[str]
    men: frozenset[str]
    kinds: dict[str, tuple[str, ...]]
    genre_words: dict[str, tuple[str, ...]]
    premise_words: dict[str, tuple[str, ...]]


def read(name: str) -> dict[str, Any]:
    """Read one data file."""
    text = (DATA / f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506
    return loaded


def items(block: str) -> tuple[str, ...]:
    """Return a block's entries: one a line, or several parted by ` | `."""
    parts = (part.strip() for line in block.splitlines() for part in line.split(" | "))
    return tuple(dict.fromkeys(part.replace("'", "’") for part in parts if part))


def _groups(loaded: dict[str, Any]) -> Groups:
    return {key: items(block) for key, block in loaded.items() if isinstance(block, str)}


@cache
def shared() -> Groups:
    """Return what every story may draw on."""
    merged: Groups = {}
    for name in ("shared", "talk", "names"):
        for key, entries in _groups(read(name)).items():
            merged[key] = merged.get(key, ()) + entries
    return merged


@cache
def genre_groups(genre: str) -> Groups:
    """Return a genre's own groups."""
    return _groups(read(genre))


@cache
def tone_groups(tone: str) -> Groups:
    """Return a tone's own groups."""
    return _groups(read("tones")[tone])


@cache
def groups(genre: str, tone: str, rating: str) -> Groups:
    """Merge the shared groups with those of a genre, a tone and, for adults, the darker ones."""
    parts = [shared(), genre_groups(genre), tone_groups(tone)]
    if rating == "NSFW":
        parts.append(tone_groups("mature"))
    merged: Groups = {}
    for part in parts:
        for key, entries in part.items():
            merged[key] = merged.get(key, ()) + entries
    return merged


@cache
def language() -> Language:
    """Return the word lists."""
    loaded = read("language")
    irregular = dict(pair.split("=") for pair in loaded["irregular"].split())
    doubling = frozenset(loaded["doubling"].split())
    known = frozenset(loaded["verbs"].split()) | doubling | frozenset(irregular)
    names = _groups(read("names"))
    return Language(
        stops=frozenset(loaded["stops"].split()),
        verbs=known,
        irregular=irregular,
        doubling=doubling,
        plurals=frozenset(loaded["plurals"].split()),
        people=frozenset(loaded["people"].split()),
        not_people=frozenset(loaded["not_people"].split()),
        callings=frozenset(items(loaded["callings"])),
        idioms=frozenset(items(loaded["idioms"])),
        minds=frozenset(loaded["minds"].split()),
        inchoative=frozenset(loaded["inchoative"].split()),
        women_nouns=frozenset(loaded["women_nouns"].split()),
        men_nouns=frozenset(loaded["men_nouns"].split()),
        kin=frozenset(loaded["kin"].split()),
        absent=frozenset(loaded["absent"].split()),
        times=frozenset(loaded["times"].split()),
        not_nouns=frozenset(loaded["not_nouns"].split()),
        women=frozenset(name.lower() for name in names["women"] + names["women_fantasy"]),
        men=frozenset(name.lower() for name in names["men"] + names["men_fantasy"]),
        kinds={kind: tuple(stems.split()) for kind, stems in loaded["kinds"].items()},
        genre_words={genre: tuple(stems.split()) for genre, stems in loaded["genre_words"].items()},
        premise_words={genre: tuple(stems.split()) for genre, stems in loaded["premise_words"].items()},
    )


def genre_of(asked: str, premise: str = "") -> str:
    """Map any word to one of the five genres; an empty one lets the premise decide."""
    wanted = asked.lower().replace("-", " ").replace("_", " ").strip()
    for genre in GENRES:
        if wanted == genre.replace("_", " "):
            return genre
    named = _best(language().genre_words, wanted) if wanted else None
    return named or _best(language().premise_words, premise.lower()) or "literary"


def _best(table: dict[str, tuple[str, ...]], text: str) -> str | None:
    padded = f" {text}"
    scores = {genre: sum(f" {one}" in padded for one in stems) for genre, stems in table.items()}
    best = max(scores, key=lambda genre: scores[genre])
    return best if scores[best] else None
