"""The runs that this process executes: slots, claiming, executing, settling."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.encoding import encode
from server.runs.errors import RunLost
from server.runs.execution import Execution, input_of
from server.runs.flusher import Flusher
from server.runs.log import RunLog
from server.runs.models import RunRow
from server.runs.saver import LeasedSaver, LeasedStore
from server.runs.takeover import go_on
from server.runs.topics import Topics
from server.store_view import OwnedStore

Settled = Callable[[AsyncConnection[Any], RunRow, str], Awaitable[None]]
Ended = Callable[[UUID, UUID | None, RunRow | None], None]

# After that the lease ends, too.
HANDS_OVER_WITHIN = 5.0

logger = structlog.get_logger(__name__)


class Worker:
    """Executes claimed runs, one for each slot of their queues. `ended` is called when one has settled."""

    def __init__(
        self,
        pool: Pool,
        graphs: Mapping[str, Any],
        slots: Mapping[str, int],
        name: str,
        topics: Topics,
        on_settle: Sequence[Settled],
        concerned: Callable[[RunRow], bool],
        ended: Ended,
        run_timeout: float,
    ) -> None:
        self.pool, self.graphs, self.free, self.name = pool, graphs, dict(slots), name
        self.topics, self.on_settle, self.concerned, self.ended = topics, list(on_settle), concerned, ended
        self.run_timeout = run_timeout
        self.flusher = Flusher(pool)
        self.executions: dict[UUID, Execution] = {}
        self.closing = False
        self._claims: dict[object, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Hand all runs on, and return when that is done."""
        self.closing = True
        while self._tasks:
            for execution in list(self.executions.values()):
                execution.stop("hand_over")
            await asyncio.wait(self._tasks, timeout=1)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside, and before the process ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("task_failed", exc_info=error)

    def attempts(self) -> list[tuple[UUID, int]]:
        """Return the attempts that are under way here."""
        return [(run_id, execution.run.attempt) for run_id, execution in self.executions.items()]

    async def give_back(self, run_id: UUID, attempt: int) -> None:
        """Let a run that this process should execute and does not be claimed again."""
        logger.warning("run_given_back", run_id=str(run_id), attempt=attempt)
        async with self.pool.connection() as conn:
            await sql.hand_over(conn, run_id, attempt)

    # slots

    def free_queues(self) -> list[str]:
        """Return the queues that have a free slot here."""
        return [] if self.closing else [queue for queue, free in self.free.items() if free > 0]

    @contextlib.contextmanager
    def slots(self, queue: str, wanted: int = 1) -> Iterator[int]:
        """Keep slots while runs are being claimed for them; `start` takes them again."""
        kept = 0 if self.closing else max(0, min(wanted, self.free.get(queue, 0)))
        self.free[queue] = self.free.get(queue, 0) - kept
        try:
            with self.claiming():
                yield kept
        finally:
            self.free[queue] += kept

    @contextlib.contextmanager
    def claiming(self) -> Iterator[None]:
        """Note that runs may be claimed meanwhile that this process does not know of yet."""
        token = object()
        self._claims[token] = time.monotonic()
        try:
            yield
        finally:
            del self._claims[token]

    def claimed_until(self) -> float:
        """Return the time of which every claim of this process is known to it."""
        return min(self._claims.values(), default=time.monotonic())

    def start(self, runs: Sequence[RunRow]) -> None:
        """Execute runs that were claimed for this process."""
        for run in runs:
            known = self.executions.get(run.run_id)
            if known and known.run.attempt == run.attempt:
                continue
            self.free[run.queue] -= 1
            with contextlib.ExitStack() as stack:
                log = RunLog(run, stack.enter_context(self.topics.use(run.thread_id)))
                execution = self.executions[run.run_id] = Execution(log, self.flusher)
                self.spawn(self._execute(execution, stack.pop_all()))

    async def claim(self, run_id: UUID) -> None:
        """Claim the run if it can start; without a slot for it, let the other processes know."""
        async with self.pool.connection() as conn:
            queue = await sql.queue_of(conn, run_id)
            if queue is None:
                return
            with self.slots(queue) as slot:
                if slot:
                    self.start(await sql.claim(conn, run_id, self.name))
                else:
                    await sql.notify(conn, f"wake {queue}")

    async def claim_oldest(self, queue: str) -> None:
        """Claim as many runs of the queue as there are slots."""
        with self.slots(queue, sum(self.free.values())) as slots:
            if slots:
                async with self.pool.connection() as conn:
                    self.start(await sql.claim_oldest(conn, queue, slots, self.name))

    # executing

    async def _execute(self, execution: Execution, stack: contextlib.ExitStack) -> None:
        run, log = execution.run, execution.log
        rows: list[RunRow] = []
        self.flusher.watch(log)
        saver = LeasedSaver(self.pool, log)
        try:
            await self._perform(execution, saver)
            stack.enter_context(self.claiming())
            rows = await self._settle(execution, saver)
        except RunLost:
            logger.warning("run_lost", run_id=str(run.run_id), attempt=run.attempt)
        except Exception:
            logger.exception("run_not_settled", run_id=str(run.run_id))
        finally:
            self.flusher.forget(log)
            if self.executions.get(run.run_id) is execution:
                del self.executions[run.run_id]
            self.free[run.queue] += 1
            self.start(rows[1:])
            self.ended(run.run_id, run.thread_id, rows[0] if rows else None)
            stack.close()

    async def _perform(self, execution: Execution, saver: LeasedSaver) -> None:
        run, log = execution.run, execution.log
        log.add("metadata", encode({"run_id": run.run_id, "attempt": run.attempt}))
        if run.cancel:
            execution.stop(run.cancel)
        given, execution.told = await patiently(lambda: go_on(self.pool, run, input_of(run.kwargs)))
        with contextlib.closing(LeasedStore(self.pool, log)) as store:
            parts = {"checkpointer": saver, "store": OwnedStore(store, run.owner, run=True)}
            with execution.limited(self.run_timeout):
                await execution.perform(self.graphs[run.graph_id].copy(update=parts), given)
        saver.ending = True

    # settling

    async def _settle(self, execution: Execution, saver: LeasedSaver) -> list[RunRow]:
        async with execution.log.lock:
            if saver.failure:
                execution.fail(saver.failure)
            if execution.stopped == "lost":
                raise RunLost
            end = self._hand_over if execution.stopped == "hand_over" else self._write_settled
            try:
                return await end(execution, saver)
            except sql.REFUSED:
                await self._store_each(execution, saver)
                return await end(execution, saver)

    async def _store_each(self, execution: Execution, saver: LeasedSaver) -> None:
        try:
            await saver.write_each()
        except sql.REFUSED as error:
            saver.puts.clear()
            execution.fail(error)

    async def _write_settled(self, execution: Execution, saver: LeasedSaver) -> list[RunRow]:
        run, entries, puts = execution.run, list(execution.log.unwritten), list(saver.puts)
        ended, thread = outcome(execution)
        queues = [] if self.closing else [*self.free_queues(), run.queue]
        also = self.on_settle if self.concerned(run) else []

        async def settle() -> list[RunRow]:
            async with self.pool.connection() as conn, conn.transaction() if also else nullcontext():
                about = (ended, thread, execution.error, self.name, queues)
                rows = await sql.settle(conn, run, *about, entries, puts)
                for hook in also if rows else ():
                    await hook(conn, rows[0], rows[0].status)
            return rows

        rows = await patiently(settle)
        saver.note_stored(entries, puts)
        return rows

    async def _hand_over(self, execution: Execution, saver: LeasedSaver) -> list[RunRow]:
        run, puts = execution.run, list(saver.puts)
        entries = execution.log.writable({put.key for put in puts})

        async def hand_over() -> None:
            async with self.pool.connection() as conn, conn.transaction():
                await sql.write_run(conn, run, entries, puts)
                await sql.hand_over(conn, run.run_id, run.attempt)

        await patiently(hand_over, HANDS_OVER_WITHIN)
        saver.note_stored(entries, puts)
        return []


def outcome(execution: Execution) -> tuple[str, str]:
    """Return how the run ended, and how its thread stands."""
    if execution.error:
        return "timeout" if execution.stopped == "timeout" else "error", "error"
    if execution.stopped == "rollback":
        return "rollback", "idle"
    if execution.stopped:
        return "interrupted", "interrupted"
    return "success", "interrupted" if execution.interrupted else "idle"
