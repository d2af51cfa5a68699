"""Let a person approve the outline."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import ValidationError

from domain.context import Context
from domain.outline import fit_outline
from domain.state import StoryState
from domain.story import Outline, StoryInput


async def approve_plan(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Wait for an answer: `true`, or `{"outline": {...}}` with the outline as it is or edited.

    Any other answer is refused: the question is put again, with what is wrong.
    """
    planning = state["planning"]
    answer = interrupt(
        {"ask": "approve_outline", "outline": state["outline"], "problems": planning["problems"]}
    )
    if answer is True:
        return {"planning": planning | {"approved": True, "problems": []}}
    request = StoryInput.model_validate(state["request"])
    try:
        outline = Outline.model_validate(answer["outline"])
    except (ValidationError, TypeError, KeyError) as error:
        return {"planning": planning | {"problems": [explain(error)]}}
    if len(outline.chapters) != request.chapters or not outline.characters:
        wrong = f"the outline needs exactly {request.chapters} chapters and at least one character"
        return {"planning": planning | {"problems": [wrong]}}
    context = Context.of(runtime)
    fitted = fit_outline(outline, request, context.min_words, context.max_words)
    return {"outline": fitted.model_dump(), "planning": planning | {"approved": True, "problems": []}}


def explain(error: Exception) -> str:
    """Say in one line what is wrong with an answer."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"outline.{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return 'the answer is true, or {"outline": {...}}'
