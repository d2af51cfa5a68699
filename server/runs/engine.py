"""The engine: accept -> claim -> execute -> events -> settle."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Self
from uuid import UUID, uuid4

import structlog
from psycopg import AsyncConnection

from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.errors import (
    RunFinished,
    RunLost,
    RunNotFinished,
    RunNotFound,
    ThreadNotFound,
    UnknownGraph,
)
from server.runs.execution import Execution, input_of
from server.runs.flusher import Flusher
from server.runs.listener import Listener
from server.runs.log import RunLog, Topic, Topics
from server.runs.models import CancelAction, Event, RunCreate, RunRow, RunStatus
from server.runs.queue import Queue
from server.runs.saver import LeasedSaver, LeasedStore

Settled = Callable[[AsyncConnection[Any], RunRow, str], Awaitable[None]]

PAGE = 500
SLOTS = {"story": 16, "interactive": 16, "media": 4, "default": 16}

logger = structlog.get_logger(__name__)


class Engine:
    """Executes runs in this process, and knows of those in the others.

    `graphs`: compiled graphs by name. `slots`: how many runs of each queue at once. `on_settle` are called as
    `hook(conn, run, status)` in the transaction that settles a run; what they raise keeps the run from settling.
    """

    def __init__(
        self,
        pool: Pool,
        graphs: Mapping[str, Any],
        *,
        slots: Mapping[str, int] | None = None,
        name: str = "",
        on_settle: Sequence[Settled] = (),
    ) -> None:
        self.pool, self.graphs = pool, graphs
        self.name = f"{name or socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.free = dict(SLOTS if slots is None else slots)
        self.on_settle = list(on_settle)
        self.topics = Topics()
        self.flusher = Flusher(pool)
        self.listener = Listener(pool, self._heard, self._reconnected)
        self.queue = Queue(pool, self.free, self._woken)
        self.executions: dict[UUID, Execution] = {}
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._services: list[asyncio.Task[None]] = []
        self._connections = 0
        self._closing = False

    async def __aenter__(self) -> Self:
        services = (self.flusher.work(), self.listener.work(), self.queue.work())
        self._services = [asyncio.create_task(service) for service in services]
        await self.listener.ready.wait()
        for queue in self.free:
            await self._claim_oldest(queue)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        for execution in list(self.executions.values()):
            execution.stop("hand_over")
        while self._tasks:
            await asyncio.wait(self._tasks)
        for service in self._services:
            service.cancel()
        await asyncio.gather(*self._services, return_exceptions=True)

    # accept and claim

    async def accept(self, create: RunCreate, conn: AsyncConnection[Any] | None = None) -> RunRow:
        """Make a run, and start it when nothing comes before it and a slot is free.

        With `conn` it joins the caller's transaction and starts once that has committed. Raises `ThreadNotFound`,
        `ThreadBusy` (multitask_strategy `reject`) or `UnknownGraph`.
        """
        if create.graph_id not in self.graphs:
            raise UnknownGraph(f"there is no graph {create.graph_id!r}")
        if conn:
            return await sql.accept(conn, create, None)
        with self._slot(create.queue) as slot:
            async with self.pool.connection() as own:
                run = await sql.accept(own, create, self.name if slot else None)
            self._start([run] if run.holder == self.name and run.run_id not in self.executions else [])
        return run

    @contextlib.contextmanager
    def _slot(self, queue: str, wanted: int = 1) -> Any:
        """Keep slots of the queue while runs are being claimed; those that start take their own."""
        taken = 0 if self._closing else max(0, min(wanted, self.free.get(queue, 0)))
        if taken:
            self.free[queue] -= taken
        try:
            yield taken
        finally:
            if taken:
                self.free[queue] += taken

    def _start(self, runs: Sequence[RunRow]) -> None:
        for run in runs:
            self.free[run.queue] = self.free.get(run.queue, 0) - 1
            self._spawn(self._execute(run))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _woken(self, run_id: UUID) -> None:
        async with self.pool.connection() as conn:
            row = await sql.queue_of(conn, run_id)
            if row is None:
                return
            with self._slot(row) as slot:
                if slot:
                    self._start(await sql.claim(conn, run_id, self.name))
                else:
                    await sql.notify(conn, f"wake {row}")

    async def _claim_oldest(self, queue: str) -> None:
        with self._slot(queue, 1_000) as slots:
            if slots:
                async with self.pool.connection() as conn:
                    self._start(await sql.claim_oldest(conn, queue, slots, self.name))

    # execute and settle

    async def _execute(self, run: RunRow) -> None:
        following: list[RunRow] = []
        with self.topics.use(run.thread_id) as topic:
            log = RunLog(run, topic)
            execution = self.executions[run.run_id] = Execution(log, self.flusher)
            self.flusher.watch(log)
            try:
                await self._perform(execution)
                following = await self._settle(execution)
            except RunLost:
                logger.warning("run_lost", run_id=str(run.run_id), attempt=run.attempt)
            except Exception:
                logger.exception("run_not_settled", run_id=str(run.run_id))
            finally:
                self.flusher.forget(log)
                if self.executions.get(run.run_id) is execution:
                    del self.executions[run.run_id]
                self.free[run.queue] += 1
                self._start(following)

    async def _perform(self, execution: Execution) -> None:
        run, log = execution.run, execution.log
        log.add("metadata", sql.json({"run_id": str(run.run_id), "attempt": run.attempt}))
        given = input_of(run.kwargs)
        if run.attempt > 1:
            async with self.pool.connection() as conn:
                if await sql.has_checkpoint(conn, run):
                    given = None
        if run.cancel:
            execution.stop(run.cancel)
        parts = {"checkpointer": LeasedSaver(self.pool, log), "store": LeasedStore(self.pool, log)}
        await execution.perform(self.graphs[run.graph_id].copy(update=parts), given)

    async def _settle(self, execution: Execution) -> list[RunRow]:
        run, log = execution.run, execution.log
        if execution.stopped == "lost":
            raise RunLost
        async with log.lock:
            if execution.stopped == "hand_over":
                await patiently(lambda: self._hand_over(execution))
                return []
            _, *following = await patiently(lambda: self._write_settled(execution))
            log.written(list(log.unwritten))
        self._ended(run.run_id, run.thread_id)
        return following

    async def _write_settled(self, execution: Execution) -> list[RunRow]:
        run, log = execution.run, execution.log
        if execution.error:
            ended, thread = "error", "error"
        elif execution.stopped:
            ended = "rollback" if execution.stopped == "rollback" else "interrupted"
            thread = "idle" if ended == "rollback" else "interrupted"
        else:
            ended, thread = "success", "interrupted" if execution.interrupted else "idle"
        queues = (
            []
            if self._closing
            else [queue for queue, free in self.free.items() if free or queue == run.queue]
        )
        async with self.pool.connection() as conn, self._transaction(conn):
            rows = await sql.settle(
                conn, run, ended, thread, execution.error, log.unwritten, self.name, queues
            )
            for hook in self.on_settle:
                await hook(conn, rows[0], rows[0].status)
            return rows

    def _transaction(self, conn: AsyncConnection[Any]) -> Any:
        return conn.transaction() if self.on_settle else contextlib.nullcontext()

    async def _hand_over(self, execution: Execution) -> None:
        log = execution.log
        async with self.pool.connection() as conn, conn.transaction():
            if log.unwritten:
                await sql.append_events(conn, [(log.run, log.unwritten)])
            await sql.hand_over(conn, log.run)

    # news

    def _heard(self, payload: str) -> None:
        kind, *words = payload.split(" ")
        if kind == "events":
            for word in words:
                thread_id, seq = word.split(":")
                if topic := self.topics.get(UUID(thread_id)):
                    topic.note_logged(int(seq))
        elif kind == "settled":
            self._ended(UUID(words[0]), UUID(words[1]) if len(words) > 1 else None)
        elif kind == "cancel":
            self._spawn(self._look_at_cancel(UUID(words[0])))
        elif kind == "wake" and self.free.get(words[0]):
            self._spawn(self._claim_oldest(words[0]))

    def _reconnected(self) -> None:
        self._connections += 1
        self.topics.wake_all()
        for run_id in list(self._waiting):
            self._ended(run_id, None)

    def _ended(self, run_id: UUID, thread_id: UUID | None) -> None:
        if waiting := self._waiting.pop(run_id, None):
            waiting.set_result(None)
        if thread_id and (topic := self.topics.get(thread_id)):
            topic.wake()

    async def _look_at_cancel(self, run_id: UUID) -> None:
        if execution := self.executions.get(run_id):
            async with self.pool.connection() as conn:
                run = await sql.get_run(conn, run_id, execution.run.owner)
            if run and run.cancel and run.attempt == execution.run.attempt:
                execution.stop(run.cancel)

    # what callers ask for

    async def get(self, run_id: UUID, owner: str) -> RunRow:
        """Return the owner's run. Raises `RunNotFound`."""
        async with self.pool.connection() as conn:
            run = await sql.get_run(conn, run_id, owner)
        if run is None:
            raise RunNotFound
        return run

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
        if execution := self.executions.get(run_id):
            execution.stop(action)
        with contextlib.suppress(RunNotFound):
            return await (self.join if wait else self.get)(run_id, owner)
        return None

    async def join(self, run_id: UUID, owner: str) -> RunRow:
        """Return the run when it has ended. Raises `RunNotFound`, also when it was rolled back."""
        while True:
            waiting = self._waiting.setdefault(run_id, asyncio.get_running_loop().create_future())
            run = await self.get(run_id, owner)
            if run.finished:
                return run
            await asyncio.shield(waiting)

    async def stream(
        self, thread_id: UUID, owner: str, *, after: int | None = None, run_id: UUID | None = None
    ) -> AsyncIterator[Event]:
        """Yield the events of a thread that follow `after`: -1 is from the start, `None` from now on.

        With `run_id` those of that run, and it ends when the run has; else it stays open over all the thread's
        runs. Raises `ThreadNotFound` or `RunNotFound`.
        """
        with self.topics.use(thread_id) as topic:
            ended = run_id is not None and await self._has_ended(run_id, thread_id, owner)
            position = await self._position(topic, owner, after, run_id)
            while True:
                seen = topic.version
                events = await self._events(topic, owner, position, run_id)
                for event in events:
                    position = event.seq
                    if run_id in (None, event.run_id):
                        yield event
                if events:
                    continue
                if ended:
                    return
                if run_id and await self._has_ended(run_id, thread_id, owner):
                    ended = True
                    continue
                await topic.wait(seen)

    async def _position(self, topic: Topic, owner: str, after: int | None, run_id: UUID | None) -> int:
        execution = self.executions.get(run_id) if run_id else None
        if execution and execution.run.attempt == 1 and after is not None:
            return max(after, execution.log.floor)
        if run_id and after is not None:
            return max(after, 0)
        async with self.pool.connection() as conn:
            last = await sql.last_seq(conn, topic.thread_id, owner)
        if last is None:
            raise ThreadNotFound
        return max(last, topic.last) if after is None else max(after, 0)

    async def _has_ended(self, run_id: UUID, thread_id: UUID, owner: str) -> bool:
        execution = self.executions.get(run_id)
        run = execution.run if execution else await self.get(run_id, owner)
        if (run.owner, run.thread_id) != (owner, thread_id):
            raise RunNotFound
        return run.finished

    async def _events(self, topic: Topic, owner: str, position: int, run_id: UUID | None) -> Sequence[Event]:
        if topic.covers(position):
            events = topic.after(position)
            if events or topic.logged <= position:
                return events
        async with self.pool.connection() as conn:
            return await sql.read_events(conn, topic.thread_id, owner, position, run_id, PAGE)
