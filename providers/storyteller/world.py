"""The world of one story: its people, places, objects and secret, the same in every chapter."""

import random
import re
from dataclasses import dataclass
from typing import Any

from providers.storyteller.lexicon import Groups, genre_groups, genre_of, groups, language
from providers.storyteller.premise import Noun, Premise, read_premise
from providers.storyteller.words import is_plural, words_of, words_set

Json = dict[str, Any]

_TITLES = words_set("dr mr mrs ms miss sir lady lord captain professor inspector detective father sister the")
_ARTICLE = re.compile(r"^(?:a|an|the|his|her|their|its|some|this|that)\s+", re.IGNORECASE)
_TAIL = re.compile(
    r"\s+(?:with|in|that|from|under|on|wrapped|marked|inside|without|by|who|whose|which|addressed|where|made|built|carved|"
    r"behind|beneath|between|beyond|beside|below|above|within|near)\s.*$"
)


@dataclass(frozen=True)
class Person:
    """Somebody of the story, named or passing through."""

    name: str
    short: str
    pronoun: str
    role: str = ""

    def cast(self, prefix: str = "") -> dict[str, str]:
        """Return the pronouns' slots, such as `he`, `him`, `his`, with a prefix."""
        she = self.pronoun == "she"
        return {
            f"{prefix}he": "she" if she else "he",
            f"{prefix}him": "her" if she else "him",
            f"{prefix}his": "her" if she else "his",
            f"{prefix}himself": "herself" if she else "himself",
        }


@dataclass(frozen=True)
class Place:
    """Somewhere a scene can be, with what is seen, heard and smelt there."""

    at: str
    name: str
    details: tuple[str, ...]
    sounds: tuple[str, ...]
    smells: tuple[str, ...]


@dataclass
class World:
    """Everything that stays the same from the first chapter to the last."""

    key: str
    genre: str
    tone: str
    rating: str
    groups: Groups
    premise: Premise
    people: list[Person]
    city: str
    in_city: str
    role: str
    things: list[Noun]
    places: list[Place]
    image: tuple[str, str]
    motto: str
    rumour: str
    secret: list[str]
    flaw: str
    past: str
    quoted: bool

    @property
    def hero(self) -> Person:
        return self.people[0]

    def person(self, index: int) -> Person:
        """Return the person with that part: 0 protagonist, 1 ally, 2 adversary, 3 witness."""
        return self.people[index % len(self.people)]

    @property
    def cast(self) -> dict[str, str]:
        """Return the slots that mean the same everywhere."""
        hero = self.hero
        return {
            "hero": hero.short,
            **hero.cast(),
            "ally": self.person(1).short,
            "foe": self.person(2).short,
            "witness": self.person(3).short,
            **self.person(1).cast("ally_"),
            **self.person(2).cast("foe_"),
            "city": self.city,
            "in_city": self.in_city,
            "role": self.role,
            "flaw": self.flaw,
            "past": self.past,
            "motto": self.motto,
            "saying": self.motto.rstrip("."),
            "rumour": self.rumour,
            "phrase": self.premise.phrase,
            "era": f"the {self.premise.era}"
            if self.premise.era.endswith("s")
            else f"the year {self.premise.era}",
        }


def noun_slots(slot: str, phrase: str) -> dict[str, str]:
    """Return a noun phrase with the words that agree with it."""
    many = is_plural(phrase)
    return {
        slot: phrase,
        f"{slot}.was": "were" if many else "was",
        f"{slot}.is": "are" if many else "is",
        f"{slot}.has": "have" if many else "has",
        f"{slot}.it": "they" if many else "it",
        f"{slot}.them": "them" if many else "it",
        f"{slot}.its": "their" if many else "its",
    }


def bare(phrase: str) -> str:
    """Return a noun phrase without its article."""
    return _ARTICLE.sub("", phrase.strip(" .,;"))


def definite(phrase: str) -> str:
    """Return a noun phrase with `the`."""
    kept = bare(phrase)
    return kept if kept[:1].isupper() and not phrase.lower().startswith(("a ", "the ")) else f"the {kept}"


def short_phrase(phrase: str) -> str:
    """Return `the brass key` of `the brass key with a bent tooth`."""
    return definite(_TAIL.sub("", phrase.strip(" .,;")))


def make_world(request: Json, seed: int, characters: list[Json] | None = None, told: str = "") -> World:
    """Derive the world from what was asked and, where a plan exists, the people it names."""
    text = str(request.get("premise", ""))
    genre = genre_of(str(request.get("genre") or ""), text)
    tone, rating = str(request.get("tone") or "literary"), str(request.get("rating") or "SFW")
    key = f"{seed}|{genre}|{tone}|{text}"

    def dice(what: str) -> random.Random:
        return random.Random(f"{key}|{what}")

    own, premise = genre_groups(genre), read_premise(text)
    premise.pronoun = premise.pronoun or _only_pronoun(told)
    drawn = groups(genre, tone, rating)
    role = _role(premise) or dice("role").choice(own["hero_roles"])
    things = _things(premise)
    quoted = bool(premise.phrase) and not (premise.people or things or premise.places)
    city = premise.places[0].text if premise.places else dice("city").choice(own["towns"])
    if not things:
        thing = dice("thing").choice(own["default_things"])
        things = [Noun(bare(thing), is_plural(thing))]
    names = [str(one["name"]) for one in characters or [] if str(one.get("name", "")).strip()]
    names = names or _names(request, premise, dice("names"), drawn)
    people = _people(names, role, premise, key)
    slots = {"city": city, "in_city": _inside(city, text), **noun_slots("thing", things[0].phrase)}
    image = _filled(dice("image").choice(own["images"]), dice("image"), drawn, slots).split(" => ")
    if people[0].short in premise.clause:
        premise.clause = ""
    rumours = drawn["default_rumours"]
    rumour = premise.clause or _filled(dice("rumour").choice(rumours), dice("rumour"), drawn, slots)
    secrets = sorted(name for name in own if name.startswith("secret_"))
    return World(
        key=key,
        genre=genre,
        tone=tone,
        rating=rating,
        groups=drawn,
        premise=premise,
        people=people,
        city=city,
        in_city=_inside(city, text),
        role=role,
        things=things,
        places=_places(own, dice("places"), _unnamed(drawn, names), slots),
        image=(image[0], image[-1]),
        motto=dice("motto").choice(own["mottos"]),
        rumour=rumour,
        secret=list(own[dice("secret").choice(secrets)]),
        flaw=dice("flaw").choice(own["flaws"]),
        past=dice("past").choice(own["pasts"]),
        quoted=quoted,
    )


