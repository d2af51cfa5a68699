"""Imagine three concepts."""

from typing import Any
from uuid import uuid4

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import Concepts, CreatorState, StoryConcept
from domain.creator_checks import concept_problems
from domain.creator_stages import known_concepts, stage_after, stage_failed
from domain.errors import ConceptsFailed, ModelError
from domain.state import Json
from nodes.calls import Calls, tell_progress
from nodes.creator.safety import objection

CHANGEABLE = ("prompt", "genre", "tone", "rating", "style", "language", "prose_style", "style_sample")


async def imagine_concepts(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Have three distinct concepts made of the prompt, or in the manner of one.

    What was chosen and drafted before is let go only once they are there.
    """
    tell_progress(runtime, "idea_generation", "imagining three concepts")
    request, like = request_of(state), liked(state)
    calls, asked = Calls(runtime, request), state | {"request": request}
    try:
        concepts = await three(calls, asked, like, runtime)
    except (ModelError, ConceptsFailed) as error:
        return {"stage": stage_failed(state, "imagine_concepts", str(error)), **calls.spent}
    rounds = state.get("rounds") or []
    made = {
        "round": len(rounds) + 1,
        "prompt": request["prompt"],
        "like": like and like["concept_id"],
        "concepts": [one.model_dump() for one in concepts],
    }
    update: Json = {
        "request": request,
        "rounds": [made],
        "choices": {"consent": state["choices"].get("consent", False)},
        "draft": {},
        "media": {},
    }
    return update | {"stage": stage_after(state | update), **calls.spent}


def request_of(state: CreatorState) -> Json:
    """Return the request with what the person changed when starting over."""
    order = state["order"]
    if order["action"] != "start_over":
        return state["request"]
    return state["request"] | {key: order[key] for key in CHANGEABLE if order.get(key) is not None}


def liked(state: CreatorState) -> Json | None:
    """Return the concept in whose manner the new ones are wanted."""
    order = state["order"]
    return known_concepts(state)[order["concept_id"]] if order["action"] == "more_like_this" else None


async def three(calls: Calls, state: Any, like: Json | None, runtime: Runtime[Context]) -> list[StoryConcept]:
    """Ask for three, and once more where they are not three or alike. Raises `ModelError` and `ConceptsFailed`."""
    problems: list[str] = []
    rounds = [each for each in state.get("rounds") or [] if each["prompt"] == state["request"]["prompt"]]
    earlier = [one for each in rounds for one in each["concepts"]]
    for _ in range(2):
        found = await calls.ask(
            "plan",
            "creator/imagine_concepts",
            Concepts,
            request=state["request"],
            like=like,
            earlier=[{"title": one["title"], "premise": one["premise"]} for one in earlier],
            problems=problems,
        )
        problems = concept_problems(found.concepts, earlier)
        told = [f"{one.title}\n{one.premise}" for one in found.concepts]
        if refused := await objection(told, state, runtime):
            problems.append(refused)
        if not problems:
            return [StoryConcept(concept_id=str(uuid4()), **one.model_dump()) for one in found.concepts]
    raise ConceptsFailed(f"there are no three distinct concepts: {'; '.join(problems)}")
