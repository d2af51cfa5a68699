"""Concepts for an illustrated story, and the plan of the one that was chosen."""

import random
from functools import cache
from zlib import crc32

from domain.creator import CONCEPTS
from domain.creator_checks import alike
from providers.storyteller.casting import Person
from providers.storyteller.grammar import Teller
from providers.storyteller.lexicon import GENRES, TONES, Groups, genre_of, items, read
from providers.storyteller.plan import plan_story, stages_of
from providers.storyteller.words import capitalised, tidy
from providers.storyteller.world import Json, Place, World, make_world, noun_slots

FEWEST, MOST = 4, 5
TIMES = ("morning", "afternoon", "evening", "night")
TRIES = 40


@cache
def own_groups() -> Groups:
    """Return what concepts and pictures are told with."""
    return {key: items(block) for key, block in read("creator").items()}


def imagine_concepts(inputs: Json, seed: int) -> Json:
    """Return three concepts, of different genres where none is asked for, none of them offered before."""
    earlier = inputs.get("earlier") or []
    told = [(str(one["title"]), str(one["premise"])) for one in earlier]
    concepts: list[Json] = []
    genres, tones = ways(inputs, seed, len(earlier))
    for place in range(CONCEPTS):
        for salt in range(TRIES):
            key = f"{seed}|{len(earlier)}|{place}|{salt}"
            concept = concept_of(inputs["request"], genres[place], tones[place], key)
            if not any(alike((concept["title"], concept["premise"]), old) for old in told):
                break
        told.append((concept["title"], concept["premise"]))
        concepts.append(concept)
    return {"concepts": concepts}


def ways(inputs: Json, seed: int, shift: int) -> tuple[list[str], list[str]]:
    """Return the genre and the tone of each concept."""
    request, like = inputs["request"], inputs.get("like") or {}
    prompt = str(request.get("prompt") or "")
    rng = random.Random(f"{seed}|{prompt}|ways|{shift}")
    asked = str(like.get("genre") or request.get("genre") or "")
    first = genre_of(asked, prompt)
    others = [genre for genre in GENRES if genre != first]
    genres = [first] * CONCEPTS if asked else [first, *rng.sample(others, CONCEPTS - 1)]
    tone = str(request.get("tone") or "")
    return genres, [tone] * CONCEPTS if tone else rng.sample(TONES, CONCEPTS)


def concept_of(request: Json, genre: str, tone: str, key: str) -> Json:
    """Return one concept. Its people's names are all that is needed to come to the same world again."""
    asked = asked_of(request, genre, tone)
    drawn = make_world(asked, crc32(f"{key}|{request.get('prompt')}".encode()))
    names = [person.name for person in drawn.people[:3]]
    outline, world = outline_of(asked, names)
    rng = random.Random(f"{world.key}|{key}|concept")
    teller = teller_of(world, 1)
    premise = rng.choice(own_groups()["concept_premise"])
    want = teller.fill(rng.choice(world.groups["hero_wants"]), world.cast)
    slots = world.cast | noun_slots("thing", world.things[0].whole) | {"want": want}
    told = tidy(teller.fill(premise, slots))
    if world.rumours:
        slots["events"] = ", and ".join(one.now for one in world.events)
        group = "concept_event" if world.events else "concept_rumour"
        told += f" {tidy(teller.fill(rng.choice(own_groups()[group]), slots))}"
    return {
        "title": outline["title"],
        "premise": told,
        "genre": genre.replace("_", " "),
        "tone": tone,
        "themes": rng.sample(own_groups()[f"themes_{world.genre}"], 2),
        "setting": setting_of(world, teller, world.places[0], "evening"),
        "main_characters": people_of(world, outline)[:3],
    }


def plan_draft(inputs: Json, seed: int) -> Json:
    """Return the plan of a draft: the outline of a story of as many chapters as there are scenes."""
    concept = inputs["concept"]
    asked = asked_of(inputs["request"], str(concept["genre"]), str(concept["tone"]))
    outline, world = outline_of(asked, names_of(concept["main_characters"]))
    chapters = outline["chapters"]
    people = people_of(world, outline)
    known = {person["name"]: person for person in concept["main_characters"]}
    stages = stages_of(len(chapters))
    return {
        "title": concept["title"],
        "characters": [person | known.get(person["name"], {}) for person in people],
        "scenes": [
            scene_of(world, chapter, stages[place], place, len(chapters))
            for place, chapter in enumerate(chapters)
        ],
    }


