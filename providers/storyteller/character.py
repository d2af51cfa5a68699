"""A character who answers: lines of the author's and lines between them, hints that grow plainer, a bridge."""

import random
import re
from collections.abc import Iterable, Sequence

from domain.text.stemming import stems
from providers.storyteller.character_judge import conversation_of, guess
from providers.storyteller.character_matter import (
    SLOT,
    Matter,
    concepts,
    data,
    longest_part,
    matter_of,
    vocabulary,
)
from providers.storyteller.character_reading import BESIDE, Reading, is_small
from providers.storyteller.world import Json

QUOTED_KINDS = {
    "question",
    "asking",
    "caring",
    "promising",
    "accusing",
    "sincere",
    "statement",
    "small",
    "greeting",
}
LATELY = 3
_CALLED_BY_PLAYER = re.compile(r"\b(your|my|his|her|their|the|this|that|an?)\s+([a-z-]{3,})\b", re.IGNORECASE)
_OTHER_SIDE = {"your": "my", "my": "your", "a": "the", "an": "the"}


def respond(inputs: Json, seed: int) -> str:
    """Answer the player in the character's voice."""
    return Voice(inputs, seed).answer()


def write_bridge(inputs: Json, seed: int) -> str:
    """Lead from a conversation to what follows, in two sentences that tell nothing of it."""
    voice = Voice(inputs, seed)
    passage = [voice.line("bridge"), voice.line("bridge_end")]
    return " ".join(part for part in passage if part)


class Voice:
    """One answer of a character, made from their excerpts and from what was said so far."""

    def __init__(self, inputs: Json, seed: int) -> None:
        self.inputs, self.matter = inputs, matter_of(inputs)
        self.said = conversation_of(inputs)
        self._spoken_of = concepts(" ".join(self.matter.spoken))
        self.words = str(inputs["words"])
        readings, self.outcome = guess(inputs, self.matter)
        self.readings: list[Reading] = readings
        self.now = readings[-1]
        faults = inputs.get("faults") or []
        self.random = random.Random(f"{seed}|{self.matter.name}|{len(self.said)}|{self.words}|{faults}")
        self.replies = " ".join(reply for _, reply in self.said)
        self.slots = self._slots()

    def answer(self) -> str:
        """Return the reply, in the quotes that the author uses."""
        opening = self.line(self._kind())
        body = self._quote() if self.now.kind in QUOTED_KINDS or self._goes_on() else ""
        last = "" if self._goes_on() else self._steer() or self._recall()
        parts = [part for part in (opening, body, last) if part]
        return self._set(parts)

    def line(self, kind: str) -> str:
        """Return a line of a kind whose slots can be filled, one that was not used before if there is one."""
        lines = [line for line in data()["lines"][kind] if self._fillable(line)]
        fresh = [line for line in lines if not self._used(line)]
        if not fresh:
            fresh = lines[-1:] if len(lines) < 2 else sorted(lines, key=self._last_used)[:2]
        return self._fill(self.random.choice(fresh)) if fresh else ""

    def _kind(self) -> str:
        if self._goes_on():
            return "yield"
        if self.outcome == "INVALID" and self.now.kind not in BESIDE:
            return "off_topic"
        return self.now.kind

    def _goes_on(self) -> bool:
        return self.outcome in ("DIRECT", "BRIDGE")

    def _set(self, parts: list[str]) -> str:
        opened, closed = quotes_of(" ".join(map(str, self.inputs["character"]["excerpts"])))
        gesture = self.random.random() < 0.3 and len(parts) > 1 and self.line_of("gestures")
        if gesture:
            return f"{opened}{parts[0]}{closed} {gesture} {opened}{' '.join(parts[1:])}{closed}"
        return f"{opened}{' '.join(parts)}{closed}"

    def line_of(self, name: str) -> str:
        """Return a gesture, which is told, not spoken."""
        lines = [line for line in data()[name] if self._fillable(line) and not self._used(line)]
        return self._fill(self.random.choice(lines)) if lines else ""

    def _quote(self) -> str:
        """Return the author's line that fits the player's words best, among those not yet heard."""
        unheard = [
            line for line in self.matter.spoken if line not in self.replies and line not in self.matter.seen
        ]
        if self._goes_on():
            unheard = [line for line in unheard if not line.startswith("You")]
        asked = concepts(self.words)
        scored = [(self._fits(line, asked), self.random.random(), line) for line in unheard]
        if not scored:
            return ""
        fit, _, best = max(scored)
        if self._goes_on() and fit < 0.5:
            return ""
        idle = fit == 0 and len(self.said) > 1 and self.random.random() < 0.4
        return "" if idle else best

    def _fits(self, line: str, asked: set[str]) -> float:
        if self.now.kind in ("greeting", "small"):
            return -self._weigh(concepts(line) & self.matter.key)
        exact = len(stems(line) & stems(self.words))
        return exact + self._weigh(concepts(line) & asked)

    def _weigh(self, things: set[str]) -> float:
        """Add up what things count, in an order of their own: sums of floats differ by it."""
        return sum(self.matter.weights.get(thing, 0.1) for thing in sorted(things))

    def _steer(self) -> str:
        """Lead the player on, more plainly the longer they are stuck."""
        hint = int(self.inputs.get("hint") or 0)
        if self.now.kind in BESIDE or self.outcome == "INVALID":
            return self.line("plain" if hint > 1 else "back")
        idle = self.now.credit == 0 and len(self.said) > 1
        level = max(hint, int(idle))
        if level == 0 or (level < 3 and self._steered() and self.random.random() < 0.6):
            return ""
        return self.line(("nudge", "plain", "plainest")[min(level, 3) - 1])

    def _steered(self) -> bool:
        """Tell whether the character's newest reply led the player on already."""
        lines = (line for kind in ("nudge", "plain", "plainest") for line in data()["lines"][kind])
        return any(longest_part(line) in self._newest_reply() for line in lines)

    def _recall(self) -> str:
        """Now and then return to what the player spoke of before."""
        return self.line("recall") if self.random.random() < 0.35 else ""

    def _slots(self) -> dict[str, str]:
        hint = int(self.inputs.get("hint") or 0)
        goals = self._goals(self.matter.names if hint > 2 else self.matter.open_names | self._met())
        slots = {"weather": self.random.choice(data()["weather"]), **pronouns(self.inputs, self.matter)}
        if topic := self._topic():
            slots |= {"topic": topic, "Topic": capital(topic)}
        if fresh := [goal for goal in goals if not self._named_lately(goal)]:
            goals = fresh
            slots |= {"fresh": fresh[0], "Fresh": capital(fresh[0])}
        if goals:
            slots |= {"goal": goals[0], "Goal": capital(goals[0])}
        if len(goals) > 1:
            slots["goal_too"] = goals[1]
        if past := self._past(topic):
            slots["past"] = past
        return slots

    def _named_lately(self, goal: str) -> bool:
        """Tell whether the player named a thing in this turn or the last few, by any word for it."""
        lately = [*(player for player, _ in self.said[-LATELY:]), self.words]
        return bool(concepts(goal.split()[-1]) & concepts(" ".join(lately)))

    def _met(self) -> dict[str, str]:
        """Return the names of noted things that the player has spoken of."""
        spoken_of = set().union(*(reading.things for reading in self.readings))
        return {thing: name for thing, name in self.matter.names.items() if thing in spoken_of}

    def _goals(self, names: dict[str, str]) -> list[str]:
        """Return what the player should speak of: what counts most first, what was not said yet before what was."""
        named = set().union(*(reading.things for reading in self.readings))
        things = [thing for thing in names if thing in self.matter.key] or list(names)
        self.random.shuffle(things)
        things.sort(key=lambda thing: 0.55 * (thing in named) - self._counts(thing, names[thing]))
        return list(dict.fromkeys(names[thing] for thing in things))

    def _counts(self, thing: str, name: str) -> float:
        """Say how much a thing is on the character's mind: the author's newest note, then their own words."""
        noted = name.split()[-1] in self.matter.newest
        return self.matter.weights.get(thing, 0) + noted + 0.6 * (thing in self._spoken_of)

    def _topic(self) -> str:
        """Return what the player speaks of now, as the character calls it."""
        return next(iter(self._topics(self.words, self.now)), "")

    def _topics(self, text: str, reading: Reading) -> list[str]:
        named = sorted(reading.things, key=lambda thing: (-self.matter.weights.get(thing, 0), thing))
        own = {thing: name for name in called_by_player(text) for thing in concepts(name)}
        found = [own.get(thing) or self.matter.names.get(thing, "") for thing in named]
        return [name for name in found if name]

    def _past(self, topic: str) -> str:
        """Return something that the player spoke of in an earlier turn."""
        turns = zip(self.said[:-1], self.readings, strict=False)
        topics = [name for (text, _), reading in turns for name in self._topics(text, reading)]
        return next((name for name in topics if name != topic and name not in self._newest_reply()), "")

    def _newest_reply(self) -> str:
        return self.said[-1][1] if self.said else ""

    def _fillable(self, line: str) -> bool:
        return all(slot[1:-1] in self.slots for slot in SLOT.findall(line))

    def _fill(self, line: str) -> str:
        return SLOT.sub(lambda slot: self.slots[slot[0][1:-1]], line)

    def _used(self, line: str) -> bool:
        return self._last_used(line) >= 0

    def _last_used(self, line: str) -> int:
        """Return where a line was last used, by its longest part without slots; -1 if nowhere."""
        return self.replies.rfind(longest_part(line))


