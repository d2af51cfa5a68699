"""Tell a chapter of a finished story in another manner."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.editing import ChapterVersion, RestyleChapter, facts_of, read_order, versions_of
from domain.errors import EditFailed, ModelError
from domain.manner import style_of
from domain.restyling import restyle_failures, room_for
from domain.state import Json, StoryState
from domain.story import TextOrigin
from domain.text import count_words
from nodes.calls import Calls, tell, tell_progress
from nodes.story.settle_edit import others_of
from nodes.story.write_chapter import tidy
from providers import models

ATTEMPTS = 2


async def restyle_chapter(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Have a chapter told again in the manner that is asked for; what happens in it stays.

    Raises `EditRefused` and `FieldInvalid`, which name the field, and `EditFailed` when a model fails at it twice.
    """
    order = read_order(state, state.get("order"))
    assert isinstance(order, RestyleChapter)
    models.check_style(Context.of(runtime).edit_model)
    style, sample = style_of(order.model_dump(), state["request"])
    request = state["request"] | {"prose_style": style, "style_sample": sample}
    calls = Calls(runtime, request)
    tell_progress(runtime, "writing", f"restyling chapter {order.chapter}")
    text, origin = await have_told(state, runtime, calls, order.chapter)
    version = ChapterVersion(
        chapter=order.chapter,
        version=len(versions_of(state, order.chapter)) + 1,
        text=text,
        words=count_words(text),
        why="restyle",
        note=style,
        origin=origin,
    )
    return {"edit": version.model_dump(), **calls.spent}


async def have_told(
    state: StoryState, runtime: Runtime[Context], calls: Calls, number: int
) -> tuple[str, TextOrigin]:
    """Return what a model wrote, streamed, and where it came from. Raises `EditFailed`."""
    chapter, plan = state["chapters"][number - 1], state["outline"]["chapters"][number - 1]
    others = [other["text"] for other in others_of(state, number)]
    people = [person["name"] for person in state["outline"]["characters"]]
    inputs: Json = {
        "request": state["request"],
        "outline": state["outline"],
        "facts": facts_of(state, number),
        "chapter": plan,
        "text": chapter["text"],
        "words": room_for(chapter["text"]),
    }
    problems: list[str] = []
    for attempt in range(1, ATTEMPTS + 1):
        tell(runtime, "chapter.restyling", number=number, title=plan["title"], attempt=attempt)
        about = {"chapter": number, "attempt": attempt}
        try:
            answer, origin = await calls.write(
                "edit", "story/restyle_chapter", about=about, problems=problems, **inputs
            )
        except ModelError as error:
            problems = [str(error)]
            continue
        text = tidy(answer.text, plan["title"])
        written = {"text": text, "finish_reason": answer.finish_reason}
        problems = restyle_failures(written, chapter["text"], others, dict(calls.request), people)
        if not problems:
            return text, origin
    raise EditFailed(f"chapter {number} failed twice: {'; '.join(problems)}")
