"""How long other services take to answer: told to whoever listens, since providers do not know who measures."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, float, bool], None]

LISTENERS: list[Listener] = []


@contextmanager
def outside_call(service: str) -> Iterator[None]:
    """Time what is done within, and tell all listeners the service, the seconds and whether it went well.

    `service` is one of few: a provider's name, never an address or an id.
    """
    started, succeeded = time.perf_counter(), False
    try:
        yield
        succeeded = True
    finally:
        seconds = time.perf_counter() - started
        for listener in LISTENERS:
            listener(service, seconds, succeeded)
