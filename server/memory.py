"""The process's memory: what is there from the start is looked through once, what is free goes back to the system."""

import asyncio
import contextlib
import ctypes
import gc
from collections.abc import Iterator

EVERY = 10.0


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


async def give_back() -> None:
    """Return free pages to the system: glibc keeps what a hundred streams took for as long as the process lives.

    What runs leave behind refers to itself, and holds its pages until it is collected.
    """
    gc.collect()
    with contextlib.suppress(AttributeError):
        await asyncio.to_thread(ctypes.CDLL(None).malloc_trim, 0)
