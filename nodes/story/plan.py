"""Plan the story."""

from typing import Any

from langgraph.runtime import Runtime
from pydantic import ValidationError

from domain.context import Context
from domain.errors import MalformedAnswer, PlanFailed, RequestInvalid
from domain.state import Json, StoryState
from domain.story import Outline, StoryInput
from nodes.calls import Calls, tell_progress
from providers import models

# What a thread that is asked for another story no longer holds of the one before.
FORGOTTEN: Json = {
    **{key: {"__overwrite__": []} for key in ("chapters", "facts", "versions")},
    **{key: {} for key in ("draft", "check", "feedback", "edit", "audits", "synopsis", "report")},
}


async def plan(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Make a typed outline of the premise. Raises `RequestInvalid`, which names the field, and `PlanFailed`."""
    request = read_request(state.get("request"), Context.of(runtime))
    tell_progress(runtime, "planning", "planning the story")
    calls = Calls(runtime, request.model_dump())
    try:
        outline = await calls.ask("plan", "story/plan", Outline, request=request.model_dump())
    except MalformedAnswer as error:
        raise PlanFailed(f"the outline cannot be read: {error}") from error
    planning = {"repairs": 0, "problems": [], "approved": not request.approve}
    return {
        "request": request.model_dump(),
        "outline": outline.model_dump(),
        "planning": planning,
        **(FORGOTTEN if state.get("outline") else {}),
        **calls.spent,
    }


def read_request(request: Any, context: Context) -> StoryInput:
    """Return a valid request. Raises `RequestInvalid`, which names the field."""
    try:
        story = StoryInput.model_validate(request)
    except ValidationError as error:
        first = error.errors()[0]
        raise RequestInvalid(f"{'.'.join(map(str, first['loc'])) or 'request'}: {first['msg']}") from error
    if story.chapters > context.max_chapters:
        raise RequestInvalid(f"chapters: {story.chapters} is more than {context.max_chapters}")
    models.check_language(story.language, *context.model_names)
    return story
