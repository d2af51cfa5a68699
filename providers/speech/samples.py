"""What a narrator sounds like: a few words of ours, spoken once and kept in the object store."""

import re

from providers.objects import Objects
from providers.speech import Speech

WORDS = (
    "Once upon a time, at the edge of the sea, there was a house in which nobody had lit the lamp for a hundred years. "
    "Tonight, somebody did."
)
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


async def sample(speech: Speech, voice_id: str, store: Objects) -> str:
    """Return the key of a narrator's sample, which is made when it is first asked for. Raises `MediaFailed`."""
    key = f"samples/{fit(speech.name)}/{fit(voice_id)}.mp3"
    if not await store.exists(key):
        await store.put(key, (await speech.speak(WORDS, voice_id)).data, "audio/mpeg")
    return key


def fit(name: str) -> str:
    return _UNFIT.sub("-", name).strip("-.") or "narrator"
