"""Edit a paragraph of a scene."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import CreatorState, content_of
from domain.creator_answers import with_scene
from domain.creator_checks import length_problems
from domain.creator_stages import stage_after, stage_failed
from domain.editing import paragraph_failures, parts_of, room_for
from domain.errors import ModelError, SceneFailed
from domain.state import Json
from domain.story import TextOrigin
from domain.text import count_words
from nodes.calls import Calls, tell, tell_progress
from nodes.creator.safety import is_adult, objection
from nodes.creator.scenes import WORDS, around, version_of
from nodes.story.write_chapter import tidy

ATTEMPTS = 2


async def edit_paragraph(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Put a new paragraph into a scene as its newest version; all others stay byte for byte."""
    order, draft, calls = state["order"], state["draft"], Calls(runtime, state["request"])
    scene = next(one for one in draft["scenes"] if one["scene_id"] == order["scene_id"])
    about = {"scene_id": scene["scene_id"], "number": scene["scene_number"], "of": len(draft["scenes"])}
    tell_progress(runtime, "revision", f"editing paragraph {order['paragraph']} of scene {about['number']}")
    tell(runtime, "scene.started", **about, title=scene["title"])
    before, _, after = parts_of(text_of(state, scene), order["how"], order["paragraph"])
    try:
        new, origin, remarks = (
            (order["text"], None, ()) if order["text"] else await have_written(state, runtime, calls, scene)
        )
    except SceneFailed as error:
        return {"stage": stage_failed(state, "edit_paragraph", str(error)), **calls.spent}
    content = before + new + after
    version = version_of(
        state,
        scene,
        content,
        "edit_paragraph",
        [*remarks, *length_problems(content, WORDS)],
        by="person" if order["text"] else "model",
        author=Context.of(runtime).by,
        note=f"{order['how']} {order['paragraph']}: {order['instruction']}".removesuffix(": "),
        origin=origin,
    )
    update = {
        "draft": with_scene(draft, scene["scene_id"], version=version.version, status="pending"),
        "versions": [version.model_dump()],
    }
    tell(runtime, "scene.finished", **about, version=version.version, words=count_words(content))
    return update | {"stage": stage_after(state | update), **calls.spent}


def text_of(state: CreatorState, scene: Json) -> str:
    """Return the scene as it stands."""
    return content_of(state, scene["scene_id"], scene["version"])


async def have_written(
    state: CreatorState, runtime: Runtime[Context], calls: Calls, scene: Json
) -> tuple[str, TextOrigin, tuple[str, ...]]:
    """Return what a model wrote, streamed, where it came from and what it left undone. Raises `SceneFailed`."""
    order, text = state["order"], text_of(state, scene)
    inputs = inputs_of(state, scene, text)
    rating = "NSFW" if is_adult(state, runtime) else "SFW"
    problems: list[str] = []
    for attempt in range(1, ATTEMPTS + 1):
        about = {"scene_id": scene["scene_id"], "scene": scene["scene_number"], "attempt": attempt}
        try:
            answer, origin = await calls.write(
                "edit", "creator/edit_paragraph", about=about, problems=problems, **inputs
            )
        except ModelError as error:
            problems = [str(error)]
            continue
        new = tidy(answer.text, scene["title"])
        written = {"text": new, "finish_reason": answer.finish_reason}
        sample = state["request"].get("style_sample", "")
        problems = paragraph_failures(written, text, order["how"], order["paragraph"], rating, sample)
        if not problems and (refused := await objection([new], state, runtime)):
            problems = [refused]
        if not problems:
            return new, origin, answer.remarks
    raise SceneFailed(f"paragraph {order['paragraph']} failed twice: {'; '.join(problems)}")


def inputs_of(state: CreatorState, scene: Json, text: str) -> Json:
    """Return what the prompt is given: the scene around the paragraph, the scenes that stand, and what is wanted."""
    order = state["order"]
    before, named, after = parts_of(text, order["how"], order["paragraph"])
    return around(state, scene) | {
        "action": order["how"],
        "before": before.strip(),
        "paragraph": named,
        "after": after.strip(),
        "instruction": order["instruction"],
        "words": room_for(order["how"], named),
    }
