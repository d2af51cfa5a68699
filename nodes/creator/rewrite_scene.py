"""Rewrite a scene as a person wants it."""

from typing import Any

from langgraph.runtime import Runtime

from domain import restyling
from domain.context import Context
from domain.creator import CreatorState, content_of
from domain.creator_answers import with_scene
from domain.creator_stages import stage_after, stage_failed
from domain.errors import SceneFailed
from domain.manner import style_of
from domain.state import Json
from domain.text import count_words
from nodes.calls import Calls, tell, tell_progress
from nodes.creator.scenes import WORDS, SceneText, around, version_of

DOING = {"ai_rewrite": "rewriting", "restyle": "restyling", "manual_rewrite": "polishing"}
PROMPTS = {
    "ai_rewrite": "creator/rewrite_scene",
    "restyle": "creator/restyle_scene",
    "manual_rewrite": "creator/polish_scene",
}


async def rewrite_scene(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write a scene anew from feedback or in another manner, or polish what the person wrote.

    Every other scene stays byte for byte.
    """
    order, draft, calls = state["order"], state["draft"], Calls(runtime, request_of(state))
    scene = next(one for one in draft["scenes"] if one["scene_id"] == order["scene_id"])
    about = {"scene_id": scene["scene_id"], "number": scene["scene_number"], "of": len(draft["scenes"])}
    tell_progress(runtime, "revision", f"{DOING[order['action']]} scene {about['number']}")
    tell(runtime, "scene.started", **about, title=scene["title"])
    inputs = inputs_of(state, scene)
    text = SceneText(
        calls,
        state,
        runtime,
        scene,
        "edit",
        PROMPTS[order["action"]],
        words_for(order, inputs["text"]),
        instead_of=inputs["text"] if order["action"] == "restyle" else "",
    )
    try:
        content, origin, warnings = await text.have(**inputs)
    except SceneFailed as error:
        return {"stage": stage_failed(state, "rewrite_scene", str(error)), **calls.spent}
    by, note = ("person", "") if "content" in order else ("model", note_of(order))
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
    text = content_of(state, scene["scene_id"], scene["version"])
    wanted: Json = {key: state["order"][key] for key in ("content", "feedback") if key in state["order"]}
    return around(state, scene) | {"text": text} | wanted


def request_of(state: CreatorState) -> Json:
    """Return the request in the manner that the scene is to be told in: a person's own words are in their own."""
    order, request = state["order"], state["request"]
    style, sample = ("", "") if "content" in order else style_of(order, request)
    return request | {"prose_style": style, "style_sample": sample}


def note_of(order: Json) -> str:
    """Return what was asked for."""
    return str(order["feedback"] if "feedback" in order else order["prose_style"])


def words_for(order: Json, text: str) -> Json:
    """Return how many words the new text may have."""
    match order["action"]:
        case "manual_rewrite":
            return room_for(order["content"])
        case "restyle":
            return restyling.room_for(text)
        case _:
            return dict(WORDS)


def room_for(content: str) -> Json:
    """Return the words that a polished text may have: what a person wrote short or long on purpose stays so."""
    count = count_words(content)
    return {
        "min": min(WORDS["min"], max(1, count * 8 // 10)),
        "max": max(WORDS["max"], count * 12 // 10),
    }
