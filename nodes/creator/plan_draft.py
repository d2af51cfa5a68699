"""Plan the scenes of the chosen concept."""

from typing import Any
from uuid import uuid4

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import CreatorState, DraftPlan
from domain.creator_checks import plan_problems
from domain.creator_stages import known_concepts, stage_after, stage_failed
from domain.errors import DraftFailed, ModelError
from domain.state import Json
from nodes.calls import Calls, tell_progress


async def plan_draft(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Plan four to six scenes and describe their people; what was drafted before is let go only then."""
    tell_progress(runtime, "story_drafting", "planning the scenes")
    concept, calls = known_concepts(state)[state["order"]["concept_id"]], Calls(runtime, state["request"])
    try:
        plan = await sound_plan(calls, state, concept)
    except (ModelError, DraftFailed) as error:
        return {"stage": stage_failed(state, "plan_draft", str(error)), **calls.spent}
    consent = state["choices"].get("consent", False)
    update: Json = {
        "draft": draft_of(plan, concept["concept_id"]),
        "choices": {"consent": consent, "concept_id": concept["concept_id"]},
        "media": {},
    }
    return update | {"stage": stage_after(state | update), **calls.spent}


async def sound_plan(calls: Calls, state: CreatorState, concept: Json) -> DraftPlan:
    """Ask for a plan, and once more where it is wrong. Raises `ModelError` and `DraftFailed`."""
    problems: list[str] = []
    for _ in range(2):
        plan = await calls.ask(
            "write",
            "creator/plan_draft",
            DraftPlan,
            request=state["request"],
            concept=concept,
            problems=problems,
        )
        if not (problems := plan_problems(plan)):
            return plan
    raise DraftFailed(f"the draft could not be planned: {'; '.join(problems)}")


def draft_of(plan: DraftPlan, concept_id: str) -> Json:
    """Return the draft before any of its scenes is written."""
    scenes = [
        scene.model_dump()
        | {"scene_id": str(uuid4()), "scene_number": number, "status": "pending", "version": 0}
        for number, scene in enumerate(plan.scenes, 1)
    ]
    people = [person.model_dump() for person in plan.characters]
    return {
        "draft_id": str(uuid4()),
        "concept_id": concept_id,
        "title": plan.title,
        "characters": people,
        "scenes": scenes,
    }
