"""Ask the person, and take the answer in."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from domain.context import Context
from domain.creator import CreatorState
from domain.creator_answers import AnyAnswer, Restyle, Retry, StartOver, changes_of, read_answer
from domain.creator_stages import question_of, stage_for
from domain.errors import AnswerRefused, FieldInvalid
from nodes.creator.safety import objection
from providers import images, models, speech

WRITTEN = ("prompt", "style", "feedback", "content", "instruction", "text", "prose_style", "style_sample")


async def ask(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Wait for an answer; one that cannot be taken is refused, and the question put again with the problem."""
    given = interrupt(question_of(state, outside_of(Context.of(runtime))))
    try:
        answer = read_answer(state, given)
        await check_text(answer, state, runtime)
    except AnswerRefused as error:
        problem = {"field": error.field, "message": str(error)}
        return {"stage": state["stage"] | {"due": "ask", "problem": problem}}
    update = changes_of(state, answer, Context.of(runtime).by)
    order = state["order"] if isinstance(answer, Retry) else answer.model_dump()
    return update | {"order": order, "stage": stage_for(state | update, answer.action)}


def outside_of(context: Context) -> list[str]:
    """Return which services would get the text."""
    outside = {
        "speech": speech.get(context.speech).outside,
        "images": images.get(context.images).outside,
    }
    return [name for name, away in outside.items() if away]


def check_model(answer: AnyAnswer, context: Context) -> None:
    """Raise `AnswerRefused` when the model cannot do what is asked."""
    try:
        if isinstance(answer, StartOver) and answer.language:
            models.check_language(answer.language, *context.model_names)
        if isinstance(answer, Restyle):
            models.check_style(context.edit_model)
    except FieldInvalid as error:
        raise AnswerRefused(error.field, str(error)) from None


async def check_text(answer: AnyAnswer, state: CreatorState, runtime: Runtime[Context]) -> None:
    """Raise `AnswerRefused` when what the person wrote may not be used."""
    if isinstance(answer, StartOver) and answer.rating == "NSFW" and not Context.of(runtime).nsfw:
        raise AnswerRefused("rating", "NSFW is not allowed here")
    check_model(answer, Context.of(runtime))
    for field in WRITTEN:
        if (text := getattr(answer, field, None)) and (problem := await objection([text], state, runtime)):
            raise AnswerRefused(field, problem)
