"""Speech without a network, by espeak-ng: each text in a process of its own. An optional extra, since it is GPL."""

import asyncio
import json
import wave
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from domain.errors import MediaFailed
from domain.languages import ENGLISH
from domain.media import NarratorProfile, Sound
from providers.bounds import here, place
from providers.programs import run_program
from providers.speech import audio, passages
from providers.speech.espeak_voices import Voice, find_voice, language_of, voices_of

PROGRAM = Path(__file__).with_name("espeak_program.py")


@dataclass(frozen=True)
class Espeak:
    """The narrators of espeak-ng."""

    name: str = "offline:espeak"
    outside: bool = False

    async def narrators(self, language: str = "") -> list[NarratorProfile]:
        """Return the narrators of a language, of both genders; in English, also of several accents."""
        return [profile(voice_id, voice) for voice_id, voice in voices_of(language or ENGLISH).items()]

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        """Return the text as sound. Raises `MediaFailed`."""
        voice = find_voice(voice_id)
        if voice is None:
            raise MediaFailed(f"there is no narrator {voice_id!r}")
        found = passages.read(text)
        async with place(f"speech {self.name}", here()):
            head, samples = await spoken(voice, found)
            return await asyncio.to_thread(sound, found, head, samples)


def profile(voice_id: str, voice: Voice) -> NarratorProfile:
    return NarratorProfile(
        voice_id=voice_id,
        name=voice.name,
        gender=voice.gender,
        accent=voice.accent,
        tone=voice.tone,
        language=language_of(voice_id),
    )


async def spoken(voice: Voice, found: list[passages.Sentence]) -> tuple[dict[str, Any], bytes]:
    """Run the program; it ends with the task that waits for it."""
    wanted = {
        "voice": voice.file,
        "rate": voice.rate,
        "pitch": voice.pitch,
        "range": voice.spread,
        "pieces": [[passages.aloud(each.text), each.pause] for each in found],
    }
    out = await run_program(PROGRAM, json.dumps(wanted).encode(), name="espeak-ng")
    head, _, samples = out.partition(b"\n")
    return json.loads(head), samples


def sound(found: list[passages.Sentence], head: dict[str, Any], samples: bytes) -> Sound:
    joined = audio.normalise([audio.Part(as_wave(head["rate"], samples))])
    begin = joined.spans[0][0]
    spans = [(begin + start / head["rate"], begin + end / head["rate"]) for start, end in head["spans"]]
    return Sound(joined.data, joined.compact, seconds=joined.seconds, marks=passages.exact(found, spans))


def as_wave(rate: int, samples: bytes) -> BytesIO:
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return out
