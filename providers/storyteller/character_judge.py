"""The offline referee: what a turn leads to, whether a reply will do, what a conversation is for."""

from typing import Literal

from domain.text.tokens import ngrams, words
from providers.storyteller.character_matter import Matter, concepts, data, longest_part, matter_of
from providers.storyteller.character_reading import BESIDE, Reading, read_turns
from providers.storyteller.world import Json

Outcome = Literal["DIRECT", "BRIDGE", "NEEDS_INPUT", "INVALID"]
ENOUGH, STRONG, FEWEST_TURNS, COUNTS, LEAST_QUESTION = 0.95, 0.33, 2, 0.1, 0.2
GIVING_WAY = ("yield", "bridge", "bridge_end")
EASIER_AFTER, EASIER_BY, LEAST = 5, 0.06, 0.55


def conversation_of(inputs: Json) -> list[tuple[str, str]]:
    """Return the turns so far as `(player, character)`."""
    return [
        (str(turn["player"]), str(turn.get("character") or "")) for turn in inputs.get("conversation") or []
    ]


def judge_input(inputs: Json, seed: int) -> Json:
    """Say how likely each outcome is."""
    readings = read_turns(matter_of(inputs), conversation_of(inputs), str(inputs["words"]))
    outcome, near = decide(readings)
    return {"reason": f"These words are {readings[-1].kind}.", **probabilities(outcome, near)}


def decide(readings: list[Reading]) -> tuple[Outcome, float]:
    """Return the newest turn's outcome, and how near the conversation is to its goal, 0 to 1."""
    now = readings[-1]
    score = sum(reading.credit for reading in readings)
    needed = max(LEAST, ENOUGH - EASIER_BY * max(0, len(readings) - EASIER_AFTER))
    near = min(1.0, score / needed)
    if now.kind in BESIDE:
        return "INVALID", near
    good = sum(reading.credit >= COUNTS for reading in readings)
    least = LEAST_QUESTION if now.kind == "question" else COUNTS
    if near < 1 or good < FEWEST_TURNS or now.credit < least:
        return "NEEDS_INPUT", near
    return ("DIRECT" if now.credit >= STRONG else "BRIDGE"), near


def probabilities(outcome: Outcome, near: float) -> dict[str, float]:
    """Return the four probabilities. Until the story can go on, its share grows with nearness."""
    if outcome == "DIRECT":
        return {"DIRECT": 0.72, "BRIDGE": 0.18, "NEEDS_INPUT": 0.08, "INVALID": 0.02}
    if outcome == "BRIDGE":
        return {"DIRECT": 0.14, "BRIDGE": 0.6, "NEEDS_INPUT": 0.22, "INVALID": 0.04}
    if outcome == "INVALID":
        return {"DIRECT": 0.01, "BRIDGE": 0.02, "NEEDS_INPUT": 0.15, "INVALID": 0.82}
    ahead = round(0.4 * near, 3)
    rest = {"NEEDS_INPUT": round(0.9 - ahead, 3), "INVALID": 0.1}
    return {"DIRECT": round(ahead * 0.3, 3), "BRIDGE": round(ahead * 0.7, 3), **rest}


def judge_reply(inputs: Json, seed: int) -> Json:
    """Name the faults of a drafted reply that can be seen without understanding it."""
    reply, target = str(inputs["reply"]), inputs["target"]
    faults = []
    if not words(reply):
        faults.append("incoherent")
    ahead = set(ngrams(words(f"{target.get('visible', '')} {target.get('hidden', '')}"), 5))
    read = set(ngrams(words(str(inputs["scene"]["visible"])), 5))
    if (ahead - read) & set(ngrams(words(reply), 5)):
        faults.append("spoiler")
    if denies(reply, str(inputs["outcome"])):
        faults.append("denies_outcome")
    return {"reason": "Its words were compared with the passage's.", "faults": faults}


def denies(reply: str, outcome: str) -> bool:
    """Tell whether one of the character's stock lines gives way too early, or does not where it should."""
    yields = any(line in reply for line in data()["lines"]["yield"])
    if outcome not in ("DIRECT", "BRIDGE"):
        return yields
    stock = (line for kind, lines in data()["lines"].items() if kind not in GIVING_WAY for line in lines)
    return not yields and any(longest_part(line) in reply for line in stock)


def distill_goal(inputs: Json, seed: int) -> Json:
    """Say what the conversation is for, with no word of the target that the character does not use already."""
    matter = matter_of(inputs)
    shared = concepts(str(inputs["target"].get("visible") or "")) & concepts(" ".join(matter.spoken))
    things = [matter.names[thing] for thing in sorted(shared) if thing in matter.names][:3]
    goal = "The player should win the character's trust: say honestly why they have come, and give a reason."
    if things:
        goal += f" It helps to speak of {' and '.join(things)}."
    return {"goal": goal}


def guess(inputs: Json, matter: Matter) -> tuple[list[Reading], Outcome]:
    """Read a conversation as the referee does, without the target."""
    readings = read_turns(matter, conversation_of(inputs), str(inputs["words"]))
    told = str(inputs.get("outcome") or "")
    outcomes: tuple[Outcome, ...] = ("DIRECT", "BRIDGE", "NEEDS_INPUT", "INVALID")
    known = next((outcome for outcome in outcomes if outcome == told), None)
    return readings, known or decide(readings)[0]
