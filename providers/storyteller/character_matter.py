"""What a conversation is about: the things in an author's texts, how much each counts, how they are called."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from domain.text.stemming import is_stop_word, stems
from domain.text.tokens import sentences, words
from providers.storyteller.lexicon import language, read
from providers.storyteller.world import Json

_QUOTED = re.compile(r"[\"“„«]([^\"”“»]+)[\"”“»]")
_CALLED = re.compile(
    r"\b((?i:my|your|his|her|their|our|the|a|an|this|that|these|those|one's)|[A-Za-z]+['’]s)\s+"
    r"([a-z-]{3,})(?:\s+([a-z-]{3,}))?"
)
SLOT = re.compile(r"\{\w+\}")
_PLAYER = ("traveller", "visitor", "stranger", "player", "reader", "guest", "you")
Whose = Literal["own", "noted", "seen"]
NEWEST, NOTED, SPOKEN, SEEN, AHEAD = 1.0, 0.5, 0.3, 0.15, 0.5


@cache
def data() -> dict[str, Any]:
    """Return the lists and lines that characters share."""
    return read("character")


@cache
def vocabulary(name: str) -> frozenset[str]:
    """Return one of the word lists."""
    return frozenset(str(data()[name]).split())


def longest_part(line: str) -> str:
    """Return the longest part of a line without slots, by which it is known again."""
    return max(SLOT.split(line), key=len)


@cache
def concepts_by_stem() -> dict[str, str]:
    """Map a stem to the stem that names its group of synonyms."""
    found: dict[str, str] = {}
    for group in data()["synonyms"]:
        members = [stem for word in group.split() for stem in sorted(stems(word))]
        for member in members:
            found.setdefault(member, members[0])
    return found


def concepts(text: str) -> set[str]:
    """Return what a text names: stems, synonyms as one, without those that name nothing in particular."""
    return {concepts_by_stem().get(stem, stem) for stem in stems(text) - plain_stems()}


@cache
def plain_stems() -> set[str]:
    """Return the stems of words that name nothing in particular."""
    return stems(" ".join(vocabulary("plain"))) - set(concepts_by_stem())


@cache
def human() -> frozenset[str]:
    """Return what people talk of anywhere."""
    return frozenset(concepts(" ".join(vocabulary("human"))))


@dataclass(frozen=True)
class Matter:
    """What one conversation is about.

    `weights`: how much it counts that the player speaks of a thing, 0 to 1. `names`: how the character calls a thing.
    `open_names`: the same, of things that the player has met already. `own`: the stems of the character's name;
    `newest`: the words of the author's newest note; `spoken`: the lines that the author gave the character.
    """

    name: str
    weights: dict[str, float]
    names: dict[str, str] = field(default_factory=dict)
    open_names: dict[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    newest: frozenset[str] = frozenset()
    spoken: tuple[str, ...] = ()
    seen: str = ""

    @property
    def key(self) -> set[str]:
        """The things that lead somewhere."""
        return {thing for thing, weight in self.weights.items() if weight >= NOTED}


def matter_of(inputs: Json) -> Matter:
    """Gather what a prompt's inputs say of the conversation; those that are absent count as empty."""
    character, scene = inputs["character"], inputs.get("scene") or {}
    excerpts, visible = [str(one) for one in character["excerpts"]], str(scene.get("visible") or "")
    noted = [line for line in str(scene.get("hidden") or "").splitlines() if line.strip()]
    spoken, newest = " ".join(excerpts), noted[-1] if noted else ""
    own = {stem for part in words(str(character["name"]).replace("_", " ")) for stem in stems(part)}
    weights = weights_of(visible, spoken, noted, str((inputs.get("target") or {}).get("visible") or ""))
    met = called(visible, "seen") + called(spoken, "own")
    told = called(" ".join(noted[:-1]), "seen") + called(newest, "noted")
    return Matter(
        name=str(character["name"]),
        weights={thing: weight for thing, weight in weights.items() if thing not in own},
        names=best_names(told + met, own),
        open_names=best_names(met, own),
        own=frozenset(own),
        newest=frozenset(words(newest)),
        spoken=tuple(lines_of(excerpts)),
        seen=visible,
    )


