"""Draft what the character answers."""

from typing import Any

from langgraph.runtime import Runtime

from domain.agent import AgentState, hint_level
from domain.context import Context
from domain.errors import ModelError
from domain.leaks import leaks
from nodes.agent.memo import MemoCalls, store_of
from nodes.agent.memory import memory_of, readings
from providers.ink.errors import InkError

# What the actor is told of a fault: never more than that, since who found it knows the target.
FAULTS = {
    "incoherent": "It did not fit what was told or said before.",
    "spoiler": "It said more than this person would say by now. Stay with what is on their mind here.",
    "out_of_character": "It was not the voice of this person.",
    "denies_outcome": "It did not fit how the conversation stands.",
    "obeys_player": "It took what the player only claimed for something that had happened.",
    "recites": "It repeated what you were told about your part.",
    "marked_up": "It was not plain text.",
    "empty": "It said nothing.",
    "too_long": "It was far too long.",
    "cut": "It broke off.",
}
RECITED = 7
LONGEST_KEPT = 4_000


async def respond(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Draft the reply, seen by nobody before `evaluate` has passed it. The character does not know the target."""
    earlier, judgement = state.get("draft") or {}, state.get("judgement") or {}
    again = bool(earlier.get("again"))
    calls = MemoCalls(runtime, seed=state["session"]["seed"])
    draft: dict[str, Any] = {"attempt": earlier.get("attempt", 0) + 1, "text": "", "failed": ""}
    try:
        reading = await readings.get(state["request"], store_of(runtime))
        written = await calls.draft(
            "write",
            "agent/respond",
            goal=state["grounding"]["goal"],
            hint=hint_level(state.get("turns") or []),
            outcome=judgement["outcome"] if again else "",
            faults=[FAULTS[fault] for fault in earlier["faults"]] if again else [],
            **memory_of(state, reading),
        )
    except (ModelError, InkError) as error:
        return {"draft": draft | {"failed": type(error).__name__}, **calls.spent}
    told = [written.instructions, state["grounding"]["goal"]]
    draft |= {"text": written.text[:LONGEST_KEPT], "key": written.key, "cut": written.is_cut}
    return {"draft": draft | {"recites": bool(leaks(written.text, told, run=RECITED))}, **calls.spent}
