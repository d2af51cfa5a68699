"""No speech: a server without a voice says so."""

from dataclasses import dataclass

from domain.errors import MediaFailed
from domain.media import NarratorProfile, Sound


@dataclass(frozen=True)
class Silent:
    """A provider that has no voice."""

    name: str = "none:"
    outside: bool = False

    async def narrators(self, language: str = "") -> list[NarratorProfile]:
        """Return nobody."""
        return []

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        """Raise `MediaFailed`."""
        raise MediaFailed("this server has no speech")
