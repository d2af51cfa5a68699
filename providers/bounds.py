"""How much is asked of a provider at once: `FABULA_MEDIA_AT_ONCE`, in each process.

Eight have six scenes and a cover made in one go. What this machine does itself is bounded by its processors.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from domain.outside import outside_call

AT_ONCE = 8
_limit: ContextVar[tuple[asyncio.Timeout, float] | None] = ContextVar("limit", default=None)
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, "Places"]] = WeakKeyDictionary()


class Places(asyncio.Semaphore):
    """A provider's places. How long each is taken is told to whoever listens in `domain.outside`."""

    def __init__(self, provider: str, most: int) -> None:
        super().__init__(most)
        self.provider = provider.rpartition(" ")[2] if "://" in provider else provider
        self._calls: dict[object, AbstractContextManager[None]] = {}

    async def __aenter__(self) -> None:
        limit, seconds = _limit.get() or (None, 0.0)
        if limit:
            limit.reschedule(None)
        await super().__aenter__()
        if limit:
            limit.reschedule(asyncio.get_running_loop().time() + seconds)
        call = self._calls[asyncio.current_task()] = outside_call(self.provider)
        call.__enter__()

    async def __aexit__(self, *raised: Any) -> None:
        await super().__aexit__(*raised)
        self._calls.pop(asyncio.current_task()).__exit__(*raised)


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """Raise `TimeoutError` when what is done within takes longer; waiting for a place does not count."""
    async with asyncio.timeout(seconds) as limit:
        token = _limit.set((limit, seconds))
        try:
            yield
        finally:
            _limit.reset(token)


def place(provider: str, most: int = 0) -> Places:
    """Return the provider's places, `most` or as many as is set: `async with place(name)` waits for a free one."""
    places = _places.setdefault(asyncio.get_running_loop(), {})
    if provider not in places:
        places[provider] = Places(provider, most or at_once())
    return places[provider]


def at_once() -> int:
    """Return how many requests a provider is sent at once."""
    return max(1, int(os.environ.get("FABULA_MEDIA_AT_ONCE", AT_ONCE)))


def here() -> int:
    """Return how much of what takes a processor is done at once."""
    return min(at_once(), os.cpu_count() or 1)
