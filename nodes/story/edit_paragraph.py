"""Edit a paragraph of a finished story."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.editing import (
    ChapterVersion,
    EditParagraph,
    paragraph_failures,
    parts_of,
    read_order,
    room_for,
    versions_of,
)
from domain.errors import EditFailed, ModelError
from domain.state import Json, StoryState
from domain.story import TextOrigin
from domain.text import count_words
from nodes.calls import Calls, tell, tell_progress
from nodes.story.write_chapter import tidy

ATTEMPTS = 2


async def edit_paragraph(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Put a new paragraph into a chapter, whose other paragraphs stay byte for byte.

    Raises `EditRefused`, which names the field, and `EditFailed` when a model fails at it twice.
    """
    order = read_order(state, state.get("order"))
    assert isinstance(order, EditParagraph)
    chapter, calls = state["chapters"][order.chapter - 1], Calls(runtime, state["request"])
    about = {"chapter": order.chapter, "paragraph": order.paragraph, "action": order.action}
    tell_progress(runtime, "writing", f"editing paragraph {order.paragraph} of chapter {order.chapter}")
    remarks: tuple[str, ...] = ()
    if order.text:
        tell(runtime, "paragraph.started", **about, attempt=1)
        new, origin = order.text, None
    else:
        new, origin, remarks = await have_written(state, runtime, calls, order, about)
    before, _, after = parts_of(chapter["text"], order.action, order.paragraph)
    text = before + new + after
    version = ChapterVersion(
        chapter=order.chapter,
        version=len(versions_of(state, order.chapter)) + 1,
        text=text,
        words=count_words(text),
        why=order.action,
        by="person" if order.text else "model",
        paragraph=order.paragraph,
        note=order.instruction,
        warnings=list(remarks),
        origin=origin,
    )
    return {"edit": version.model_dump(), **calls.spent}


async def have_written(
    state: StoryState, runtime: Runtime[Context], calls: Calls, order: EditParagraph, about: Json
) -> tuple[str, TextOrigin, tuple[str, ...]]:
    """Return what a model wrote, streamed, where it came from and what it left undone. Raises `EditFailed`."""
    inputs, chapter = inputs_of(state, order), state["chapters"][order.chapter - 1]
    problems: list[str] = []
    for attempt in range(1, ATTEMPTS + 1):
        tell(runtime, "paragraph.started", **about, attempt=attempt)
        try:
            answer, origin = await calls.write(
                "edit",
                "story/edit_paragraph",
                about=about | {"attempt": attempt},
                problems=problems,
                **inputs,
            )
        except ModelError as error:
            problems = [str(error)]
            continue
        new = tidy(answer.text, chapter["title"])
        written = {"text": new, "finish_reason": answer.finish_reason}
        request = state["request"]
        problems = paragraph_failures(
            written,
            chapter["text"],
            order.action,
            order.paragraph,
            request["rating"],
            request.get("style_sample", ""),
        )
        if not problems:
            return new, origin, answer.remarks
    raise EditFailed(f"paragraph {order.paragraph} failed twice: {'; '.join(problems)}")


def inputs_of(state: StoryState, order: EditParagraph) -> Json:
    """Return what the prompt is given: people, facts, the chapter around the paragraph, and what is wanted."""
    text = state["chapters"][order.chapter - 1]["text"]
    before, named, after = parts_of(text, order.action, order.paragraph)
    return {
        "request": state["request"],
        "outline": state["outline"],
        "facts": [fact for fact in state.get("facts") or [] if fact["chapter"] != order.chapter],
        "chapter": state["outline"]["chapters"][order.chapter - 1],
        "action": order.action,
        "before": before.strip(),
        "paragraph": named,
        "after": after.strip(),
        "instruction": order.instruction,
        "words": room_for(order.action, named),
    }
