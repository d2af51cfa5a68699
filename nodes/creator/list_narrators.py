"""List who can narrate."""

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import CreatorState
from domain.creator_stages import stage_after
from domain.errors import MediaFailed
from domain.manner import language_of
from domain.state import Json
from nodes.calls import tell_progress
from providers import speech


async def list_narrators(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Fetch the narrators; where there are none the book goes on without sound."""
    tell_progress(runtime, "narrator_selection", "listing the narrators")
    context, message = Context.of(runtime), "this server has no narrators"
    try:
        async with asyncio.timeout(context.speech_seconds):
            found = await speech.narrators_for(
                speech.get(context.speech), language_of(state.get("request") or {})
            )
    except (MediaFailed, TimeoutError) as error:
        found, message = [], str(error) or "the narrators could not be listed in time"
    update: Json = {"narrators": [narrator.model_dump() for narrator in found]}
    if not found:
        update |= {"choices": state["choices"] | {"voice_id": ""}, "failures": {"sound:": message}}
    return update | {"stage": stage_after(state | update)}
