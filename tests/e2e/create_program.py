"""`fabula` as a program of its own, with a scripted model, a narrator who reads little and a painter of small pictures.

TEST_HOLD is the name of a prompt to wait at for ever, or `sound`.
"""

import asyncio
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from domain.media import NarratorProfile, Picture, PictureWanted, Sound
from providers import images, speech
from providers.scripted import SCRIPTS, Script
from providers.speech.audio import Part, normalise
from server.cli import main
from tests import creations
from tests.e2e import program
from tests.media_servers import picture, tone


def note(line: str) -> None:
    with Path(os.environ["TEST_LOG"]).open("a") as log:
        log.write(f"{line}\n")


class Voice:
    """Hums for a second instead of reading."""

    name, outside = "told:voice", False

    async def narrators(self, language: str = "") -> list[NarratorProfile]:
        return [
            NarratorProfile(voice_id=f"voice-{number}", name=f"Voice {number}", gender="female")
            for number in (1, 2)
        ]

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        note(f"sound {voice_id}")
        if os.environ.get("TEST_HOLD") == "sound":
            await asyncio.sleep(60)
        return speech_of(tone(1.0))


def speech_of(data: bytes) -> Sound:
    joined = normalise([Part(BytesIO(data))])
    return Sound(joined.data, seconds=joined.seconds)


@dataclass
class Painter:
    """Paints everything in one colour."""

    name: str = "told:painter"
    outside: bool = False
    batch: bool = False

    async def draw(self, wanted: list[PictureWanted]) -> list[Picture]:
        note("picture")
        return [Picture(picture(), "image/png", 160, 90, 0.1) for _ in wanted]


def answer(prompt: str, inputs: dict[str, object]) -> object:
    note(prompt)
    return creations.answer(prompt, inputs)


if __name__ == "__main__":
    SCRIPTS["program"] = Script(answer)
    SCRIPTS["program"].gate = program.hold
    speech.PROVIDERS["told"] = lambda _: Voice()
    images.PROVIDERS["told"] = lambda _: Painter()  # type: ignore[assignment,return-value]
    names = {"MODEL": "scripted:program", "SPEECH": "told:voice", "IMAGES": "told:painter"}
    os.environ |= {f"FABULA_{name}": value for name, value in names.items()}
    main()
