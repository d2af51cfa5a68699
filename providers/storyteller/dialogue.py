"""Dialogue: exchanges made of moves, each line with its speaker, a gesture or nothing."""

import re

from providers.storyteller.casting import Person
from providers.storyteller.grammar import Teller
from providers.storyteller.words import tidy

PATTERNS: dict[str, tuple[str, ...]] = {
    "ask": ("A.ask", "B.evade", "A.press", "B.reveal", "A.react", "B.warn"),
    "find": ("A.wonder", "B.doubt", "A.press", "B.reveal", "A.react", "B.evade"),
    "follow": ("B.small", "A.ask", "B.joke", "A.wonder", "B.reveal", "A.react"),
    "quarrel": ("A.accuse", "B.deny", "A.press", "B.confess", "A.doubt", "B.farewell"),
    "bargain": ("B.offer", "A.refuse", "B.press", "A.ask", "B.reveal", "A.accept"),
    "confess": ("B.small", "A.ask", "B.confess", "A.react", "B.reveal", "A.promise"),
    "confront": ("A.accuse", "B.joke", "A.press", "B.reveal", "A.doubt", "B.confess", "A.react"),
    "decide": ("B.ask", "A.evade", "B.warn", "A.promise", "B.reveal", "A.farewell"),
    "wait": ("B.small", "A.joke", "B.wonder", "A.evade", "B.reveal", "A.react"),
    "aftermath": ("B.small", "A.joke", "B.ask", "A.confess", "B.reveal", "A.farewell"),
}
SECOND = ("A.wonder", "B.doubt", "A.ask", "B.evade", "A.press", "B.confess", "A.react", "B.farewell")
_FIRST_STOP = re.compile(r"^(.{6,60}?)([.?!])\s+(\S.*)$")


class Exchange:
    """One exchange between two people, told line by line."""

    def __init__(self, teller: Teller, people: list[Person], other: Person, topic: dict[str, str]) -> None:
        self.teller = teller
        self.speakers = {"A": people[0], "B": other}
        self.topic = topic | self._absent(people, other)
        self.untagged = 0
        self.lines: list[str] = []
        self._last = ""

    def _absent(self, people: list[Person], other: Person) -> dict[str, str]:
        """Let the parts be played by people who are spoken about, not by those who speak."""
        away = [person for person in people[1:] if person.name != other.name]
        slots: dict[str, str] = {}
        for part, index in (("ally", 1), ("foe", 2), ("witness", 3)):
            if index < len(people) and people[index].name != other.name:
                continue
            if away:
                stand_in = away[index % len(away)]
                slots |= {part: stand_in.short, **stand_in.cast(f"{part}_")}
            else:
                slots |= {
                    part: "{the_stranger}",
                    f"{part}_he": "they",
                    f"{part}_him": "them",
                    f"{part}_his": "their",
                }
        return slots

    def play(self, pattern: tuple[str, ...], reveal: str, budget: int) -> list[str]:
        """Play a pattern's moves until the budget of words is used; the reveal is always kept."""
        used = 0
        for index, step in enumerate(pattern):
            who, move = step.split(".")
            must = move == "reveal" and bool(reveal)
            if used >= budget and index > 1 and not must:
                continue
            before = len(self.lines)
            self._move(who, move, reveal)
            if index in (2, 4) and self.teller.chance(0.3) and used < budget:
                self._silence(who)
            used += sum(len(line.split()) for line in self.lines[before:])
        return self.lines

    def _slots(self, who: str) -> dict[str, str]:
        speaker, listener = self.speakers[who], self.speakers["B" if who == "A" else "A"]
        slots = {"who": speaker.short, **speaker.cast("w"), "you": listener.short, **listener.cast("y")}
        return self.topic | slots

    def _move(self, who: str, move: str, reveal: str) -> None:
        slots = self._slots(who)
        if move == "reveal" and reveal:
            if lead := self.teller.tell("say_lead", cast=slots):
                self._utter(who, f"{lead} {reveal}", slots)
            else:
                self._utter(who, reveal, slots)
            return
        spoken = self.teller.tell(f"say_{'confess' if move == 'reveal' else move}", cast=slots)
        if spoken:
            self._utter(who, spoken, slots)

    def _utter(self, who: str, spoken: str, slots: dict[str, str]) -> None:
        speaker = self.speakers[who]
        clear = len(self.lines) > 1 and self._last not in ("", who)
        roll = self.teller.random.random()
        if clear and self.untagged < 2 and roll < 0.45:
            self.untagged += 1
            line = f"“{spoken}”"
        elif roll < 0.72:
            self.untagged = 0
            line = self._tagged(speaker, spoken, slots)
        else:
            self.untagged = 0
            line = self._gestured(speaker, spoken, slots)
        self._last = who
        self.lines.append(line)

    def _tagged(self, speaker: Person, spoken: str, slots: dict[str, str]) -> str:
        manner = ""
        if self.teller.chance(0.3) and (drawn := self.teller.draw("manner")):
            manner = f", {self.teller.fill(drawn, slots)}"
        match = _FIRST_STOP.match(spoken)
        head, stop, rest = match.groups() if match else (spoken[:-1], spoken[-1], "")
        if head and head[-1] in ".?!":
            head, stop = spoken, ""
        name = speaker.short
        again = (
            self.lines
            and self.teller.chance(0.3)
            and self.speakers["A"].pronoun != self.speakers["B"].pronoun
        )
        if again:
            name = speaker.pronoun
        verb = "asked" if stop == "?" else "said"
        spoken_first = again or (stop != "?" and self.teller.chance(0.5))
        tag = f"{name} {verb}" if spoken_first else f"{verb} {name}"
        mark = "," if stop == "." else stop
        line = f"“{head}{mark}” {tag}{manner}."
        return f"{line} “{rest}”" if rest else line

    def _gestured(self, speaker: Person, spoken: str, slots: dict[str, str]) -> str:
        gesture = self.teller.tell("gesture", cast=slots)
        if not gesture:
            return self._tagged(speaker, spoken, slots)
        if self.teller.chance(0.6):
            return f"{gesture} “{spoken}”"
        return f"“{spoken}” {gesture}"

    def _silence(self, who: str) -> None:
        if line := self.teller.tell("silence", cast=self._slots(who)):
            self.lines.append(line)
            self._last = ""
            self.untagged = 0


def spoken_fact(teller: Teller, template: str, speaker: Person, slots: dict[str, str]) -> str:
    """Fill something that is revealed, once; speakers say `I` of themselves."""
    if not template:
        return ""
    cast = dict(slots)
    for part in ("ally", "foe", "witness"):
        if teller.cast[part] == speaker.short:
            cast |= {part: "§", f"{part}_he": "I", f"{part}_him": "me", f"{part}_his": "my"}
    told = teller.fill(template, cast)
    told = re.sub(r"§ (?:has|hasn’t)\b", lambda match: match.group(0).replace("has", "have"), told)
    told = re.sub(r"§ is\b", "I’m", told)
    told = re.sub(r"§’s", "my", told)
    told = re.sub(r"(?<=[a-z] )§(?= (?:to|was|for|[a-z]+ing)\b|[.,])", "me", told).replace("§", "I")
    return teller.accept(tidy(told))
