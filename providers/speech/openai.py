"""Speech by OpenAI's `/v1/audio/speech` and every server that has it.

Read from the environment: `FABULA_SPEECH_URL` or `OPENAI_BASE_URL`, `OPENAI_API_KEY`, and `FABULA_NARRATORS` where a
server has other voices than OpenAI.
"""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import IO

import openai

from domain.errors import MediaFailed
from domain.media import Mark, NarratorProfile, Sound
from providers.bounds import place
from providers.fetch import scratch
from providers.openai_media import connect, explained
from providers.speech import audio, passages
from providers.speech.service import MOST_AUDIO, TIMEOUT, configured_narrators, speaking

LONGEST = 4_000
VOICES = (
    NarratorProfile(voice_id="alloy", name="Alloy", gender="neutral", accent="American", tone="even"),
    NarratorProfile(voice_id="ash", name="Ash", gender="male", accent="American", tone="clear"),
    NarratorProfile(voice_id="coral", name="Coral", gender="female", accent="American", tone="warm"),
    NarratorProfile(voice_id="echo", name="Echo", gender="male", accent="American", tone="calm"),
    NarratorProfile(voice_id="fable", name="Fable", gender="neutral", accent="British", tone="expressive"),
    NarratorProfile(voice_id="nova", name="Nova", gender="female", accent="American", tone="bright"),
    NarratorProfile(voice_id="onyx", name="Onyx", gender="male", accent="American", tone="deep"),
    NarratorProfile(voice_id="sage", name="Sage", gender="female", accent="American", tone="thoughtful"),
    NarratorProfile(voice_id="shimmer", name="Shimmer", gender="female", accent="American", tone="gentle"),
)


@dataclass(frozen=True)
class OpenAISpeech:
    """A speech model of OpenAI's API. Long texts are sent in pieces that end with a sentence."""

    model: str
    timeout: float = TIMEOUT
    outside: bool = True

    @property
    def name(self) -> str:
        """The provider and the model."""
        return f"openai:{self.model}"

    async def narrators(self, language: str = "") -> list[NarratorProfile]:
        """Return the API's voices. Raises `MediaFailed` when the configured list is none."""
        return speaking(language, configured_narrators() or list(VOICES))

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        """Return the text as sound. Raises `MediaFailed`."""
        if voice_id not in {narrator.voice_id for narrator in await self.narrators()}:
            raise MediaFailed(f"there is no narrator {voice_id!r}")
        pieces = passages.pieces(passages.read(text), LONGEST)
        with ExitStack() as stack:
            files = [stack.enter_context(scratch()) for _ in pieces]
            async with place(f"speech {self.name}"), connect("FABULA_SPEECH_URL", self.timeout) as client:
                for piece, file in zip(pieces, files, strict=True):
                    await self._read(client, passages.text_of(piece), voice_id, file)
            return await asyncio.to_thread(sound, pieces, files)

    async def _read(self, client: openai.AsyncOpenAI, text: str, voice: str, file: IO[bytes]) -> None:
        async with explained(self.name, self.timeout):
            speech = client.audio.speech.with_streaming_response
            async with speech.create(
                model=self.model, voice=voice, input=text, response_format="mp3"
            ) as answer:
                size = 0
                async for chunk in answer.iter_bytes():
                    size += len(chunk)
                    if size > MOST_AUDIO:
                        raise MediaFailed(f"{self.name} sends more than {MOST_AUDIO:,} bytes")
                    file.write(chunk)


def sound(pieces: list[list[passages.Sentence]], files: Sequence[IO[bytes]]) -> Sound:
    parts = [audio.Part(file, piece[-1].pause) for file, piece in zip(files, pieces, strict=True)]
    joined = audio.normalise(parts)
    silences = audio.silences(BytesIO(joined.data))
    marks: list[Mark] = []
    for piece, span in zip(pieces, joined.spans, strict=True):
        marks += passages.estimated(piece, span, silences)
    return Sound(joined.data, joined.compact, seconds=joined.seconds, marks=marks)
