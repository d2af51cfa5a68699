"""Collect what was made."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import CreatorState
from domain.creator_media import ALL_KINDS, current_assets, made_from
from domain.creator_stages import signature_of, stage_after
from domain.state import Json
from nodes.calls import tell_progress


async def collect_media(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Note for what the sound and the pictures were made, and what is missing, and why."""
    media = {"tasks": [], "warnings": warnings_of(state), "made_for": signature_of(state)}
    tell_progress(runtime, "completed", "the book is complete")
    return {"media": media, "stage": stage_after(state | {"media": media})}


def warnings_of(state: CreatorState) -> list[Json]:
    """Return what is missing: `{kind, scene_id, message}` each; an empty scene means all of that kind."""
    warnings, failures = list(state["media"]["warnings"]), state.get("failures") or {}
    if state["choices"]["format"] != "visual" and not state["choices"]["voice_id"]:
        warnings.append({"kind": "sound", "scene_id": "", "message": failures["sound:"]})
    refused = {warning["kind"] for warning in warnings}
    for kind in ALL_KINDS:
        made = {asset["scene_id"] for asset in current_assets(state, kind)}
        if kind not in refused:
            warnings += [
                {"kind": kind, "scene_id": scene, "message": failures.get(f"{kind}:{scene}", "")}
                for scene in made_from(state, kind)
                if scene not in made
            ]
    return warnings
