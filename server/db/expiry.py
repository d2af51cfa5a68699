"""Threads and items of the Store whose time is over are deleted, by one process for all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from psycopg.rows import scalar_row

from server.db.pool import Pool

MOST = 500

logger = structlog.get_logger(__name__)


async def sweep_expired(pool: Pool) -> int:
    """Delete what has expired, unless another process just does; return how many threads were deleted."""
    deleted = MOST
    swept = 0
    while deleted == MOST:
        async with pool.connection() as conn, conn.cursor(row_factory=scalar_row) as cursor:
            deleted = await (await cursor.execute("SELECT sweep_expired(%s)", (MOST,))).fetchone() or 0
        swept += deleted
    return swept


@contextlib.asynccontextmanager
async def sweeping(pool: Pool, every: float) -> AsyncIterator[None]:
    """Sweep now and then, every so many seconds."""
    task = asyncio.create_task(_sweep(pool, every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep(pool: Pool, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            if deleted := await sweep_expired(pool):
                logger.info("threads_expired", count=deleted)
        except Exception as error:
            logger.info("not_swept", reason=str(error))
