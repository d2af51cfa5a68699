"""Planning: an outline whose plants are all paid off."""

import random
import re

from providers.storyteller.casting import office_of
from providers.storyteller.events import Event
from providers.storyteller.grammar import Teller
from providers.storyteller.words import capitalised, tidy, words_set
from providers.storyteller.world import Json, World, make_world, noun_slots, short_phrase

LONGEST_IN_TITLE, OFTEN = 5, 6
_MIDDLE = ("reversal", "inquiry", "low")
_PARTS = ("hero", "ally", "foe", "witness", "extra")


def plan_story(request: Json, seed: int) -> Json:
    """Return the outline of a story, JSON-shaped."""
    world = make_world(request, seed)
    count = max(1, int(request.get("chapters") or 3))
    teller = Teller(world.groups, f"{world.key}|plan", 1, 1)
    teller.cast = world.cast | noun_slots("thing", world.things[0].whole)
    stages = stages_of(count)
    plants = _plants(teller, count)
    titles = _titles(teller, count, plants)
    pays = _payoffs(plants, count)
    chapters: list[Json] = []
    for number in range(1, count + 1):
        beats = beats_of(world, teller, stages[number - 1], number, count, plants, pays)
        tell_events(world, teller, number, count, beats)
        chapters.append(
            {
                "number": number,
                "title": titles[number],
                "summary": line(teller, f"summary_{stages[number - 1]}"),
                "purpose": line(teller, f"purpose_{stages[number - 1]}"),
                "beats": beats,
                "plants": plants.get(number, []),
                "pays_off": pays[number],
            }
        )
    return {
        "title": titles[0],
        "arc": " ".join(line(teller, group) for group in ("arc_start", "arc_end")),
        "genre": world.genre.replace("_", " "),
        "setting": f"{line(teller, 'setting_line')} {_ground(world, count)}",
        "characters": _characters(world, teller),
        "chapters": chapters,
    }


def _ground(world: World, count: int) -> str:
    """Say where the story moves and what it turns on."""
    *places, last = [place.name for place in world.places[: 2 * count + 2]]
    turns_on = " and ".join(thing.whole for thing in world.things[:2])
    happens = "".join(f"; {event.now}" for event in world.events)
    return f"It moves between {', '.join(places)} and {last}; it turns on {turns_on}{happens}."


def stages_of(count: int) -> list[str]:
    """Return what each chapter does: open, then inquiries and reversals, then the ending."""
    middle = {1: ["reversal"], 2: ["inquiry", "reversal"], 3: ["inquiry", "reversal", "low"]}
    between = max(0, count - 2)
    stages = middle.get(between) or [_MIDDLE[(place + 1) % 3] for place in range(between)]
    return (["open", *stages, "ending"] if count > 1 else ["ending"])[:count]


def line(teller: Teller, group: str) -> str:
    """Return the group's next sentence."""
    return line_of(teller, group, {})


def _plants(teller: Teller, count: int) -> dict[int, list[str]]:
    plants: dict[int, list[str]] = {}
    heads: set[str] = set()
    for number in range(1, count):
        many = 2 if number == 1 or (count < 4 and teller.chance(0.5)) else 1
        found: list[str] = []
        while len(found) < many:
            noun = teller.draw("object_noun") or "letter"
            adjective, mark = teller.draw("object_adj"), teller.draw("object_mark")
            if noun in heads and len(heads) < len(teller.groups["object_noun"]):
                continue
            heads.add(noun)
            found.append(f"the {adjective} {noun} {mark}")
        plants[number] = found
    return plants


def _payoffs(plants: dict[int, list[str]], count: int) -> dict[int, list[str]]:
    pays: dict[int, list[str]] = {number: [] for number in range(1, count + 1)}
    for number, found in plants.items():
        for index, plant in enumerate(found):
            last = (number == 1 and index == 0) or count - number <= 2
            pays[count if last else number + 2].append(plant)
    return pays


def _titles(teller: Teller, count: int, plants: dict[int, list[str]]) -> list[str]:
    titles: list[str] = []
    for number in range(count + 1):
        planted = plants.get(number) or plants.get(1) or ["the letter"]
        titles.append(title_of(teller, titles, planted, "titles" if number == 0 else "chapter_titles"))
    return titles


def title_of(teller: Teller, taken: list[str], planted: list[str], group: str = "chapter_titles") -> str:
    """Return a title that is not taken yet."""
    slots = {"token": short_phrase(planted[0]).removeprefix("the ")}
    if len(teller.cast["thing"].split()) > LONGEST_IN_TITLE:
        slots["thing"] = short_phrase(teller.cast["thing"])
    for _ in range(40):
        title = _title_case(tidy(teller.fill(teller.draw(group) or "", slots)))
        if title not in taken:
            break
    return title


_SMALL = words_set("a an the of in at on to for and or but by with from as")


def _title_case(text: str) -> str:
    words = text.rstrip(".").split()
    last = len(words) - 1
    cased = [
        word if word.lower() in _SMALL and 0 < place < last else word[:1].upper() + word[1:]
        for place, word in enumerate(words)
    ]
    return " ".join(
        word.lower() if word.lower() in _SMALL and 0 < at < last else word for at, word in enumerate(cased)
    )


