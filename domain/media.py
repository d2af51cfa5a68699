"""Sound and pictures: who narrates, what is wanted of a provider, what it made, and where the store keeps it."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from domain.story import Model

# The ending of a recording's compact twin, which lies beside it.
COMPACT = ".m4a"
AspectRatio = Literal["16:9", "1:1", "9:16"]


class NarratorProfile(Model):
    """A voice that reads stories. `sample_url` is empty where the provider has none of its own, and `language` where
    it speaks whatever it is given.
    """

    voice_id: str
    name: str
    gender: str = ""
    accent: str = ""
    tone: str = ""
    sample_url: str = ""
    language: str = ""


class Mark(Model):
    """Where a sentence stands in its sound, in seconds."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str


class AudioSegment(Model):
    """A scene as it is read, kept in the object store under `key`. `duration` is seconds."""

    scene_id: str
    scene_number: int
    key: str
    media_type: str = "audio/mpeg"
    duration: float
    format: str = "mp3"
    voice_id: str = ""
    provider: str = ""
    marks: list[Mark] = Field([])


class GeneratedImage(Model):
    """A scene's picture, kept in the object store under `key`. `generation_time` is seconds."""

    scene_id: str
    scene_number: int
    key: str
    media_type: str = "image/png"
    width: int
    height: int
    prompt: str = ""
    style: str = ""
    alt: str = ""
    provider: str = ""
    generation_time: float = 0.0


@dataclass(frozen=True)
class Sound:
    """Spoken text, normalised: MP3, 192 kbit/s, 44.1 kHz, one channel. `seconds` is its length.

    `compact` is the same for books that carry sound: AAC in MP4, 64 kbit/s, 24 kHz, one channel.
    """

    data: bytes = field(repr=False)
    compact: bytes = field(default=b"", repr=False)
    media_type: str = "audio/mpeg"
    seconds: float = 0.0
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class PictureWanted:
    """A picture to draw. `prompt` says it all in words; what follows `aspect_ratio` says the same in parts.

    `characters` are descriptions: the same words give the same figure in every scene of a story.
    `seed` is the story's, not the scene's: pictures with the same seed belong together.
    """

    scene_id: str
    title: str = ""
    prompt: str = ""
    style: str = ""
    aspect_ratio: AspectRatio = "16:9"
    setting: str = ""
    characters: list[str] = field(default_factory=list)
    mood: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Picture:
    """A drawn picture. `seconds` is how long drawing took."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int
    seconds: float = 0.0
