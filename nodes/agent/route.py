"""Settle the turn: the reply goes out, and the outcome says where the story goes."""

import re
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from domain.agent import AgentState, goes_on, hint_level
from domain.context import Context
from domain.leaks import leaks
from domain.state import Json
from domain.text import sentences
from nodes.agent.memo import store_of
from nodes.agent.memory import is_note, known_texts, notes_of, readings
from nodes.calls import tell
from providers.ink.errors import InkError

# For a character of whom nothing is known that could be said.
PLAIN_LINES = (
    '"Say that again, and say it plainly."',
    '"Go on."',
    '"I heard you. What is it that you want?"',
)
LEAST_PROGRESS = 0.02
SPOKEN = re.compile(r"“[^”]{2,200}”|\"[^\"]{2,200}\"")


async def route(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Send the reply by sentence and note the turn.

    Without a reply that passed, the character says a line of the author's, or nothing where the story goes on.
    """
    now, judgement, draft = state["now"], state["judgement"], state["draft"]
    outcome: str = judgement["outcome"]
    reply: str = draft["text"] if draft["passed"] else ""
    if not reply and not goes_on(outcome):
        reply = await safe_line(state, runtime)
    effect = effect_of(state)
    turn = {
        "turn": now["turn"],
        "text": now["text"],
        "reply": reply,
        "bridge": "",
        "outcome": outcome,
        "probabilities": judgement["probabilities"],
        "effect": effect,
        "hint": hint_level(state.get("turns") or []),
        "drafts": draft["attempt"],
    }
    tell_text(runtime, "said", now["turn"], reply)
    if outcome != "BRIDGE":
        tell_decided(runtime, now["turn"], outcome)
    return {
        "turns": [turn],
        **messages_of(now["turn"], "reply", reply, state["request"]["character"]),
        "position": position_of(state, turn),
    }


def progress_of(probabilities: dict[str, float]) -> float:
    """Return how likely it is that the story can go on."""
    return round(probabilities.get("DIRECT", 0.0) + probabilities.get("BRIDGE", 0.0), 3)


def effect_of(state: AgentState) -> str:
    """Say what the player's words did: worked if they came closer than any before, failed if they led away."""
    outcome, earlier = state["judgement"]["outcome"], state["position"]["progress"]
    if goes_on(outcome):
        return "worked"
    if outcome == "INVALID":
        return "failed"
    closer = progress_of(state["judgement"]["probabilities"]) >= earlier + LEAST_PROGRESS
    return "worked" if closer else "tried"


def position_of(state: AgentState, turn: Json) -> Json:
    """Return where the conversation stands after a turn. `progress` is the most that was ever reached."""
    closed = goes_on(turn["outcome"])
    return {
        "turn": turn["turn"],
        "outcome": turn["outcome"],
        "progress": max(state["position"]["progress"], progress_of(turn["probabilities"])),
        "hint": hint_level([*(state.get("turns") or []), turn]),
        "closed": closed,
        "input_enabled": not closed,
    }


async def safe_line(state: AgentState, runtime: Runtime[Context]) -> str:
    """Return something the author has the character say, not said yet if possible, that gives nothing away."""
    turns = state.get("turns") or []
    try:
        reading = await readings.get(state["request"], store_of(runtime))
        known = known_texts(state, reading)
    except InkError:
        return PLAIN_LINES[len(turns) % len(PLAIN_LINES)]
    told = [line for excerpt in state["grounding"]["excerpts"] for line in excerpt.splitlines()]
    spoken: list[str] = [speech for line in told if not is_note(line) for speech in SPOKEN.findall(line)]
    unseen = [*reading.unseen, *notes_of(state, reading)]
    lines = [line for line in dict.fromkeys(spoken) if not leaks(line, unseen, known)] or list(PLAIN_LINES)
    said = {turn["reply"] for turn in turns}
    return next((line for line in lines if line not in said), lines[len(turns) % len(lines)])


def messages_of(turn: int, kind: str, text: str, name: str) -> Json:
    """Return a text as one message, to be kept and to be streamed to chat clients."""
    if not text:
        return {}
    message = AIMessage(text, id=f"turn-{turn}-{kind}", name=name)
    return {
        "messages": [{"id": message.id, "by": "ai", "name": name, "content": text}],
        "spoken": [message],
    }


def tell_text(runtime: Runtime[Context], event: str, turn: int, text: str) -> None:
    """Send a text sentence by sentence."""
    for sentence in sentences(text):
        tell(runtime, event, turn=turn, text=sentence)


def tell_decided(runtime: Runtime[Context], turn: int, outcome: str) -> None:
    """Say how a turn has ended, and whether the player may speak again."""
    tell(runtime, "decided", turn=turn, outcome=outcome, input_enabled=not goes_on(outcome))
