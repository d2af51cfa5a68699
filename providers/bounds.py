"""How much is asked of a provider at once: `FABULA_MEDIA_AT_ONCE`, in each process."""

import asyncio
import os
from weakref import WeakKeyDictionary

AT_ONCE = 4
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()


def place(provider: str, most: int = 0) -> asyncio.Semaphore:
    """Return the provider's places, `most` or as many as is set: `async with place(name)` waits for a free one."""
    places = _places.setdefault(asyncio.get_running_loop(), {})
    if provider not in places:
        places[provider] = asyncio.Semaphore(most or at_once())
    return places[provider]


def at_once() -> int:
    """Return how many requests a provider is sent at once."""
    return max(1, int(os.environ.get("FABULA_MEDIA_AT_ONCE", AT_ONCE)))
