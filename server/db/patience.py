"""Wait out a Postgres that is away for a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from psycopg import OperationalError
from psycopg.errors import TooManyConnections
from psycopg_pool import PoolClosed

Result = TypeVar("Result")

PATIENCE = 60.0
LONGEST_PAUSE = 1.0
# 08: connection exceptions; 57P: the server shuts down, crashed or starts up.
AWAY = ("08", "57P")


async def patiently(operation: Callable[[], Awaitable[Result]], patience: float = PATIENCE) -> Result:
    """Do the operation, again and again while Postgres is away, for a minute at most.

    The operation may have happened when its connection broke, so it must be one that can be done twice.
    """
    deadline = time.monotonic() + patience
    for pause in _pauses():
        try:
            return await operation()
        except OperationalError as error:
            if not is_away(error) or time.monotonic() + pause > deadline:
                raise
        await asyncio.sleep(pause)
    raise AssertionError


def is_away(error: OperationalError) -> bool:
    """Say whether the error means that Postgres could not be reached, not that it refused something."""
    if isinstance(error, PoolClosed):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(AWAY) or isinstance(error, TooManyConnections)


def _pauses() -> Iterator[float]:
    pause = 0.05
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
