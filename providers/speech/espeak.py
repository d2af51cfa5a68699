"""Speech without a network, by espeak-ng: each text in a process of its own. An optional extra, since it is GPL."""

import asyncio
import json
import wave
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from domain.errors import MediaFailed
from domain.media import NarratorProfile, Sound
from providers.bounds import place
from providers.programs import run_program
from providers.speech import audio, passages

PROGRAM = Path(__file__).with_name("espeak_program.py")


@dataclass(frozen=True)
class Voice:
    """How espeak-ng makes a narrator's voice. `rate` is its own measure, near words a minute."""

    file: str
    rate: int
    pitch: int
    spread: int
    name: str
    gender: str
    accent: str
    tone: str


VOICES = {
    "en-GB-male-1": Voice("gmw/en-GB-x-rp+m3", 146, 38, 55, "Edmund", "male", "British", "calm, measured"),
    "en-GB-female-1": Voice("gmw/en-GB-x-rp+f2", 152, 48, 60, "Harriet", "female", "British", "clear, warm"),
    "en-US-male-1": Voice("gmw/en-US+m1", 150, 34, 50, "Walter", "male", "American", "deep, dry"),
    "en-US-female-1": Voice("gmw/en-US+f4", 156, 46, 62, "June", "female", "American", "bright, lively"),
    "en-GB-scotland-male-1": Voice(
        "gmw/en-GB-scotland+m7", 146, 40, 66, "Callum", "male", "Scottish", "rough, lilting"
    ),
    "en-GB-lancaster-female-1": Voice(
        "gmw/en-GB-x-gbclan+f3", 150, 44, 58, "Edith", "female", "Lancastrian", "plain, homely"
    ),
    "en-029-female-1": Voice(
        "gmw/en-029+f5", 152, 50, 70, "Marisol", "female", "Caribbean", "sunny, unhurried"
    ),
    "en-US-nyc-male-1": Voice("gmw/en-US-nyc+m5", 150, 32, 48, "Sal", "male", "New York", "wry, brisk"),
}


@dataclass(frozen=True)
class Espeak:
    """The narrators of espeak-ng."""

    name: str = "offline:espeak"
    outside: bool = False

    async def narrators(self) -> list[NarratorProfile]:
        """Return the narrators, of both genders and several accents."""
        return [profile(voice_id) for voice_id in VOICES]

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        """Return the text as sound. Raises `MediaFailed`."""
        voice = VOICES.get(voice_id)
        if voice is None:
            raise MediaFailed(f"there is no narrator {voice_id!r}")
        found = passages.read(text)
        async with place(f"speech {self.name}"):
            head, samples = await spoken(voice, found)
            return await asyncio.to_thread(sound, found, head, samples)


def profile(voice_id: str) -> NarratorProfile:
    voice = VOICES[voice_id]
    return NarratorProfile(
        voice_id=voice_id, name=voice.name, gender=voice.gender, accent=voice.accent, tone=voice.tone
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
    return Sound(joined.data, seconds=joined.seconds, marks=passages.exact(found, spans))


def as_wave(rate: int, samples: bytes) -> BytesIO:
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return out
