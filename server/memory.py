"""The process's memory: what is there from the start is looked through once, what is free goes back to the system."""

import asyncio
import contextlib
import ctypes
import gc
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

EVERY, LATEST = 1.0, 10.0
GROWN = 20_000_000
RESTS = 50


@contextlib.contextmanager
def set_apart() -> Iterator[None]:
    """Leave what is loaded by now out of every later collection.

    Modules, routes and schemas are most of the objects there are, and each full collection would stop the loop to
    look through them in vain.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class Thrift:
    """Returns free pages to the system once the process has grown, or 10 s have passed.

    glibc keeps what a hundred streams took for as long as the process lives. What runs leave behind refers to itself,
    and holds its pages until it is collected. That stops the loop, for half a second where a hundred streams are under
    way, so the next collection waits for fifty times as long as the last one took.
    """

    def __init__(self) -> None:
        # The loop's own threads may all be busy when it matters most.
        self._thread = ThreadPoolExecutor(1, "memory")
        self._size = resident()
        self._at = self._rested = time.monotonic()

    async def give_back(self) -> None:
        """Collect garbage, unless that was done too much of late, and return what is free, if it is time."""
        if resident() < self._size + GROWN and time.monotonic() < self._at + LATEST:
            return
        if time.monotonic() >= self._rested:
            self._collect()
        with contextlib.suppress(AttributeError):
            await asyncio.get_running_loop().run_in_executor(self._thread, ctypes.CDLL(None).malloc_trim, 0)
        self._size, self._at = resident(), time.monotonic()

    def _collect(self) -> None:
        begun = time.monotonic()
        gc.collect()
        ended = time.monotonic()
        self._rested = ended + RESTS * (ended - begun)


def resident() -> int:
    """Return the bytes of memory that the process takes, 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