def _things(premise: Premise) -> list[Noun]:
    """Return what the story turns on, what the premise says most of first."""
    things = [one for one in premise.people[1:] if one.tail] + list(premise.things)
    things = things or premise.people[1:] or [one for one in premise.times if one.plural]
    return sorted(things, key=lambda noun: not noun.tail)


def _only_pronoun(told: str) -> str:
    """Return `she` or `he` where a text uses only one of them."""
    words = {word.lower() for word in words_of(told)}
    she, he = bool(words & {"she", "her", "hers"}), bool(words & {"he", "him", "his"})
    return "" if she == he else "she" if she else "he"


def _inside(city: str, text: str) -> str:
    """Say `on Mars` where the premise does, else `in Paris`."""
    on = re.search(rf"\bon {re.escape(city)}\b", text, re.IGNORECASE)
    return f"{'on' if on else 'in'} {city}"


def _role(premise: Premise) -> str:
    """Return what the premise's first person is, in the singular."""
    if not premise.people:
        return ""
    words = premise.people[0].text.split()
    while len(words) > 1 and words[0] in ("last", "first", "only", "next", "own", "rival", "other"):
        words = words[1:]
    irregular = {"children": "child", "thieves": "thief", "women": "woman", "men": "man"}
    head = words[-1]
    if head.endswith(("women", "men")):
        head = head[:-2] + "an"
    elif is_plural(head):
        head = irregular.get(head, head.removesuffix("s"))
    return " ".join([*words[:-1], head])


def _filled(template: str, rng: random.Random, drawn: Groups, cast: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        slot = match.group(1)
        return cast[slot] if slot in cast else _filled(rng.choice(drawn[slot]), rng, drawn, cast)

    return re.sub(r"\{([a-z_.]+)\}", value, template)


def _places(own: Groups, rng: random.Random, drawn: Groups, cast: dict[str, str]) -> list[Place]:
    chosen = rng.sample(own["places"], min(8, len(own["places"])))
    return [_place(_filled(line, rng, drawn, cast)) for line in chosen]


def _unnamed(drawn: Groups, names: list[str]) -> Groups:
    """Leave out the surnames of the story's people, so that no place is called after them."""
    taken = {word for name in names for word in words_of(name)}
    groups_of = ("surnames", "surnames_fantasy")
    return drawn | {group: tuple(one for one in drawn[group] if one not in taken) for group in groups_of}


def _place(line: str) -> Place:
    at, name, details, sounds, smells = (part.strip() for part in line.split(" / "))

    def parts(block: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in block.split(";"))

    return Place(f"{at} {name}", name, parts(details), parts(sounds), parts(smells))


def _names(request: Json, premise: Premise, rng: random.Random, drawn: Groups) -> list[str]:
    names = [str(name) for name in request.get("characters") or []][:8]
    taken = {word.lower() for name in names for word in words_of(name)}
    for name in premise.names[:3]:
        if not {word.lower() for word in words_of(name)} & taken:
            names.append(name)
            taken |= {word.lower() for word in words_of(name)}
    fantasy = "_fantasy" if drawn.get("own_names") else ""
    while len(names) < 4:
        woman = rng.random() < 0.5
        if not names and premise.pronoun:
            woman = premise.pronoun == "she"
        first = rng.choice(drawn[("women" if woman else "men") + fantasy])
        last = rng.choice(drawn["surnames" + fantasy])
        initials = {name[0].lower() for name in names}
        if first[0].lower() not in initials and last.lower() not in taken:
            names.append(f"{first} {last}")
            taken |= {first.lower(), last.lower()}
    return names


def _people(names: list[str], role: str, premise: Premise, key: str) -> list[Person]:
    firsts = [_first(name) for name in names]
    people = []
    for index, name in enumerate(names):
        short = firsts[index] if firsts.count(firsts[index]) == 1 else name
        hint = premise.pronoun if index == 0 else ""
        people.append(Person(name, short, pronoun_of(name, key, hint), role if index == 0 else ""))
    return people


def _first(name: str) -> str:
    parts = name.split()
    while len(parts) > 1 and parts[0].lower().strip(".") in _TITLES:
        parts = parts[1:]
    return parts[0]


def pronoun_of(name: str, key: str, hint: str = "") -> str:
    """Guess a pronoun from a first name, a hint, or its ending."""
    first, known = _first(name).lower(), language()
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
