"""Have a scene read aloud."""

from contextlib import nullcontext
from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator_media import SoundTask
from domain.errors import MediaFailed, StoreFailed
from domain.media import COMPACT, AudioSegment, Sound
from domain.state import Json
from nodes.calls import tell
from nodes.creator.keeping import keep, kept, opened, tell_made
from providers import speech
from providers.bounds import patience

ATTEMPTS = 2


async def make_sound(state: SoundTask, runtime: Runtime[Context]) -> dict[str, Any]:
    """Make the sound of one scene, or note why there is none; what was made before is taken from the store."""
    scene_id = state["scene_id"]
    try:
        store = await opened()
        if not (about := await kept(store, state["base"])):
            sound = await spoken(state, Context.of(runtime))
            noted = segment(state, sound, speech.get(Context.of(runtime).speech).name)
            if sound.compact:
                await store.put(f"{state['base']}{COMPACT}", sound.compact, "audio/mp4")
            about = await keep(store, state["base"], sound.data, sound.media_type, noted)
        await tell_made(store, runtime, "sound", state["bases"], scene_id)
    except (MediaFailed, StoreFailed) as error:
        tell(runtime, "media.failed", kind="sound", scene_id=scene_id, message=str(error))
        return {"failures": {f"sound:{scene_id}": str(error)}}
    asset = {"kind": "sound", "scene_id": scene_id, "made_from": state["made_from"], "about": about}
    return {"assets": {about["key"]: asset}}


async def spoken(task: SoundTask, context: Context) -> Sound:
    """Have the text spoken, and once more if that fails; a service has its limit each time. Raises `MediaFailed`."""
    reader = speech.get(context.speech)
    failed = MediaFailed()
    for _ in range(ATTEMPTS):
        try:
            async with patience(context.speech_seconds) if reader.outside else nullcontext():
                return await reader.speak(task["text"], task["voice_id"], task["scene_id"])
        except MediaFailed as error:
            failed = error
        except TimeoutError:
            failed = MediaFailed(f"{reader.name} did not answer within {context.speech_seconds:g} seconds")
    raise failed


def segment(task: SoundTask, sound: Sound, provider: str) -> Json:
    """Return what is noted of a sound; its key is put in when it is kept."""
    made = AudioSegment(
        scene_id=task["scene_id"],
        scene_number=task["scene_number"],
        key="",
        media_type=sound.media_type,
        duration=sound.seconds,
        voice_id=task["voice_id"],
        provider=provider,
        marks=sound.marks,
    )
    return made.model_dump()