def called_by_player(text: str) -> list[str]:
    """Return the things that a player names, as the character would call them: your brother is my brother."""
    found = []
    for owner, noun in _CALLED_BY_PLAYER.findall(text):
        if not is_small(noun.lower()) and noun.lower() not in vocabulary("dates"):
            found.append(f"{_OTHER_SIDE.get(owner.lower(), owner.lower())} {noun.lower()}")
    return found


def quotes_of(text: str) -> tuple[str, str]:
    """Return the quotation marks that an author uses."""
    for opened, closed in (("“", "”"), ("„", "“"), ("«", "»")):
        if opened in text:
            return opened, closed
    return '"', '"'


def pronouns(inputs: Json, matter: Matter) -> dict[str, str]:
    """Return the character's pronouns as the story uses them last, or none where it does not."""
    scene = inputs.get("scene") or {}
    near = newest(str(scene.get("visible") or ""), 3) + newest(str(scene.get("hidden") or ""), 1)
    told = re.findall(r"[a-z]+", " ".join(near).lower())
    he, she = count(told, ("he", "his", "him", "man")), count(told, ("she", "her", "hers", "woman"))
    if he == she:
        return {}
    forms = ("he", "him", "his") if he > she else ("she", "her", "her")
    return dict(zip(("he", "him", "his"), forms, strict=True)) | {"He": capital(forms[0])}


def newest(text: str, number: int) -> list[str]:
    """Return the last lines of a text, what is spoken in them left out."""
    lines = [re.sub(r"[\"“][^\"”]*[\"”]", " ", line) for line in text.splitlines() if line.strip()]
    return lines[-number:]


def count(told: Sequence[str], forms: Iterable[str]) -> int:
    """Count how often some words stand in others."""
    return sum(told.count(form) for form in forms)


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]
