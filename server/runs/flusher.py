"""Write the events of all runs of the process, many in one commit."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog

from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.log import RunLog
from server.runs.models import Entry

Store = Callable[[list[Entry], list[Any]], Awaitable[None]]

EVERY = 0.03
GLANCE = 0.01

logger = structlog.get_logger(__name__)


class Flusher:
    """Writes what the runs' logs have gathered, every 30 ms while there is something."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.logs: dict[UUID, RunLog] = {}
        self.dirty = asyncio.Event()

    def watch(self, log: RunLog) -> None:
        """Write the log's events from now on."""
        log.dirty = self.dirty
        self.logs[log.run.run_id] = log

    def forget(self, log: RunLog) -> None:
        """Leave the log alone."""
        if self.logs.get(log.run.run_id) is log:
            del self.logs[log.run.run_id]

    async def work(self) -> None:
        """Write until cancelled."""
        while True:
            await self.dirty.wait()
            await asyncio.sleep(EVERY)
            self.dirty.clear()
            try:
                await self._flush([log for log in self.logs.values() if not log.lock.locked()])
            except Exception:
                logger.exception("events_not_written")
                await asyncio.sleep(1)
                self.dirty.set()

    async def relieve(self, log: RunLog) -> None:
        """Return when the run, which has gathered too many events, may go on."""
        while log.is_full and not log.lost:
            await self._flush([log])
            await asyncio.sleep(GLANCE if log.is_full else 0)

    async def _flush(self, logs: list[RunLog]) -> None:
        async with contextlib.AsyncExitStack() as locks:
            for log in logs:
                await locks.enter_async_context(log.lock)
            if batches := [(log, entries) for log in logs if not log.lost and (entries := log.writable())]:
                try:
                    await self._write(batches)
                except sql.REFUSED:
                    await self._write_each(batches)
            for log in logs:
                if log.is_low and not log.lost:
                    log.add_block(await patiently(lambda log=log: self._reserve(log)))  # type: ignore[misc]

    async def _write(self, batches: list[tuple[RunLog, list[Entry]]]) -> None:
        held = await patiently(lambda: self._append(batches))
        for log, entries in batches:
            log.lost |= log.run.run_id not in held
            log.written(entries)

    async def _write_each(self, batches: list[tuple[RunLog, list[Entry]]]) -> None:
        """Write the logs one by one: what Postgres refuses is one run's matter."""
        for log, entries in batches:

            async def store(entries: list[Entry], _: object, log: RunLog = log) -> None:
                await patiently(lambda: self._append([(log, entries)]))

            await store_each(store, log, entries)

    async def _append(self, batches: list[tuple[RunLog, list[Entry]]]) -> set[UUID]:
        async with self.pool.connection() as conn:
            return await sql.append_events(conn, [(log.run, entries) for log, entries in batches])

    async def _reserve(self, log: RunLog) -> int:
        async with self.pool.connection() as conn:
            return await sql.reserve(conn, log.run)


async def store_each(store: Store, log: RunLog, entries: list[Entry]) -> None:
    """Store events one by one, without those that Postgres refuses."""
    for entry in entries:
        try:
            await store([entry], [])
        except sql.REFUSED as error:
            run_id, name = str(log.run.run_id), repr(entry.event.event)
            logger.error("event_refused", run_id=run_id, event_name=name, reason=str(error))
        log.written([entry])
