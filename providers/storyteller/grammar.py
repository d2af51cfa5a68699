"""The grammar: templates dealt between chapters, slots filled, nothing said twice."""

import random
import re
from collections.abc import Mapping
from zlib import crc32

from rapidfuzz import fuzz, process

from providers.storyteller.lexicon import Groups
from providers.storyteller.words import contracted, is_plural, sentence_key, sentences_of, tidy, words_set

_SLOT = re.compile(r"\{([a-z_.]+)\}")
_TAIL = re.compile(
    r"(?<=\w{3}) (?:on|of|at|off|from|with|without|in|over|under|between|near|beside|when|that|who) .*$"
)
_VAGUE = words_set("year night sleep man woman men child")
_SAID = re.compile(r"“([^”]*)”")
_PARTICLES = words_set("out up in down off away over")
_EXACT = frozenset(("plant", "payoff"))
AGREES = {
    "was": ("was", "were"), "is": ("is", "are"), "has": ("has", "have"), "it": ("it", "they"), "them": ("it", "them"),
    "its": ("its", "their"),
}  # fmt: skip
DECKS = 5
ALIKE = 75
KEPT_FOR_STORY = {"trouble": 4, "stranger": 6}
KEPT_FOR_CHAPTER = {"trouble": 2, "stranger": 3, "elsewhere": 5, "matter": 6}
KEPT_FOR_SCENE = {"prop": 3}
KEPT = KEPT_FOR_CHAPTER | KEPT_FOR_SCENE


def _definite(phrase: str) -> str:
    return re.sub(r"^an? ", "the ", phrase)


def _brief(phrase: str) -> str:
    """Return `the fire` of `the fire on Dock Street`."""
    return _TAIL.sub("", phrase) or phrase


