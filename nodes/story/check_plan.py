"""Check the outline, by code."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import PlanFailed
from domain.outline import fit_outline, outline_problems
from domain.state import StoryState
from domain.story import Outline, StoryInput
from nodes.calls import tell_progress


async def check_plan(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Name what is wrong with the outline; what a repair left wrong, code puts right."""
    tell_progress(runtime, "planning", "checking the outline")
    context, planning = Context.of(runtime), state["planning"]
    request = StoryInput.model_validate(state["request"])
    outline = Outline.model_validate(state["outline"])
    problems = outline_problems(outline, request, context.min_words, context.max_words)
    if not problems or not planning["repairs"]:
        return {"planning": planning | {"problems": problems}}
    if not outline.chapters or not outline.characters:
        raise PlanFailed(f"the outline is still wrong after its repair: {'; '.join(problems)}")
    fitted = fit_outline(outline, request, context.min_words, context.max_words)
    return {"outline": fitted.model_dump(), "planning": planning | {"problems": []}}
