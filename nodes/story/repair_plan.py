"""Have the outline mended."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import ModelError
from domain.state import StoryState
from domain.story import Outline
from nodes.calls import Calls, tell_progress


async def repair_plan(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Ask once for an outline without the problems found; without an answer, code will put it right."""
    tell_progress(runtime, "planning", "mending the outline")
    calls, planning = Calls(runtime, state["request"]), state["planning"]
    update: dict[str, Any] = {"planning": planning | {"repairs": planning["repairs"] + 1}}
    try:
        outline = await calls.ask(
            "plan",
            "story/repair_plan",
            Outline,
            request=state["request"],
            outline=state["outline"],
            problems=planning["problems"],
        )
        update["outline"] = outline.model_dump()
    except ModelError:
        pass
    return update | calls.spent