class Teller:
    """Draws templates for one chapter and remembers every sentence it has told."""

    def __init__(self, groups: Groups, story: str, number: int, chapters: int, attempt: str = "") -> None:
        self.groups = groups
        self.story = story
        self.decks = max(1, min(chapters, DECKS))
        self.deck = (number - 1) % self.decks
        self.turn, self.turns = (number - 1) // self.decks, -(-chapters // self.decks)
        self.random = random.Random(f"{story}|{number}|{attempt}")
        self.cast: dict[str, str] = {}
        self.casual = False
        self.nearby: dict[str, list[str]] = {}
        self.told: set[str] = set()
        self.unlike: list[str] = []
        self.seen: set[str] = set()
        self._naming: set[str] = set()
        self.aliases: dict[str, tuple[str, str]] = {}
        self._hands: dict[str, list[str]] = {}
        self._at: dict[str, int] = {}

    def remember(self, text: str) -> None:
        """Forbid every sentence of a text."""
        self.told.update(sentence_key(sentence) for sentence in sentences_of(text))

    def avoid(self, text: str) -> None:
        """Forbid what is built nearly as a sentence of a text, or as what is said in it; draw from all there is."""
        told = [*sentences_of(text), *(one for said in _SAID.findall(text) for one in sentences_of(said))]
        self.unlike = [key for one in told if (key := sentence_key(one)).count(" ") > 3]
        self.decks, self.deck = 1, 0

    def draw(self, group: str) -> str | None:
        """Return the group's next entry out of this chapter's hand, or `None` for an unknown group."""
        hand = self._hand(group)
        if not hand:
            return None
        at = self._at.get(group, 0)
        self._at[group] = at + 1
        return hand[at % len(hand)]

    def spent(self, group: str) -> bool:
        """Say whether every entry of the hand has been drawn."""
        return self._at.get(group, 0) >= len(self._hand(group))

    def _hand(self, group: str) -> list[str]:
        if group not in self._hands:
            entries = list(self.groups.get(group, ()))
            random.Random(f"{self.story}|{group}").shuffle(entries)
            if group in KEPT_FOR_STORY:
                entries = entries[: KEPT_FOR_STORY[group]]
            dealt = entries[self.deck :: self.decks] if len(entries) >= self.decks else entries
            if self.turn or group in KEPT_FOR_STORY:
                self.random.shuffle(dealt)
            self._hands[group] = dealt[: KEPT_FOR_CHAPTER.get(group, len(dealt))]
        return self._hands[group]

    def set_scene(self, nearby: dict[str, list[str]]) -> None:
        """Begin a scene: what can be seen, heard and smelt, and the few things people handle in it."""
        self.nearby = nearby
        for group, kept in KEPT_FOR_SCENE.items():
            hand = self._hand(group)
            at = self._at.get(group, 0) % max(1, len(hand))
            self._hands[f"{group}.scene"] = (hand[at:] + hand[:at])[:kept]
            self._at[group] = at + kept

    def fill(self, template: str, cast: Mapping[str, str] | None = None) -> str:
        """Fill a template's slots from the cast, then from the lexicons."""
        own = cast or {}
        drawn: dict[str, str] = {}
        said: dict[str, str] = {}

        def value(match: re.Match[str]) -> str:
            slot = match.group(1)
            base, _, form = slot.partition(".")
            if form and base in said:
                return AGREES[form][is_plural(said[base])]
            told = (
                _definite(value_of(slot[4:]))
                if slot.startswith("the_")
                else self._again(slot, value_of(slot))
            )
            said[slot] = told
            return told

        def value_of(slot: str) -> str:
            found = (
                own.get(slot) or self.cast.get(slot) or drawn.get(slot) or self._near(slot) or self.draw(slot)
            )
            if found is None:
                raise KeyError(f"nothing fills {{{slot}}} in {template!r}")
            if slot in KEPT:
                drawn[slot] = found
            return self.fill(found, cast) if "{" in found else found

        return _SLOT.sub(value, template)

    def _near(self, slot: str) -> str | None:
        """Take what the scene's place has of a slot, then what the genre has anywhere."""
        if slot in ("detail", "sound", "smell"):
            pool = self.nearby.get(slot)
            return pool.pop(0) if pool else self.draw(f"any_{slot}")
        return self.draw(f"{slot}.scene") if f"{slot}.scene" in self._hands else None

    def _again(self, slot: str, found: str) -> str:
        """Say `the` of a thing that has been mentioned before."""
        if slot in self.aliases:
            whole, brief = self.aliases[slot]
            if found == whole and whole in self.seen and (slot != "topic" or self.chance(0.7)):
                return brief
        elif slot not in ("prop", "stranger", "detail", "any_detail", "trouble", "elsewhere"):
            return found
        if found in self.seen:
            said = _definite(found)
            if slot in ("trouble", "stranger", "elsewhere"):
                return self._briefly(slot, said)
            return said
        self._naming.add(found)
        return found

    def _briefly(self, slot: str, said: str) -> str:
        """Cut what has been named before down to its head, mostly."""
        brief = _brief(said)
        if slot == "elsewhere" or not said.startswith("the "):
            return brief
        head = brief.split()[-1]
        if head[0].isupper() or head in _PARTICLES:
            return said
        return said if head in _VAGUE and self.chance(0.6) else f"the {head}"

    def tell(
        self, *groups: str, cast: Mapping[str, str] | None = None, tries: int = 6, again: bool = False
    ) -> str:
        """Return a fresh sentence of the first group that has one; old templates only if `again`."""
        for recycled in (False, True)[: 2 if again or self.turns > 1 else 1]:
            for group in groups:
                for _ in range(tries * (1 if not recycled else self.turns) * (4 if self.unlike else 1)):
                    if self.spent(group) and not recycled:
                        break
                    template = self.draw(group)
                    if template is None:
                        break
                    self._naming = set()
                    told = tidy(self.fill(template, cast))
                    if text := self.accept(contracted(told) if self.casual and group not in _EXACT else told):
                        self.seen |= self._naming
                        return text
        return ""

    def accept(self, text: str) -> str:
        """Return a text if none of its sentences has been told, and remember it; else an empty string."""
        keys = [sentence_key(sentence) for sentence in sentences_of(text)]
        if any(key in self.told for key in keys) or len(set(keys)) < len(keys):
            return ""
        if any(process.extractOne(key, self.unlike, scorer=fuzz.ratio, score_cutoff=ALIKE) for key in keys):
            return ""
        if self.turns > 1 and any(crc32(key.encode()) % self.turns != self.turn for key in keys):
            return ""
        self.told.update(keys)
        return text

    def chance(self, share: float) -> bool:
        """Say yes with the given probability."""
        return self.random.random() < share
