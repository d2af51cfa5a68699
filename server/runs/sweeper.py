"""What is done now and then, by one process for all."""

import asyncio

import structlog

from server.db.pool import Pool
from server.runs import sql
from server.runs.queue import Queue

EVERY = 30.0
TEMPORARY_KEPT = 60.0

logger = structlog.get_logger(__name__)


class Sweeper:
    """Forgets old events and temporary threads, and gives the jobs of dead workers to others."""

    def __init__(self, pool: Pool, queue: Queue, events_kept: float) -> None:
        self.pool, self.queue, self.events_kept = pool, queue, events_kept

    async def work(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.sweep()
            except Exception as error:
                logger.info("not_swept", reason=str(error))

    async def sweep(self) -> None:
        """Sweep once, unless another process just does."""
        async with self.pool.connection() as conn:
            await sql.sweep(conn, self.events_kept, TEMPORARY_KEPT)
        await self.queue.sweep()
