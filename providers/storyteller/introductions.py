"""Who is who: people are introduced where they first come in, and have their short names from then on."""

import re
from collections.abc import Iterable

from providers.storyteller.casting import Person
from providers.storyteller.words import an


def introduced(text: str, people: Iterable[Person], before: str) -> str:
    """Return a chapter in which nobody comes in without being introduced. `before` is what was told already."""
    for person in people:
        pattern = re.compile(rf"(?<![\w’-])(?:{re.escape(person.name)}|{re.escape(person.short)})(?![\w-])")
        known = re.search(rf"(?<![\w’-]){re.escape(person.short)}(?![\w-])", before)
        text = _shortened(_introduce(text, person, pattern, "" if known else person.calling), person)
    return text


def _introduce(text: str, person: Person, pattern: re.Pattern[str], calling: str) -> str:
    """Give the whole name where the narration first names somebody, and what they are if it was not said before."""
    places = list(pattern.finditer(text))
    told = [one for one in places if not _is_said(text, one.start())]
    free = [one for one in told if not text.startswith(("’s", "’ "), one.end())]
    if not (found := (free or told or places)[:1]):
        return text
    calling = f", {calling}," if calling and free else ""
    rest = text[found[0].end() :]
    if calling and rest[:1] in ",.;:!?)\n":
        calling = calling[:-1]
    return f"{text[: found[0].start()]}{person.name}{an(calling)}{rest}"


def _shortened(text: str, person: Person) -> str:
    """Return the text with the short name wherever the narration says the whole one again."""
    if person.name == person.short:
        return text
    out, end, told = [], 0, False
    for one in re.finditer(rf"(?<![\w’-]){re.escape(person.name)}(?![\w-])", text):
        said = _is_said(text, one.start())
        new = not told or (person.calling and text.startswith(f", {an(person.calling)}", one.end()))
        out.append(text[end : one.start()] + (person.name if said or new else person.short))
        end, told = one.end(), told or not said
    return "".join(out) + text[end:]


def _is_said(text: str, at: int) -> bool:
    """Whether what stands at a place is spoken."""
    return text.count("“", 0, at) != text.count("”", 0, at)
