"""What every chapter owes the premise: its people, places, times and things are to be spoken of."""

from dataclasses import dataclass

from providers.storyteller.casting import HERO, singular
from providers.storyteller.words import words_of
from providers.storyteller.world import World, noun_slots


@dataclass(frozen=True)
class Debt:
    """Something to be spoken of: the group whose sentences do, their slots, and the words that pay it."""

    group: str
    slots: dict[str, str]
    text: str

    def is_paid(self, told: str) -> bool:
        """Whether a text speaks of it: in all its words where it is strange, else by its last word."""
        if self.group == "cover_whole":
            return self.text.lower() in told.lower()
        return self.text.split()[-1].lower() in {word.lower() for word in words_of(told)}


def debts_of(world: World, number: int, recalls: bool) -> list[Debt]:
    """Return what a chapter owes: one of the people at a time, and what is strange only if it `recalls` it."""
    premise, parts = world.premise, world.parts
    others = [noun for noun in premise.people[1:3] if noun not in parts.values()]
    things = [noun for noun in [*world.things[:6], *others] if noun.text]
    debts = [Debt("cover_thing", noun_slots("noun", noun.phrase), noun.text) for noun in things]
    debts += [Debt("cover_city", _place(world, place.text), place.text) for place in premise.places[:2]]
    debts += [Debt("cover_time", {"time": noun.text}, noun.text) for noun in premise.times[:2]]
    cast = [(part, noun) for part, noun in parts.items() if part != HERO]
    for part, noun in cast[number % len(cast) :][:1] if cast else []:
        person, kin = world.person(part), singular(noun).lower()
        slots = {"kin": kin, "person": person.short, **person.cast("k")}
        debts.append(Debt("cover_kin", slots, kin))
    if premise.era and number == 1:
        debts.append(Debt("cover_era", {}, premise.era))
    if HERO in parts:
        debts.append(Debt("cover_role", {}, parts[HERO].text))
    whole = [noun for noun in world.things[:2] if noun.tail and recalls]
    return debts + [Debt("cover_whole", noun_slots("noun", noun.whole), noun.whole) for noun in whole]


def _place(world: World, name: str) -> dict[str, str]:
    return {"place_name": name, "in_place_name": world.in_city if name == world.city else f"in {name}"}
