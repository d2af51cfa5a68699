"""The world of one story: its people, places, objects and secret, the same in every chapter."""

import itertools
import random
import re
from dataclasses import dataclass
from typing import Any

from providers.storyteller.casting import HERO, Person, names_of, office_of, parts_of, people_of, singular
from providers.storyteller.events import Event, events_of
from providers.storyteller.grammar import AGREES
from providers.storyteller.lexicon import Groups, genre_groups, genre_of, groups
from providers.storyteller.nouns import Noun, Premise
from providers.storyteller.premise import read_premise
from providers.storyteller.words import is_plural, words_of

Json = dict[str, Any]

_ARTICLE = re.compile(r"^(?:a|an|the|his|her|their|its|some|this|that)\s+", re.IGNORECASE)
_TAIL = re.compile(
    r"\s+(?:with|in|that|from|under|on|wrapped|marked|inside|without|by|who|whose|which|addressed|where|made|built|carved|"
    r"behind|beneath|between|beyond|beside|below|above|within|near)\s.*$"
)


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
    parts: dict[int, Noun]
    events: list[Event]
    things: list[Noun]
    places: list[Place]
    image: tuple[str, str]
    motto: str
    rumours: list[tuple[str, str]]
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
            **rumour_slots(self.rumours[0] if self.rumours else ("", "")),
            "phrase": self.premise.phrase,
            "era": f"the {self.premise.era}"
            if self.premise.era.endswith("s")
            else f"the year {self.premise.era}",
        }


def noun_slots(slot: str, phrase: str) -> dict[str, str]:
    """Return a noun phrase with the words that agree with it."""
    many = is_plural(phrase)
    return {slot: phrase} | {f"{slot}.{form}": told[many] for form, told in AGREES.items()}


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
    asked = [str(name) for name in request.get("characters") or []]
    parts = parts_of(premise, [] if request.get("drawn") else asked)
    role = singular(parts[HERO]) if HERO in parts else office_of(premise.names)
    role = role or dice("role").choice(own["hero_roles"])
    things = _things(premise, parts)
    for place, noun in itertools.product(premise.places, things):
        noun.tail = "" if noun.tail.endswith(place.text) else noun.tail
    told_of = premise.people or things or premise.places or premise.clauses
    quoted = bool(premise.phrase) and not told_of
    city = premise.places[0].text if premise.places else dice("city").choice(own["towns"])
    if not things:
        thing = dice("thing").choice(own["default_things"])
        things = [Noun(bare(thing), is_plural(thing))]
    names = [str(one["name"]) for one in characters or [] if str(one.get("name", "")).strip()]
    names = names or names_of(asked, premise, parts, dice("names"), drawn)
    roles = [
        role,
        *(str(one.get("role") or "").split(",")[0].strip().lower() for one in (characters or [])[1:]),
    ]
    people = people_of(names, roles, parts, premise.pronoun, key)
    slots = {"city": city, "in_city": _inside(city, text), **noun_slots("thing", things[0].phrase)}
    image = _filled(dice("image").choice(own["images"]), dice("image"), drawn, slots).split(" => ")
    if people[0].short in premise.clause:
        premise.clause = ""
    events = events_of(premise, parts, people)
    rumours = _rumours(premise, events, parts)
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
        parts=parts,
        events=events,
        things=things,
        places=_places(own, dice("places"), _unnamed(drawn, names), slots),
        image=(image[0], image[-1]),
        motto=dice("motto").choice(own["mottos"]),
        rumours=rumours,
        secret=list(own[dice("secret").choice(secrets)]),
        flaw=dice("flaw").choice(own["flaws"]),
        past=dice("past").choice(own["pasts"]),
        quoted=quoted,
    )


def _things(premise: Premise, parts: dict[int, Noun]) -> list[Noun]:
    """Return what the story turns on, what the premise says most of first; whoever is somebody in it is no thing."""
    others = [noun for noun in premise.people if noun not in parts.values()]
    things = [noun for noun in others if noun.tail] + list(premise.things)
    things = things or others or [one for one in premise.times if one.plural]
    return sorted(things, key=lambda noun: not noun.tail)


def _rumours(premise: Premise, events: list[Event], parts: dict[int, Noun]) -> list[tuple[str, str]]:
    """Return what is said to be going on, as strangers and as friends say it."""
    if events:
        return [(one.said, one.word) for one in events if not one.once]
    role = singular(parts[HERO]) if HERO in parts and not parts[HERO].plural else ""
    said = re.sub(rf"^an? (?=\b{re.escape(role)}\b)", "the ", premise.clause)
    return [(said, said)] if said else []


def rumour_slots(rumour: tuple[str, str]) -> dict[str, str]:
    """Return the slots of what is said to be going on."""
    return {"rumour": rumour[0], "word": rumour[1]}


def _only_pronoun(told: str) -> str:
    """Return `she` or `he` where a text uses only one of them."""
    words = {word.lower() for word in words_of(told)}
    she, he = bool(words & {"she", "her", "hers"}), bool(words & {"he", "him", "his"})
    return "" if she == he else "she" if she else "he"


def _inside(city: str, text: str) -> str:
    """Say `on Mars` where the premise does, else `in Paris`."""
    on = re.search(rf"\bon {re.escape(city)}\b", text, re.IGNORECASE)
    return f"{'on' if on else 'in'} {city}"


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