def weights_of(visible: str, spoken: str, noted: list[str], target: str) -> dict[str, float]:
    """Say how much each thing counts: most what the author noted last, half what can simply be seen."""
    wanted = [sentence for line in noted for sentence in sentences(line) if not is_unwanted(sentence)]
    newest = [sentence for sentence in wanted if sentence in (noted[-1] if noted else "")]
    layers = [(visible, SEEN), (spoken, SPOKEN), (" ".join(wanted), NOTED), (" ".join(newest), NEWEST)]
    weights: dict[str, float] = {}
    for text, weight in layers:
        weights |= {thing: max(weight, weights.get(thing, 0)) for thing in concepts(text)}
    seen = concepts(visible)
    weights = {thing: weight * (0.5 if thing in seen else 1) for thing, weight in weights.items()}
    for thing in concepts(target) & set(weights):
        weights[thing] = max(AHEAD, weights[thing])
    unwanted = concepts(" ".join(line for one in noted for line in sentences(one) if is_unwanted(line)))
    return dict.fromkeys(unwanted, SEEN) | weights


def is_unwanted(sentence: str) -> bool:
    """Tell whether an author says in a sentence what the character does not want to hear of."""
    return any(re.search(pattern, sentence, re.IGNORECASE) for pattern in data()["unwanted"])


def lines_of(excerpts: list[str]) -> list[str]:
    """Return the lines that the character speaks, each once. Prose without quotes counts if it says `I` or `my`."""
    said = dict.fromkeys(line.strip() for excerpt in excerpts for line in excerpt.splitlines())
    quoted = [" ".join(part.strip() for part in _QUOTED.findall(line)) for line in said]
    if any(quoted):
        return list(dict.fromkeys(line for line in quoted if line))
    return [line for line in said if re.search(r"\b(?:I|[Mm]y|me)\b", line)]


def best_names(names: list[tuple[str, str]], own: set[str]) -> dict[str, str]:
    """Choose a name for each thing: the thing's own word before a synonym, else what comes last."""
    best: dict[str, str] = {}
    for thing, name in names:
        exact = thing in stems(name.split()[-1])
        if not stems(name) & own and (exact or thing not in stems(best.get(thing, ""))):
            best[thing] = name
    return best


def called(text: str, whose: Whose) -> list[tuple[str, str]]:
    """Return things and how the character calls them, from their own words, a note on them, or what was seen."""
    names: list[tuple[str, str]] = []
    for match in _CALLED.finditer(text):
        owner, noun, after = match.groups()
        if after and is_plain(after) and not is_verb(after):
            noun = f"{noun} {after}"
        head = noun.split()[-1]
        if is_plain(noun.split()[0]) and not is_verb(head) and not head.endswith(("ly", "ing", "est")):
            found = (thing for thing in concepts(head) if thing in stems(head) or thing not in deeds())
            names += [(thing, f"{determiner(owner.lower(), whose)} {noun}") for thing in found]
    return names


@cache
def deeds() -> set[str]:
    """Return the concepts that are things done, by which nothing is called."""
    firsts = [group.split()[0] for group in data()["synonyms"]]
    return {stem for first in firsts if is_verb(first) for stem in stems(first)}


def is_plain(word: str) -> bool:
    """Tell whether a word can belong to a noun."""
    if word.lower() in vocabulary("dates"):
        return False
    return not is_stop_word(word) and word not in language().stops


def is_verb(word: str) -> bool:
    """Tell whether a word is rather a verb."""
    known = language()
    verbs = known.verbs | known.irregular.keys() | set(known.irregular.values())
    if word.removesuffix("s") in vocabulary("nouns"):
        return False
    return any(form in verbs for form in (word, word.removesuffix("s"))) or word.endswith("ed")


def determiner(owner: str, whose: Whose) -> str:
    """Turn a text's determiner into the one that the character uses."""
    if owner in ("my", "our") and whose == "own":
        return owner
    if owner == "your":
        return owner
    if owner in ("his", "her", "their") and whose == "noted":
        return "my"
    return "your" if owner.endswith(("'s", "’s")) and owner[:-2] in _PLAYER else "the"
