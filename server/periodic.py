"""Work that is done now and then, for as long as a server runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

logger = structlog.get_logger(__name__)


@asynccontextmanager
async def now_and_then(name: str, every: float, work: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Do work meanwhile, every so many seconds; what fails is logged by its name and done again the next time."""
    task = asyncio.create_task(_repeat(name, every, work))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(name: str, every: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await work()
        except Exception as error:
            logger.warning("not_done", work=name, reason=str(error))