def asked_of(request: Json, genre: str, tone: str) -> Json:
    """Return what the storyteller calls a request."""
    return {
        "premise": str(request.get("prompt") or ""),
        "genre": genre,
        "tone": tone if tone in TONES else "literary",
        "rating": request.get("rating") or "SFW",
    }


def names_of(people: list[Json]) -> list[str]:
    """Return the people's names."""
    return [str(person["name"]) for person in people]


def seed_of(names: list[str]) -> int:
    """Return the seed of the world that these people live in."""
    return crc32("|".join(names[:3]).encode())


def outline_of(asked: Json, names: list[str]) -> tuple[Json, World]:
    """Return the outline and the world of a story about these people; it has four or five chapters."""
    seed = seed_of(names)
    request = asked | {
        "characters": names[:3],
        "drawn": True,
        "chapters": FEWEST + seed % (MOST - FEWEST + 1),
    }
    return plan_story(request, seed), make_world(request, seed)


def teller_of(world: World, number: int) -> Teller:
    """Return a teller that knows the world's people."""
    teller = Teller(world.groups, f"{world.key}|creator", number, 1)
    teller.cast = dict(world.cast)
    return teller


def people_of(world: World, outline: Json) -> list[Json]:
    """Return the people of the world with how they look and speak."""
    voices = {one["name"]: str(one["voice"]) for one in outline["characters"]}
    return [
        {"name": person.name, "description": looks_of(person, world), "voice": voices.get(person.name, "")}
        for person in world.people
    ]


def looks_of(person: Person, world: World) -> str:
    """Describe somebody in one sentence, always the same, and unlike the story's other people."""
    place = world.people.index(person)
    old = "_old" if random.Random(f"{world.key}|{person.name}|age").random() < 0.4 else ""
    groups = ("age" + old, "build", "face", "hair" + old, f"clothes_{world.genre}")
    age, build, face, hair, clothes = (dealt(world, group, place) for group in groups)
    kind = "woman" if person.pronoun == "she" else "man"
    age = age.replace("{his}", person.cast()["his"])
    return tidy(f"a {kind} {age}, {build}, with {face} and {hair}, in {clothes}.")


def dealt(world: World, group: str, place: int) -> str:
    """Return what falls to the person at a place when a group is dealt out."""
    entries = list(own_groups()[group])
    random.Random(f"{world.key}|{group}").shuffle(entries)
    return entries[place % len(entries)]


def scene_of(world: World, chapter: Json, stage: str, place: int, many: int) -> Json:
    """Return the plan of a scene out of a chapter's: three of its beats, where, with whom, in what light."""
    rng = random.Random(f"{world.key}|scene|{place}")
    teller = teller_of(world, place + 1)
    beats = [str(beat["text"]) for beat in chapter["beats"]]
    middle = 1 + rng.randrange(2)
    middle = next((at for at in (1, 2) if any(one.now in beats[at] for one in world.events)), middle)
    kept = beats if len(beats) < 4 else [beats[0], beats[middle], beats[-1]]
    told = " ".join(kept)
    here = next((one for one in world.places if one.name in told), world.places[place % len(world.places)])
    time = TIMES[min(len(TIMES) - 1, place * len(TIMES) // many)] if place < many - 1 else "morning"
    people = [person for person in world.people if person.short in told] or [world.hero]
    return {
        "title": chapter["title"],
        "setting": setting_of(world, teller, here, time, place + 1),
        "summary": " ".join(kept[:2]),
        "beats": kept,
        "characters": [person.name for person in people],
        "objects": [*chapter["plants"], *chapter["pays_off"]],
        "mood": rng.choice(own_groups()[f"mood_{stage}"]),
    }


def setting_of(world: World, teller: Teller, place: Place, time: str, number: int = 1) -> str:
    """Say where and when, so that it can be drawn; the weather is that of the scene's text."""
    rng = random.Random(f"{world.key}|{place.name}|{time}")
    hour, detail = rng.choice(own_groups()[f"hour_{time}"]), rng.choice(place.details)
    weather = world.groups["weather"][(crc32(world.key.encode()) + number) % len(world.groups["weather"])]
    city = "" if world.city in place.name else f" {world.in_city}"
    return tidy(f"{capitalised(place.at)}{city}, {hour}, in {weather}: {teller.fill(detail)}.")


def time_of(setting: str) -> str:
    """Return the time of day that a setting names, the afternoon where it names none."""
    for time in TIMES:
        if any(hour in setting for hour in own_groups()[f"hour_{time}"]):
            return time
    return "afternoon"
