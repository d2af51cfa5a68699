"""Write the events of all runs of the process, many in one commit."""

import asyncio
import contextlib
from uuid import UUID

import structlog

from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.log import RunLog
from server.runs.models import Event

EVERY = 0.03
MOST_BYTES = 8_000_000

logger = structlog.get_logger(__name__)


class Flusher:
    """Writes what the runs' logs have gathered, every 30 ms while there is something."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.logs: dict[UUID, RunLog] = {}
        self.dirty = asyncio.Event()

    def watch(self, log: RunLog) -> None:
        log.dirty = self.dirty
        self.logs[log.run.run_id] = log

    def forget(self, log: RunLog) -> None:
        self.logs.pop(log.run.run_id, None)

    async def work(self) -> None:
        """Write until cancelled."""
        while True:
            await self.dirty.wait()
            await asyncio.sleep(EVERY)
            self.dirty.clear()
            try:
                await self.flush()
            except Exception:
                logger.exception("events_not_written")
                await asyncio.sleep(1)
                self.dirty.set()

    async def flush(self) -> None:
        """Write everything that is unwritten and not just being written by the run itself."""
        async with contextlib.AsyncExitStack() as locks:
            logs = [
                log for log in self.logs.values() if log.unwritten and not log.lost and not log.lock.locked()
            ]
            for log in logs:
                await locks.enter_async_context(log.lock)
            if batches := [(log, list(log.unwritten)) for log in logs if log.unwritten]:
                held = await patiently(lambda: self._append(batches))
                for log, events in batches:
                    log.lost = log.run.run_id not in held
                    log.written(events)
            for log in logs:
                if log.is_low and not log.lost:
                    await self._reserve(log)

    async def write(self, log: RunLog) -> None:
        """Write one run's events now; for a run that has gathered too many."""
        async with log.lock:
            if events := list(log.unwritten):
                held = await patiently(lambda: self._append([(log, events)]))
                log.lost = log.run.run_id not in held
                log.written(events)
            if log.is_low and not log.lost:
                await self._reserve(log)

    async def _append(self, batches: list[tuple[RunLog, list[Event]]]) -> set[UUID]:
        async with self.pool.connection() as conn:
            return await sql.append_events(conn, [(log.run, events) for log, events in batches])

    async def _reserve(self, log: RunLog) -> None:
        async def reserve() -> int:
            async with self.pool.connection() as conn:
                return await sql.reserve(conn, log.run)

        log.add_block(await patiently(reserve))
