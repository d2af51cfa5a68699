"""Judge what the player said."""

from typing import Any

from langgraph.runtime import Runtime

from domain.agent import AgentState, Judgement
from domain.context import Context
from domain.errors import FabulaError, ModelError
from nodes.agent.memo import MemoCalls, store_of
from nodes.agent.memory import memory_of, passage, readings
from providers.ink.errors import InkError

UNJUDGED = "NEEDS_INPUT"


async def judge_input(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Ask how likely each outcome is. Without a judgement that can be read, the conversation goes on."""
    calls = MemoCalls(runtime, seed=state["session"]["seed"])
    try:
        reading = await readings.get(state["request"], store_of(runtime))
        judgement = await calls.consult(
            "edit",
            "agent/judge_input",
            Judgement,
            variables=reading.variables,
            target=passage(reading.target),
            **memory_of(state, reading),
        )
        await calls.remember()
    except (ModelError, InkError) as error:
        return {"judgement": unjudged(error), **calls.spent}
    return {
        "judgement": {"outcome": judgement.outcome, "probabilities": judgement.probabilities, "failed": ""},
        **calls.spent,
    }


def unjudged(error: FabulaError) -> dict[str, Any]:
    """Return the judgement for when there is none. The error goes by its name alone: its text may quote the target."""
    return {"outcome": UNJUDGED, "probabilities": {}, "failed": type(error).__name__}
