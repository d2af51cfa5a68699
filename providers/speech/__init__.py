"""Speech by provider, `provider:name`: who can narrate, and a text as sound within the audiobook norm."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Protocol

from domain.errors import UnknownProvider
from domain.languages import is_english
from domain.media import NarratorProfile, Sound

NONE, OFFLINE, SERVICE = "none:", "offline:espeak", "service:"


class Speech(Protocol):
    """A speech provider. `outside` says whether the text leaves this machine."""

    @property
    def name(self) -> str: ...

    @property
    def outside(self) -> bool: ...

    async def narrators(self, language: str = "") -> list[NarratorProfile]:
        """Return who can narrate, or who can in one language. Raises `MediaFailed`."""
        ...

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        """Return the text as sound within the audiobook norm, with a mark for each sentence.

        Raises `MediaFailed`, also for a voice that there is not.
        """
        ...


def default_speech() -> str:
    """Return the name of the provider to use when none is named."""
    if name := os.environ.get("FABULA_SPEECH"):
        return name
    return OFFLINE if find_spec("espeakng_loader") else NONE


def get(name: str = "") -> Speech:
    """Return a speech provider by its name; an empty name is the default. Raises `UnknownProvider`."""
    name = name or default_speech()
    provider, _, rest = name.partition(":")
    if provider not in PROVIDERS:
        known = ", ".join(f"{known}:..." for known in PROVIDERS)
        raise UnknownProvider(f"there is no speech provider {name!r}; a name is one of {known}")
    return PROVIDERS[provider](rest)


async def narrators_for(speech: Speech, language: str) -> list[NarratorProfile]:
    """Return all who can be chosen, those of the language first. Raises `MediaFailed`."""
    everybody = await speech.narrators()
    if is_english(language):
        return everybody
    own = await speech.narrators(language)
    return own + [one for one in everybody if one not in own]


def make_none(rest: str) -> Speech:
    from providers.speech.silent import Silent

    return Silent()


def make_offline(rest: str) -> Speech:
    from providers.speech.espeak import Espeak

    if rest != "espeak":
        raise UnknownProvider(f"there is no speech provider 'offline:{rest}'; there is {OFFLINE}")
    return Espeak()


def make_openai(rest: str) -> Speech:
    from providers.speech.openai import OpenAISpeech

    return OpenAISpeech(rest)


def make_service(rest: str) -> Speech:
    from providers.speech.service import SpeechService

    return SpeechService()


PROVIDERS: dict[str, Callable[[str], Speech]] = {
    "service": make_service,
    "openai": make_openai,
    "offline": make_offline,
    "none": make_none,
}
