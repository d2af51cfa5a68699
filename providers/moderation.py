"""Moderation by provider: whether texts may be used, and what speaks against it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.errors import UnknownProvider
from domain.rating import Verdict, explicit_words


class Moderation(Protocol):
    """A moderation provider. `outside` says whether texts leave this machine."""

    @property
    def name(self) -> str: ...

    @property
    def outside(self) -> bool: ...

    async def check(self, texts: Sequence[str]) -> Verdict:
        """Judge texts together. Raises `ModerationFailed` when there is no judgement."""
        ...


def get(name: str = "") -> Moderation:
    """Return a moderation provider by its name; an empty name is the default. Raises `UnknownProvider`."""
    name = name or os.environ.get("FABULA_MODERATION") or "none"
    provider, _, rest = name.partition(":")
    if provider not in PROVIDERS:
        raise UnknownProvider(f"there is no moderation {name!r}; there are none, words and openai:...")
    return PROVIDERS[provider](rest)


@dataclass(frozen=True)
class Unmoderated:
    """No moderation: everything is allowed."""

    name: str = "none"
    outside: bool = False

    async def check(self, texts: Sequence[str]) -> Verdict:
        """Allow everything."""
        return Verdict()


@dataclass(frozen=True)
class Words:
    """A list of words that no clean text needs."""

    name: str = "words"
    outside: bool = False

    async def check(self, texts: Sequence[str]) -> Verdict:
        """Refuse texts with explicit words."""
        found = [word for text in texts for word in explicit_words(text)]
        return Verdict(not found, ["explicit"] if found else [])


def make_none(rest: str) -> Moderation:
    return Unmoderated()


def make_words(rest: str) -> Moderation:
    return Words()


def make_openai(rest: str) -> Moderation:
    from providers.openai_moderation import OpenAIModeration

    return OpenAIModeration(rest or "omni-moderation-latest")


PROVIDERS: dict[str, Callable[[str], Moderation]] = {
    "none": make_none,
    "words": make_words,
    "openai": make_openai,
}