def _characters(world: World, teller: Teller) -> list[Json]:
    characters = []
    for index, person in enumerate(world.people):
        part = _PARTS[min(index, len(_PARTS) - 1)]
        role = world.role if index == 0 else (teller.draw(f"{part}_roles") or "a neighbour")
        if index in world.parts and index:
            role = person.calling.removeprefix("the ")
        role = (office_of([person.name]) if index else "") or role
        characters.append(
            {
                "name": person.name,
                "role": tidy(f"{teller.fill(role)}, {teller.draw(f'{part}_parts')}"),
                "traits": [teller.draw("traits") or "patient" for _ in range(3)],
                "voice": capitalised(teller.fill(teller.draw("voices") or "")),
                "wants": teller.fill(teller.draw(f"{part}_wants") or "", person.cast()),
            }
        )
    return characters


def beats_of(
    world: World,
    teller: Teller,
    stage: str,
    number: int,
    count: int,
    plants: dict[int, list[str]],
    pays: dict[int, list[str]],
) -> list[Json]:
    """Return a chapter's beats, with their words."""
    rng = random.Random(f"{world.key}|beats|{number}")
    many = 4 if rng.random() < 0.65 or number in (1, count) else 3
    steps = ["a", "b", "c", "d"] if many == 4 else ["a", "b", "d"]
    total = rng.randrange(980, 1260, 20)
    shares = [rng.uniform(0.9, 1.15) for _ in steps]
    objects = plants.get(number, []) + pays[number]
    beats: list[Json] = []
    for index, step in enumerate(steps):
        chosen = objects[index % len(objects)] if objects else "the letter"
        slots = {
            **beat_slots(world, number, index),
            **noun_slots("plant", short_phrase(chosen)),
            **noun_slots("thing", _thing(world, number + index - 1, beats)),
        }
        text = _fresh_beat(teller, stage, step, slots)
        beats.append({"text": text, "words": round(total * shares[index] / sum(shares) / 10) * 10})
    return beats


def beat_slots(world: World, number: int, index: int) -> dict[str, str]:
    """Return where a beat plays, and who is in it."""
    place = world.places[(number * 2 + index // 2 + number // 3) % len(world.places)]
    extra = world.people[3:] or world.people[1:] or world.people
    return {
        "number": str(number),
        "at": place.at,
        "place": place.name,
        "extra": extra[(number + index) % len(extra)].name,
        "hero": world.hero.short if index else world.hero.name,
        **{part: world.person(at).name for at, part in enumerate(_PARTS[:4]) if at},
    }


def tell_events(world: World, teller: Teller, number: int, count: int, beats: list[Json]) -> None:
    """Put what happens in the premise in the place of beats: at the start it happens, at the end it is answered for."""
    for index, group, event in turns_of(world.hero.short, world.events, number, count):
        if index < len(beats):
            beats[index]["text"] = _event_beat(world, teller, group, event, beat_slots(world, number, index))


def _event_beat(world: World, teller: Teller, group: str, event: Event, slots: dict[str, str]) -> str:
    """Return a beat in which an event happens or is spoken of, with nobody named twice."""
    for _ in range(12):
        template = teller.draw(group) or "{event}."
        text = tidy(
            teller.fill(
                template, slots | {"event": event.after(template, world.hero, slots["number"] == "1")}
            )
        )
        named = [len(re.findall(rf"\b{re.escape(person.short)}\b", text)) for person in world.people]
        if max(named) < 2:
            break
    return text.replace(world.hero.short, slots["hero"], 1) if world.hero.name not in text else text


def turns_of(hero: str, events: list[Event], number: int, count: int) -> list[tuple[int, str, Event]]:
    """Return which events a chapter tells, each with its beat and the group that tells it."""
    if not events or (number > OFTEN and number != count):
        return []
    lasting = [one for one in events if not one.once]
    if number == count:
        return [(2, "event_ending", lasting[-1])]
    if number > 1:
        again = number == 2 or len(lasting) > 1
        return [(1, "event_middle", lasting[(number - 1) % len(lasting)])] if again else []
    first, *others = events
    told = [(0, "event_own" if first.actor == hero else "event_open", first)]
    return told + [(2, "event_open", one) for one in others[-1:] if not first.once]


def line_of(teller: Teller, group: str, slots: dict[str, str]) -> str:
    """Return the group's next sentence, filled."""
    return tidy(teller.fill(teller.draw(group) or "", slots))


def _thing(world: World, turn: int, beats: list[Json]) -> str:
    """Return a thing, with all that makes it particular where no beat before has said it."""
    told = world.things[turn % len(world.things)]
    return told.phrase if any(told.whole in str(beat["text"]) for beat in beats) else told.whole


def _fresh_beat(teller: Teller, stage: str, step: str, slots: dict[str, str]) -> str:
    for attempt in range(24):
        text = tidy(teller.fill(_beat(teller, stage, step), slots))
        if attempt > 8 and slots["at"] not in text:
            text = f"{text[:-1]}, {teller.draw('again')} {slots['at']}."
        if teller.accept(text.replace(slots["hero"], teller.cast["hero"])):
            break
    return text


def _beat(teller: Teller, stage: str, step: str) -> str:
    for _ in range(60):
        drawn = teller.draw(f"beats_{stage}") or ""
        if drawn.startswith(f"{step}. "):
            return drawn[3:]
    raise LookupError(f"no beat {step} for {stage}")


def repair_plan(request: Json, outline: Json, seed: int) -> Json:
    """Plan afresh under the title of the rejected outline; a fresh plan has none of its problems."""
    fresh = plan_story(request, seed)
    if outline.get("title"):
        fresh["title"] = str(outline["title"])
    return fresh
