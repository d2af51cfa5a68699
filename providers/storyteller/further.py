"""Planning one more chapter of a story that is told."""

from providers.storyteller.grammar import Teller
from providers.storyteller.plan import beats_of, line, title_of
from providers.storyteller.words import sentences_of
from providers.storyteller.world import Json, make_world, noun_slots

STAGES = ("low", "inquiry", "reversal")
MOST_PAID = 2


def plan_further_chapter(inputs: Json, seed: int) -> Json:
    """Return the plan of a chapter after the last one: it takes up what the first ones planted."""
    outline, premise = inputs["outline"], str(inputs.get("premise") or "").strip()
    told = outline["chapters"]
    number = len(told) + 1
    beats = " ".join(str(beat["text"]) for one in told for beat in one["beats"])
    world = make_world(inputs["request"], seed, outline["characters"], beats)
    again = f"{premise}|{inputs.get('problems')}"
    teller = Teller(world.groups, f"{world.key}|further|{number}|{again}", 1, 1)
    teller.cast = world.cast | noun_slots("thing", world.things[0].phrase)
    teller.remember(beats)
    plants = [str(plant) for one in told for plant in one["plants"]]
    first = number % max(1, len(plants))
    paid = list(dict.fromkeys(plants[first:] + plants[:first]))[:MOST_PAID]
    stage = STAGES[number % len(STAGES)]
    steps, ending = (
        beats_of(world, teller, one, number, number, {}, {number: paid}) for one in (stage, "ending")
    )
    steps[-1] = ending[-1]
    wished = sentences_of(premise)[:2]
    if wished:
        steps[0] = steps[0] | {"text": " ".join(wished)}
    return {
        "number": number,
        "title": title_of(teller, [one["title"] for one in told], paid or ["the letter"]),
        "summary": line(teller, f"summary_{stage}"),
        "purpose": line(teller, f"purpose_{stage}"),
        "beats": steps,
        "plants": [],
        "pays_off": paid,
    }
