"""Begin a session."""

from typing import Any

from langgraph.runtime import Runtime
from pydantic import ValidationError

from domain.context import Context
from domain.creator import CreatorInput, CreatorState
from domain.creator_stages import stage_for, stage_of
from domain.errors import RequestInvalid
from nodes.creator.safety import objection
from providers import models


async def begin(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Take in what a person begins with. Raises `RequestInvalid`, which names the field."""
    request = read_request(state.get("request"), Context.of(runtime))
    given = request.model_dump()
    choices = (state.get("choices") or {}) | {"consent": request.consent}
    order = {"action": "start_over"} | {key: given[key] for key in given if key != "consent"}
    update: dict[str, Any] = {"request": given, "choices": choices, "order": order}
    if problem := await objection(written_by(request), update, runtime):
        refused = {"field": "prompt", "message": problem}
        return update | {"stage": {"name": stage_of(state), "due": "ask", "problem": refused, "failed": ""}}
    return update | {"stage": stage_for(state, "start_over")}


def written_by(request: CreatorInput) -> list[str]:
    """Return what the person wrote."""
    return [request.prompt, request.style, request.prose_style, request.style_sample]


def read_request(request: Any, context: Context) -> CreatorInput:
    """Return a valid request. Raises `RequestInvalid`, which names the field."""
    try:
        read = CreatorInput.model_validate(request)
    except ValidationError as error:
        first = error.errors()[0]
        raise RequestInvalid(f"{'.'.join(map(str, first['loc'])) or 'request'}: {first['msg']}") from error
    if read.rating == "NSFW" and not context.nsfw:
        raise RequestInvalid("rating: NSFW is not allowed here")
    models.check_language(read.language, *context.model_names)
    return read
