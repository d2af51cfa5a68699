"""Write the next scene."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import CreatorState
from domain.creator_answers import with_scene
from domain.creator_stages import known_concepts, stage_after, stage_failed
from domain.errors import SceneFailed
from domain.text import count_words
from nodes.calls import Calls, tell, tell_progress
from nodes.creator.scenes import SceneText, told_scenes, version_of


async def write_scene(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write one scene of the draft, streamed; those that were written before stay as they are."""
    draft, calls = state["draft"], Calls(runtime, state["request"])
    scene = next(one for one in draft["scenes"] if not one["version"])
    earlier = told_scenes(state, [one for one in draft["scenes"] if one["version"]])
    about = {"scene_id": scene["scene_id"], "number": scene["scene_number"], "of": len(draft["scenes"])}
    tell_progress(runtime, "story_drafting", f"writing scene {about['number']} of {about['of']}")
    tell(runtime, "scene.started", **about, title=scene["title"])
    text = SceneText(
        calls,
        state,
        runtime,
        scene,
        "write",
        "creator/write_scene",
        others=[one["text"] for one in earlier],
    )
    try:
        content, origin, warnings = await text.have(
            request=state["request"],
            concept=known_concepts(state)[draft["concept_id"]],
            draft=draft,
            scenes=earlier,
            scene=scene,
        )
    except SceneFailed as error:
        return {"stage": stage_failed(state, "write_scene", str(error)), **calls.spent}
    made = {"by": "model", "author": Context.of(runtime).by, "origin": origin}
    version = version_of(state, scene, content, "draft", warnings, **made)
    update = {
        "draft": with_scene(draft, scene["scene_id"], version=version.version),
        "versions": [version.model_dump()],
    }
    tell(runtime, "scene.finished", **about, version=version.version, words=count_words(content))
    return update | {"stage": stage_after(state | update), **calls.spent}
