"""Plan a further chapter of a finished story."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.editing import ExtendStory, read_order
from domain.errors import MalformedAnswer, PlanFailed
from domain.further_chapter import fit_further, further_problems, repeated
from domain.state import Json, StoryState
from domain.story import ChapterPlan, Outline
from nodes.calls import Calls, tell_progress


async def plan_further_chapter(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Add one chapter's plan to the outline: it pays off something planted, and tells nothing twice.

    A chapter that was planned before and never written gives way. Raises `EditRefused`, which names the field, and
    `PlanFailed` when the plan cannot be read, or still repeats the story after its repair.
    """
    order, context, calls = (
        read_order(state, state.get("order")),
        Context.of(runtime),
        Calls(runtime, state["request"]),
    )
    assert isinstance(order, ExtendStory)
    outline = told_outline(state)
    number = len(outline.chapters) + 1
    tell_progress(runtime, "planning", f"planning chapter {number}")
    limits = (context.min_words, context.max_words)
    plan = await ask_plan(state, calls, order, outline, [])
    if problems := further_problems(plan, outline, *limits):
        plan = await ask_plan(state, calls, order, outline, problems)
    plan = fit_further(plan, outline, *limits)
    if problems := repeated(plan, outline):
        raise PlanFailed(f"the further chapter repeats the story: {'; '.join(problems)}")
    longer = outline.model_copy(update={"chapters": [*outline.chapters, plan]})
    return {
        "outline": longer.model_dump(),
        "request": state["request"] | {"chapters": number},
        **calls.spent,
    }


def told_outline(state: StoryState) -> Outline:
    """Return the outline of the chapters that are written."""
    outline = Outline.model_validate(state["outline"])
    return outline.model_copy(update={"chapters": outline.chapters[: len(state["chapters"])]})


async def ask_plan(
    state: StoryState, calls: Calls, order: ExtendStory, outline: Outline, problems: list[str]
) -> ChapterPlan:
    """Ask for the plan. Raises `PlanFailed` when it cannot be read."""
    kept = ("number", "title", "summary")
    earlier: list[Json] = [{key: one[key] for key in kept} for one in state["chapters"]]
    try:
        return await calls.ask(
            "plan",
            "story/plan_further_chapter",
            ChapterPlan,
            request=state["request"],
            outline=outline.model_dump(),
            chapters=earlier,
            last=state["chapters"][-1]["text"],
            facts=state.get("facts") or [],
            premise=order.premise,
            problems=problems,
        )
    except MalformedAnswer as error:
        raise PlanFailed(f"the further chapter's plan cannot be read: {error}") from error
