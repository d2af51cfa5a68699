"""Write the bridge from the conversation to the target."""

from typing import Any

from langgraph.runtime import Runtime

from domain.agent import AgentState
from domain.context import Context
from domain.errors import ModelError
from domain.leaks import leaks
from domain.text import sentences
from nodes.agent.evaluate import MARKS
from nodes.agent.memo import Draft, MemoCalls, store_of
from nodes.agent.memory import (
    Reading,
    character_of,
    conversation_of,
    known_texts,
    notes_of,
    readings,
    scene_of,
)
from nodes.agent.route import messages_of, tell_decided, tell_text
from providers.ink.errors import InkError

NARRATOR = "narrator"
LONGEST_BRIDGE = 900
OPENING = 2


async def write_bridge(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write a few sentences that lead to the target. Without ones that can be shown the story goes on directly."""
    turn, calls = state["turns"][-1], MemoCalls(runtime, seed=state["session"]["seed"])
    number, bridge = turn["turn"], ""
    try:
        reading = await readings.get(state["request"], store_of(runtime))
        draft = await draft_bridge(state, reading, calls)
        if is_safe(state, reading, draft):
            calls.keep(draft.key, draft.text)
            await calls.remember()
            bridge = draft.text
    except (ModelError, InkError):
        pass
    outcome = "BRIDGE" if bridge else "DIRECT"
    tell_text(runtime, "bridge", number, bridge)
    tell_decided(runtime, number, outcome)
    return {
        "turns": [{"turn": number, "bridge": bridge, "outcome": outcome}],
        **messages_of(number, "bridge", bridge, NARRATOR),
        "position": state["position"] | {"outcome": outcome},
        **calls.spent,
    }


async def draft_bridge(state: AgentState, reading: Reading, calls: MemoCalls) -> Draft:
    """Have the bridge written. Only the target's opening is shown, for the last sentence to lead into."""
    return await calls.draft(
        "write",
        "agent/write_bridge",
        character=character_of(state),
        scene=scene_of(state, reading),
        opening=" ".join(sentences(reading.bridged.visible)[:OPENING]),
        conversation=conversation_of(state)[:-1],
        words=state["now"]["text"],
        reply=state["turns"][-1]["reply"],
    )


def is_safe(state: AgentState, reading: Reading, draft: Draft) -> bool:
    """Tell whether a bridge can be shown: prose of a bridge's length that tells nothing of what follows."""
    text = draft.text
    if not text or len(text) > LONGEST_BRIDGE or MARKS.search(text) or draft.is_cut:
        return False
    secrets = [*reading.unseen, *notes_of(state, reading), draft.instructions]
    return not leaks(text, secrets, known_texts(state, reading))
