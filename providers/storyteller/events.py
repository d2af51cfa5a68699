"""What happens in the premise, told of the story's people."""

import re
from dataclasses import dataclass

from providers.storyteller.casting import ALLY, HERO, Person, is_pair
from providers.storyteller.clauses import Clause, names_in
from providers.storyteller.lexicon import language
from providers.storyteller.nouns import Noun, Premise
from providers.storyteller.words import base_of, in_past, words_set

_OF_ANOTHER = words_set("youngest younger eldest elder oldest older other")
SHORTEST, LONGEST = 4, 7
_CUT_BEFORE = words_set(
    "to in on at of for from with into by and or that which who while because after before until during"
)
_GIVEN = re.compile(r"^(\w+) (?:her|him|me)(?= (?:a|an|the|to|in|with|that)\b)")
_ME = re.compile(r"\bme\b")
_OWN = re.compile(r"^(?:his|her|their|its|my|our|§’s)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Event:
    """Something of the premise that happens in the story.

    `once` when it only leads to the next one, as a discovery does; `actor` is whose name it begins with. It is spoken
    of as a `word`, or as `said` by those who know people by what they are. Told whole once, it is
    told in brief from then on.
    """

    now: str
    brief: str
    past: str
    said: str
    word: str
    actor: str
    once: bool = False

    def after(self, template: str, hero: Person, whole: bool) -> str:
        """Return it as it is told where a template has named the protagonist already."""
        named, told = "{hero}" in template.split("{event}")[0], self.now if whole else self.brief
        if not named or self.actor.split(" and ")[0] != hero.short:
            return told
        return f"{'they' if ' and ' in self.actor else hero.pronoun}{told.removeprefix(self.actor)}"


def events_of(premise: Premise, parts: dict[int, Noun], people: list[Person]) -> list[Event]:
    """Return what happens in the premise, in its order, with the story's people in it."""
    names = [part for person in people for part in (person.name, person.short)]
    events: list[Event] = []
    for clause in premise.clauses:
        for one in (clause, clause.reported):
            if one and (now := told(one, parts, people)):
                actor = next(
                    (person for person in people if re.match(rf"{re.escape(person.short)}(?!’| and)", now)),
                    None,
                )
                brief = briefly(now)
                past = in_past(brief, names)[0]
                word = past if has_begun(brief) else brief
                said = f"{actor.calling}{word.removeprefix(actor.short)}" if actor and actor.calling else word
                pair = re.match(rf"{re.escape(people[HERO].short)} and \w+", now)
                begins = pair[0] if pair else actor.short if actor else ""
                events.append(Event(now, brief, past, said, word, begins, once=bool(one.reported)))
    return events


def briefly(now: str) -> str:
    """Return a clause cut where it can be, once enough of it stands to know it by."""
    words = now.split()
    if len(words) <= LONGEST:
        return now
    ends = [at for at in range(SHORTEST, LONGEST + 1) if words[at].lower() in _CUT_BEFORE]
    return " ".join(words[: ends[-1]]).rstrip(",") if ends else now


def has_begun(clause: str) -> bool:
    """Say whether something once happened, as a beginning does, rather than being so."""
    return any(base_of(word) in language().inchoative for word in clause.split()[:6])


def told(clause: Clause, parts: dict[int, Noun], people: list[Person]) -> str:
    """Return a clause with names in the place of the nouns that mean the story's people; empty if it says nothing."""
    hero = people[HERO]
    subject, rest = actor_of(clause.subject, parts, people), clause.rest
    if not subject or (subject == hero.short and rest.split()[0] in ("is", "am") and "§" in clause.subject):
        return ""
    if subject != hero.short and clause.subject.lower().startswith(("her ", "his ", "§’s ")):
        rest = _GIVEN.sub(rf"\g<1> {hero.short}", rest)
    rest = rest.replace("§’s", hero.cast()["his"]).replace("§", hero.short)
    return f"{subject} {_ME.sub(hero.cast()['him'], rest)}"


def actor_of(subject: str, parts: dict[int, Noun], people: list[Person]) -> str:
    """Return who a clause is about, by name where it is one of the story's people."""
    hero, ally = people[HERO], people[min(ALLY, len(people) - 1)]
    if subject == "§":
        return hero.short
    if named := [person.short for person in people if names_in(subject, [person.name])]:
        return " and ".join(named)
    for part, noun in parts.items():
        if part < len(people) and re.search(rf"\b{re.escape(noun.text)}\b(?!’)", subject, re.IGNORECASE):
            return f"{hero.short} and {ally.short}" if is_pair(noun) else people[part].short
    if parts.get(HERO) and is_pair(parts[HERO]) and subject.lower().split()[-1] in _OF_ANOTHER:
        return ally.short
    if _OWN.match(subject):
        return f"{hero.short}’s {_OWN.sub('', subject)}"
    return subject[0].lower() + subject[1:] if subject.split()[0].lower() in _SMALL else subject


_SMALL = words_set("a an the two three four five six seven every each some")
