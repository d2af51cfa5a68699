"""Pictures by provider, `provider:name`: what is wanted as pictures that were checked."""

import os
from collections.abc import Callable
from typing import Protocol

from domain.errors import MediaFailed, UnknownProvider
from domain.media import Picture, PictureWanted

NONE, OFFLINE, SERVICE = "none:", "offline:illustrator", "service:"


class Images(Protocol):
    """A picture provider.

    `outside` says whether prompts leave this machine, `batch` whether many pictures are one request.
    """

    @property
    def name(self) -> str: ...

    @property
    def outside(self) -> bool: ...

    @property
    def batch(self) -> bool: ...

    async def draw(self, wanted: list[PictureWanted]) -> list[Picture | MediaFailed]:
        """Return a picture, or why there is none, for each that is wanted, in the same order."""
        ...


def default_images() -> str:
    """Return the name of the provider to use when none is named."""
    return os.environ.get("FABULA_IMAGES") or OFFLINE


def get(name: str = "") -> Images:
    """Return a picture provider by its name; an empty name is the default. Raises `UnknownProvider`."""
    name = name or default_images()
    provider, _, rest = name.partition(":")
    if provider not in PROVIDERS:
        known = ", ".join(f"{known}:..." for known in PROVIDERS)
        raise UnknownProvider(f"there is no picture provider {name!r}; a name is one of {known}")
    return PROVIDERS[provider](rest)


def make_none(rest: str) -> Images:
    from providers.images.blank import Blank

    return Blank()


def make_offline(rest: str) -> Images:
    from providers.images.illustrator import Illustrator

    if rest != "illustrator":
        raise UnknownProvider(f"there is no picture provider 'offline:{rest}'; there is {OFFLINE}")
    return Illustrator()


def make_openai(rest: str) -> Images:
    from providers.images.openai import OpenAIImages

    return OpenAIImages(rest)


def make_service(rest: str) -> Images:
    from providers.images.service import ImageService

    return ImageService()


PROVIDERS: dict[str, Callable[[str], Images]] = {
    "service": make_service,
    "openai": make_openai,
    "offline": make_offline,
    "none": make_none,
}
