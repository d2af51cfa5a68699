"""The voice service: a text in, a link to its sound out.

`FABULA_SPEECH_URL` is its address. `FABULA_NARRATORS` lists its narrators as JSON where it cannot tell them itself.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from pydantic import BaseModel, TypeAdapter, ValidationError

from domain.errors import MediaFailed
from domain.languages import base
from domain.media import NarratorProfile, Sound
from providers import fetch
from providers.bounds import place
from providers.speech import audio, passages

TIMEOUT, DOWNLOAD, ASKING = 120.0, 60.0, 10.0
MOST_AUDIO = 100_000_000
TTL = 3_600.0
PROFILES = TypeAdapter(list[NarratorProfile])


class Spoken(BaseModel):
    """What the service answers."""

    audio_url: str
    duration: float = 0.0
    format: str = ""


@dataclass(frozen=True)
class Cast:
    """The narrators of a service, and until when they need not be asked for again."""

    profiles: list[NarratorProfile]
    until: float


CASTS: dict[str, Cast] = {}


@dataclass(frozen=True)
class SpeechService:
    """The voice service of the story creator. `clock` gives seconds."""

    url: str = field(default_factory=lambda: fetch.address("FABULA_SPEECH_URL"))
    timeout: float = TIMEOUT
    clock: Callable[[], float] = time.monotonic
    name: str = "service:"
    outside: bool = True

    async def narrators(self, language: str = "") -> list[NarratorProfile]:
        """Return the service's narrators, as it said within the last hour. Raises `MediaFailed`."""
        async with place(f"{self.url} narrators", 1):
            cast = CASTS.get(self.url)
            if cast is None or self.clock() >= cast.until:
                cast = CASTS[self.url] = Cast(await self._ask_narrators(), self.clock() + TTL)
        return speaking(language, cast.profiles)

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        """Return the text as sound. Raises `MediaFailed`."""
        found = passages.read(text)
        body = {"text": text, "voice_id": voice_id, "metadata": {"scene_id": scene_id}}
        async with place(f"speech {self.name}"):
            said = await fetch.post_json(f"{self.url}/api/v1/generate", body, seconds=self.timeout)
        link = answer(said).audio_url
        async with (
            place(f"speech {self.name} downloads"),
            fetch.download(link, most=MOST_AUDIO, seconds=DOWNLOAD, service=self.url) as file,
        ):
            return await asyncio.to_thread(sound, found, file)

    async def _ask_narrators(self) -> list[NarratorProfile]:
        """Ask the service, and read the configured list where it has no answer."""
        try:
            said = await fetch.get_json(f"{self.url}/api/v1/narrators", seconds=ASKING)
            return PROFILES.validate_python(said.get("narrators") if isinstance(said, dict) else said)
        except (MediaFailed, ValidationError) as error:
            if configured := configured_narrators():
                return configured
            raise MediaFailed(f"the voice service names no narrators: {str(error)[:200]}") from error


def configured_narrators() -> list[NarratorProfile]:
    """Return the narrators that `FABULA_NARRATORS` lists as JSON. Raises `MediaFailed` when it is none."""
    try:
        return PROFILES.validate_json(os.environ.get("FABULA_NARRATORS") or "[]")
    except ValidationError as error:
        raise MediaFailed(f"FABULA_NARRATORS: {error.errors()[0]['msg']}") from error


def speaking(language: str, profiles: list[NarratorProfile]) -> list[NarratorProfile]:
    """Return the narrators of a language, and after them those who say of none that it is theirs."""
    if not language:
        return profiles
    own = [one for one in profiles if base(one.language) == base(language)]
    return own + [one for one in profiles if not one.language]


def answer(said: object) -> Spoken:
    try:
        return Spoken.model_validate(said)
    except ValidationError as error:
        raise MediaFailed(
            f"the voice service answered without audio_url: {error.errors()[0]['msg']}"
        ) from error


def sound(found: list[passages.Sentence], file: IO[bytes]) -> Sound:
    joined = audio.normalise([audio.Part(file)])
    gaps = audio.silences(BytesIO(joined.data))
    return Sound(
        joined.data,
        joined.compact,
        seconds=joined.seconds,
        marks=passages.estimated(found, joined.spans[0], gaps),
    )
