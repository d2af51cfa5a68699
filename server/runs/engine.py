"""The engine: accept -> claim -> execute -> events -> settle."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Self
from uuid import UUID, uuid4

import structlog
from psycopg import AsyncConnection

from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.errors import RunFinished, RunNotFinished, RunNotFound, UnknownGraph
from server.runs.heart import Heart
from server.runs.listener import Listener
from server.runs.models import CancelAction, Event, RunCreate, RunRow, RunStatus
from server.runs.queue import Queue
from server.runs.reader import Reader
from server.runs.sweeper import Sweeper
from server.runs.topics import Topics
from server.runs.worker import Settled, Worker

Also = Callable[[AsyncConnection[Any], RunRow], Awaitable[None]]

SLOTS = {"story": 16, "interactive": 16, "media": 4, "default": 16}

logger = structlog.get_logger(__name__)


class Engine:
    """Executes runs in this process, and knows of those in the others.

    `graphs`: by name, what is copied and streamed as a compiled graph is. `slots`: how many runs of each queue at
    once; a queue that is not named here is left to other processes. `on_settle` are called as
    `hook(conn, run, status)` in the transaction that settles a run, if it is `concerned`; what they raise keeps the
    run from settling. An attempt that executes for longer than `run_timeout` seconds is ended.
    """

    def __init__(
        self,
        pool: Pool,
        graphs: Mapping[str, Any],
        *,
        slots: Mapping[str, int] | None = None,
        name: str = "",
        on_settle: Sequence[Settled] = (),
        concerned: Callable[[RunRow], bool] = lambda run: True,
        events_kept: float = 24 * 3600,
        run_timeout: float = 3600,
    ) -> None:
        self.pool, self.graphs = pool, graphs
        self.name = f"{name or socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.topics = Topics()
        slots = SLOTS if slots is None else slots
        self.worker = Worker(
            pool, graphs, slots, self.name, self.topics, on_settle, concerned, self._ended, run_timeout
        )
        self.reader = Reader(pool, graphs, self.topics, self.worker.executions)
        self._listener = Listener(pool, self._heard, self.reader.look_again)
        self._queue = Queue(pool, slots, self.worker.claim)
        self._heart = Heart(pool, self.name, self.worker.free_queues, self._beaten)
        self._sweeper = Sweeper(pool, self._queue, events_kept)
        self._orphans: dict[tuple[UUID, int], float] = {}
        self._services: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        services = (self.worker.flusher, self._listener, self._heart, self._queue, self._sweeper)
        self._services = [asyncio.create_task(service.work()) for service in services]
        await self._listener.ready.wait()
        async with self.pool.connection() as conn:
            await sql.enter(conn, self.name)
        for queue in self.worker.free_queues():
            await self.worker.claim_oldest(queue)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.worker.close()
        for service in self._services:
            service.cancel()
        await asyncio.gather(*self._services, return_exceptions=True)
        with contextlib.suppress(Exception):
            async with self.pool.connection(timeout=1) as conn:
                await sql.leave(conn, self.name)

    async def accept(
        self, create: RunCreate, conn: AsyncConnection[Any] | None = None, *, also: Also | None = None
    ) -> RunRow:
        """Make a run, and start it when nothing comes before it and a slot is free.

        `also(conn, run)` is called in the same transaction and may refuse by raising. With `conn` the run joins the
        caller's transaction instead, and starts when that has committed. Raises `ThreadNotFound`,
        `ThreadBusy` (with multitask_strategy `reject`) or `UnknownGraph`.
        """
        if create.graph_id not in self.graphs:
            raise UnknownGraph(f"there is no graph {create.graph_id!r}")
        if conn:
            engine = self.name if create.queue in self.worker.free_queues() else None
            return await sql.accept(conn, create, engine, later=True)
        with self.worker.slots(create.queue) as slot:
            engine = self.name if slot else None
            if also:
                run = await self._accept_with(create, engine, also)
            else:
                run = await patiently(lambda: self._accept(create, engine))
            if run.run_id == create.run_id and run.holder == self.name:
                self.worker.start([run])
        return run

    async def _accept(self, create: RunCreate, engine: str | None) -> RunRow:
        async with self.pool.connection() as conn:
            return await sql.accept(conn, create, engine)

    async def _accept_with(self, create: RunCreate, engine: str | None, also: Also) -> RunRow:
        async with self.pool.connection() as conn, conn.transaction():
            run = await sql.accept(conn, create, engine)
            await also(conn, run)
        return run

    async def get(self, run_id: UUID, owner: str) -> RunRow:
        """Return the owner's run. Raises `RunNotFound`."""
        return await self.reader.get(run_id, owner)

    async def list(
        self,
        thread_id: UUID,
        owner: str,
        *,
        status: RunStatus | None = None,
        limit: int = 10,
        offset: int = 0,
    ) -> list[RunRow]:
        """Return the runs of the owner's thread, newest first."""
        async with self.pool.connection() as conn:
            return await sql.list_runs(conn, thread_id, owner, status, limit, offset)

    async def delete(self, run_id: UUID, owner: str) -> None:
        """Delete a run that has ended, and its events. Raises `RunNotFound` or `RunNotFinished`."""
        async with self.pool.connection() as conn:
            if await sql.delete_run(conn, run_id, owner):
                return
        await self.get(run_id, owner)
        raise RunNotFinished

    async def cancel(
        self, run_id: UUID, owner: str, *, action: CancelAction = "interrupt", wait: bool = False
    ) -> RunRow | None:
        """Have a run end, wherever it runs; with `wait`, return when it has.

        Returns the run, or `None` when it was rolled back. Raises `RunNotFound` or `RunFinished`.
        """
        async with self.pool.connection() as conn:
            status = await sql.cancel(conn, run_id, owner, action)
        if status is None:
            raise RunNotFound
        if status not in ("pending", "running"):
            raise RunFinished
        if execution := self.worker.executions.get(run_id):
            execution.stop(action)
        with contextlib.suppress(RunNotFound):
            return await (self.join if wait else self.get)(run_id, owner)
        return None

    async def join(self, run_id: UUID, owner: str) -> RunRow:
        """Return the run when it has ended. Raises `RunNotFound`, also when it was rolled back."""
        return await self.reader.join(run_id, owner)

    def stream(
        self, thread_id: UUID, owner: str, *, after: int | None = None, run_id: UUID | None = None
    ) -> AsyncIterator[Event]:
        """Yield the events of a thread that follow `after`: -1 is from the start, `None` from now on.

        With `run_id` those of that run, and it ends when the run has; else it stays open over all the thread's
        runs. Raises `ThreadNotFound` or `RunNotFound`.
        """
        return flat(self.reader.stream(thread_id, owner, after, run_id))

    def batches(
        self, thread_id: UUID, owner: str, *, after: int | None = None, run_id: UUID | None = None
    ) -> AsyncIterator[Sequence[Event]]:
        """Yield what `stream` does, all at once that is there."""
        return self.reader.stream(thread_id, owner, after, run_id)

    # news

    def _ended(self, run_id: UUID, thread_id: UUID | None, settled: RunRow | None) -> None:
        if settled and settled.finished and settled.cancel != "rollback":
            self.reader.settled(settled)
        self.reader.ended(run_id, thread_id)

    def _heard(self, payload: str) -> None:
        kind, *words = payload.split(" ")
        if kind == "events":
            for word in words:
                thread_id, seq = word.split(":")
                if topic := self.topics.get(UUID(thread_id)):
                    topic.note_logged(int(seq))
        elif kind == "settled":
            self.reader.ended(UUID(words[0]), UUID(words[1]))
        elif kind == "deleted" and (topic := self.topics.get(UUID(words[0]))):
            topic.doubt()
        elif kind == "cancel" and UUID(words[0]) in self.worker.executions:
            self.worker.executions[UUID(words[0])].stop("rollback" if words[1] == "rollback" else "interrupt")
        elif kind == "claim" and words[1] == self.name:
            self.worker.spawn(self.worker.claim(UUID(words[0])))
        elif kind == "wake" and words[0] in self.worker.free_queues():
            self.worker.spawn(self.worker.claim_oldest(words[0]))

    async def _give_back(self, held: set[tuple[UUID, int]]) -> None:
        """Give back what this process holds and does not execute, once every claim under way then has ended."""
        known, now = self.worker.claimed_until(), time.monotonic()
        orphans = held - set(self.worker.attempts())
        self._orphans = {each: self._orphans.get(each, now) for each in orphans}
        for each, since in list(self._orphans.items()):
            if since < known and each not in self.worker.attempts():
                await self.worker.give_back(*each)

    async def _beaten(self, beat: dict[str, Any], started: float) -> None:
        held = {UUID(run_id): (attempt, cancel) for run_id, attempt, cancel in beat["held"]}
        for run_id, execution in list(self.worker.executions.items()):
            attempt, cancel = held.get(run_id, (None, None))
            if attempt != execution.run.attempt and execution.began < started:
                execution.stop("lost")
            elif attempt == execution.run.attempt and cancel:
                execution.stop(cancel)
        await self._give_back({(run_id, attempt) for run_id, (attempt, _) in held.items()})
        if self._heart.is_young:
            self.reader.look_again()
        for queue in beat["waiting"]:
            self.worker.spawn(self.worker.claim_oldest(queue))


async def flat(batches: AsyncIterator[Sequence[Event]]) -> AsyncIterator[Event]:
    """Yield the events one by one."""
    async with contextlib.aclosing(batches) as found:  # type: ignore[type-var]
        async for events in found:
            for event in events:
                yield event
