"""Casting: who of the story is who in the premise, and what they are called."""

import random
import unicodedata
from dataclasses import dataclass
from typing import Any

from providers.storyteller.lexicon import Groups, language
from providers.storyteller.nouns import OWNERS, TITLES, Noun, Premise
from providers.storyteller.words import is_plural, words_of

Json = dict[str, Any]

HERO, ALLY, FOE, WITNESS = range(4)
_CLERICAL = {"father": "priest", "sister": "nun", "brother": "monk"}
_TITLES = TITLES | {"the"}


@dataclass(frozen=True)
class Person:
    """Somebody of the story, named or passing through. `role` is what they are, `calling` how they are introduced."""

    name: str
    short: str
    pronoun: str
    role: str = ""
    calling: str = ""

    def cast(self, prefix: str = "") -> dict[str, str]:
        """Return the pronouns' slots, such as `he`, `him`, `his`, with a prefix."""
        she = self.pronoun == "she"
        return {
            f"{prefix}he": "she" if she else "he",
            f"{prefix}him": "her" if she else "him",
            f"{prefix}his": "her" if she else "his",
            f"{prefix}himself": "herself" if she else "himself",
        }


def parts_of(premise: Premise, asked: list[str]) -> dict[int, Noun]:
    """Return the people of the premise by their part; those who are somebody's, or absent, are no protagonists.

    `asked` are the names that the request gives: whoever has one is as the request knows them, not as the premise does.
    """
    absent = language().absent
    people = [noun for noun in premise.people if not absent & set(noun.text.lower().split())]
    parts: dict[int, Noun] = {}
    if people and people[0].owner not in OWNERS and not people[0].opposed and not office_of(premise.names):
        parts[HERO] = people.pop(0)
        if is_pair(parts[HERO]):
            parts[ALLY] = parts[HERO]
    named = max(len(asked), len(premise.names))
    for noun in people:
        free = [part for part in (ALLY, WITNESS, FOE) if part not in parts and (part >= named or noun.name)]
        if noun.opposed and FOE not in parts:
            free = [FOE]
        if free and not noun.plural and noun.owner != "’s":
            parts[free[0]] = noun
    return parts


def office_of(names: list[str]) -> str:
    """Return what the first name says its bearer is: the inspector in `Inspector Duval`."""
    first = names[0].split()[0].lower() if names and " " in names[0] else ""
    return _CLERICAL.get(first, first if first in language().people | TITLES else "")


def is_pair(noun: Noun) -> bool:
    """Whether a noun stands for the protagonist and another one."""
    return noun.plural and is_plural(noun.text)


def singular(noun: Noun) -> str:
    """Return what one of them is, without what makes them the last or the first."""
    words = noun.text.split()
    while len(words) > 1 and words[0] in ("last", "first", "only", "next", "own", "rival", "other"):
        words = words[1:]
    irregular = {"children": "child", "thieves": "thief", "women": "woman", "men": "man"}
    head = words[-1]
    if head.endswith(("women", "men")):
        head = head[:-2] + "an"
    elif is_plural(head):
        head = irregular.get(head, head.removesuffix("s"))
    return " ".join([*words[:-1], head])


def gender_of(noun: Noun | None) -> str:
    """Return `she` or `he` where a noun says it."""
    head = singular(noun).split()[-1].lower() if noun else ""
    if head in language().women_nouns or head.endswith("woman"):
        return "she"
    return "he" if head in language().men_nouns or (head.endswith("man") and head != "woman") else ""


def names_of(
    asked: list[str], premise: Premise, parts: dict[int, Noun], rng: random.Random, drawn: Groups
) -> list[str]:
    """Return the names of at least four people: those asked for, those of the premise, and others."""
    names = asked[:8]
    taken = {word.lower() for name in names for word in words_of(name)}
    for name in premise.names[:3]:
        if not {word.lower() for word in words_of(name)} & taken:
            names.append(name)
            taken |= {word.lower() for word in words_of(name)}
    fantasy = "_fantasy" if drawn.get("own_names") else ""
    while len(names) < 4:
        noun = parts.get(len(names))
        woman = rng.random() < 0.5
        if hint := gender_of(noun) or ("" if names else premise.pronoun):
            woman = hint == "she"
        first = rng.choice(drawn[("women" if woman else "men") + fantasy])
        last = rng.choice(drawn["surnames" + fantasy])
        initials = {name[0].lower() for name in names}
        if noun and noun.name and noun.name.lower() not in taken:
            first = noun.name
        elif first[0].lower() in initials or first.lower() in taken:
            continue
        kin = noun and is_kin(noun) and names and len(names[0].split()) > 1
        if not kin and last.lower() in taken:
            continue
        name = first if " " in first else f"{first} {names[0].split()[-1] if kin else last}"
        names.append(name)
        taken |= {word.lower() for word in words_of(name)}
    return names


def is_kin(noun: Noun) -> bool:
    """Whether somebody is of the protagonist's family."""
    kin = singular(noun).split()[-1].lower() in language().kin
    return kin and (noun.owner in OWNERS or noun.plural)


def people_of(
    names: list[str], roles: list[str], parts: dict[int, Noun], pronoun: str, key: str
) -> list[Person]:
    """Return the story's people. `roles` says what they are; `pronoun` what the protagonist is likely to be."""
    firsts = [first_of(name) for name in names]
    people: list[Person] = []
    for index, name in enumerate(names):
        short = firsts[index] if firsts.count(firsts[index]) == 1 else name
        noun = parts.get(index)
        hint = gender_of(noun) or (pronoun if index == HERO else "")
        role = roles[index] if index < len(roles) else ""
        calling = calling_of(noun, role, office_of([name]), people[HERO] if people else None)
        people.append(Person(name, short, pronoun_of(name, key, hint), role, calling))
    return people


def calling_of(noun: Noun | None, role: str, title: str, hero: Person | None) -> str:
    """Return how somebody is introduced: `Ada’s daughter`, `the tax collector`, `a bartender`."""
    if noun and hero:
        kind = f"{singular(noun)} {noun.tail}".strip()
        if is_kin(noun) or noun.owner in OWNERS:
            return f"{hero.short}’s {kind}"
        return f"the other {kind}" if noun.plural else f"the {kind}"
    if not role or len(role.split()) > 4 or title:
        return ""
    return f"the {role}" if noun else f"a {role}"


def first_of(name: str) -> str:
    """Return a first name; a title is none."""
    parts = name.split()
    while len(parts) > 1 and parts[0].lower().strip(".") in _TITLES:
        parts = parts[1:]
    return parts[0]


def pronoun_of(name: str, key: str, hint: str = "") -> str:
    """Guess a pronoun from a first name, a hint, or its ending."""
    plain = unicodedata.normalize("NFKD", first_of(name)).encode("ascii", "ignore").decode()
    first, known = (plain or first_of(name)).lower(), language()
    if first in known.women:
        return "she"
    if first in known.men:
        return "he"
    if hint:
        return hint
    if first.endswith(("a", "ie", "e", "y", "is")):
        return "she"
    if first.endswith(("o", "us", "k", "d", "r", "n", "t")):
        return "he"
    return random.Random(f"{key}|{name}").choice(("she", "he"))
