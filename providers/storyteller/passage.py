"""A passage changed throughout, as a wish wants it: how somebody feels, what the weather does, how it ends."""

import re
from functools import cache

from providers.storyteller.casting import Person
from providers.storyteller.grammar import Teller
from providers.storyteller.lexicon import Groups, items, read
from providers.storyteller.words import sentences_of, tidy

EVERY, FEWEST, MOST, ENDING = 4, 2, 8, 2


@cache
def wish_groups() -> Groups:
    """Return what wishes are fulfilled with: `feel_anger`, `manner_anger`, `weather_more`, `end_happy` and the like."""
    loaded = read("wishes")
    groups = {key: items(block) for key, block in loaded.items() if isinstance(block, str)}
    for feeling, told in loaded["feelings"].items():
        groups[f"feel_{feeling}"] = items(told["line"])
        groups[f"manner_{feeling}"] = tuple(part.strip() for part in told["manner"].split("|"))
    return groups


@cache
def feeling_words() -> dict[str, str]:
    """Return which feeling each word asks for."""
    feelings = read("wishes")["feelings"]
    return {word: feeling for feeling, told in feelings.items() for word in told["stems"].split()}


class Passage:
    """The paragraphs of a passage; `slots` fill what is told in it anew."""

    def __init__(self, teller: Teller, paragraphs: list[str], slots: dict[str, str]) -> None:
        self.paragraphs, self.slots = paragraphs, slots
        self.teller = Teller(teller.groups | wish_groups(), f"{teller.story}|{teller.random.random()}", 1, 1)
        self.teller.cast, self.teller.told = teller.cast, teller.told

    def feel(self, person: Person, feeling: str, you: Person) -> None:
        """Let somebody feel so all through: in how they speak, and in between."""
        slots = {"who": person.short, **person.cast("w"), "you": you.short, **you.cast("y")}
        for at, text in enumerate(self.paragraphs):
            self.paragraphs[at] = self._spoken(text, person, feeling, slots)
        self.spread(f"feel_{feeling}", slots)

    def _spoken(self, text: str, person: Person, feeling: str, slots: dict[str, str]) -> str:
        """Say with every line of somebody's how it is said."""
        name = re.escape(person.short)

        def manner(match: re.Match[str]) -> str:
            drawn = self.teller.draw(f"manner_{feeling}") or "aloud"
            return f"{match[1]}, {self.teller.fill(drawn, self.slots | slots)}."

        return re.sub(rf"((?:\b(?:said|asked) {name}|\b{name} (?:said|asked)))(?:, [^.“”]*)?\.", manner, text)

    def spread(self, group: str, slots: dict[str, str] | None = None) -> None:
        """Put sentences of a group all through the passage, into its narration where there is some."""
        told = [at for at, text in enumerate(self.paragraphs) if "“" not in text] or [
            len(self.paragraphs) - 1
        ]
        for turn in range(min(MOST, max(len(told), FEWEST, len(self.paragraphs) // EVERY))):
            if line := self.tell(group, slots):
                self.paragraphs[told[turn % len(told)]] += f" {line}"

    def end(self, how: str, kept: list[str]) -> None:
        """Let the passage end happily, sadly or openly; of its last paragraph stays what is owed."""
        last = [one for one in sentences_of(self.paragraphs[-1]) if one in kept]
        ending = [line for _ in range(ENDING) if (line := self.tell(f"end_{how}"))]
        if "“" in self.paragraphs[-1]:
            self.paragraphs.append(" ".join(ending))
        else:
            self.paragraphs[-1] = " ".join([*last, *ending])

    def tell(self, group: str, slots: dict[str, str] | None = None) -> str:
        """Return a sentence of a group that does not stand in the text."""
        return tidy(self.teller.tell(group, cast=self.slots | (slots or {}), again=True))

    def rename_weather(self, weather: str, others: tuple[str, ...]) -> None:
        """Let the weather that the narration speaks of be this one."""
        known = [re.escape(one.removeprefix("the ")) for one in others if one != f"the {weather}"]
        pattern = re.compile(rf"\b([Tt]he )(?:{'|'.join(known)})\b") if known else None
        for at, text in enumerate(self.paragraphs):
            if pattern and "“" not in text:
                self.paragraphs[at] = pattern.sub(rf"\g<1>{weather}", text)
