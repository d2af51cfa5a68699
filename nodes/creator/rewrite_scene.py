"""Rewrite a scene as a person wants it."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import CreatorState, content_of
from domain.creator_answers import with_scene
from domain.creator_stages import stage_after, stage_failed
from domain.errors import SceneFailed
from domain.state import Json
from domain.text import count_words
from nodes.calls import Calls, tell, tell_progress
from nodes.creator.scenes import WORDS, SceneText, around, version_of


async def rewrite_scene(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write a scene anew from feedback, or polish what the person wrote; every other scene stays byte for byte."""
    order, draft, calls = state["order"], state["draft"], Calls(runtime)
    scene = next(one for one in draft["scenes"] if one["scene_id"] == order["scene_id"])
    about = {"scene_id": scene["scene_id"], "number": scene["scene_number"], "of": len(draft["scenes"])}
    by_hand = order["action"] == "manual_rewrite"
    tell_progress(runtime, "revision", f"{'polishing' if by_hand else 'rewriting'} scene {about['number']}")
    tell(runtime, "scene.started", **about, title=scene["title"])
    name = "creator/polish_scene" if by_hand else "creator/rewrite_scene"
    words = room_for(order["content"]) if by_hand else dict(WORDS)
    text = SceneText(calls, state, runtime, scene, "edit", name, words)
    try:
        content, origin, warnings = await text.have(**inputs_of(state, scene))
    except SceneFailed as error:
        return {"stage": stage_failed(state, "rewrite_scene", str(error)), **calls.spent}
    by, note = ("person", "") if by_hand else ("model", order["feedback"])
    made = {"by": by, "author": Context.of(runtime).by, "note": note, "origin": origin}
    version = version_of(state, scene, content, order["action"], warnings, **made)
    update = {
        "draft": with_scene(draft, scene["scene_id"], version=version.version, status="pending"),
        "versions": [version.model_dump()],
    }
    tell(runtime, "scene.finished", **about, version=version.version, words=count_words(content))
    return update | {"stage": stage_after(state | update), **calls.spent}


def inputs_of(state: CreatorState, scene: Json) -> Json:
    """Return what the prompt is given: the people, the scenes that stand, the scene as it is, and what is wanted."""
    order = state["order"]
    key = "content" if order["action"] == "manual_rewrite" else "feedback"
    text = content_of(state, scene["scene_id"], scene["version"])
    return around(state, scene) | {"text": text, key: order[key]}


def room_for(content: str) -> Json:
    """Return the words that a polished text may have: what a person wrote short or long on purpose stays so."""
    count = count_words(content)
    return {
        "min": min(WORDS["min"], max(1, count * 8 // 10)),
        "max": max(WORDS["max"], count * 12 // 10),
    }
