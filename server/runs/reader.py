"""What callers see of runs: their events as they come, and their end."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig

from server.db.checkpoints import saver
from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.encoding import encode
from server.runs.errors import RunNotFound, ThreadNotFound
from server.runs.execution import Execution
from server.runs.models import Event, RunRow
from server.runs.topics import Topic, Topics
from server.thread_states import opened

PAGE = 500
REMEMBERED = 200


class Reader:
    """Reads from memory what this process runs, and from the log what it does not (or no longer) have there."""

    def __init__(
        self, pool: Pool, graphs: Mapping[str, Any], topics: Topics, executions: Mapping[UUID, Execution]
    ) -> None:
        self.pool, self.graphs, self.topics, self.executions = pool, graphs, topics, executions
        self._waiting: dict[UUID, asyncio.Event] = {}
        self._settled: OrderedDict[UUID, RunRow] = OrderedDict()

    def settled(self, run: RunRow) -> None:
        """Remember a run that this process has settled, for those who wait for it here."""
        self._settled[run.run_id] = run
        if len(self._settled) > REMEMBERED:
            self._settled.popitem(last=False)

    def ended(self, run_id: UUID, thread_id: UUID | None) -> None:
        """Have those who wait for the run look at it."""
        if waiting := self._waiting.pop(run_id, None):
            waiting.set()
        if thread_id and (topic := self.topics.get(thread_id)):
            topic.wake()

    def look_again(self) -> None:
        """Have everybody look: something may have been missed."""
        self.topics.wake_all()
        for run_id in list(self._waiting):
            self.ended(run_id, None)

    async def get(self, run_id: UUID, owner: str) -> RunRow:
        """Return the owner's run. Raises `RunNotFound`."""

        async def get() -> RunRow | None:
            async with self.pool.connection() as conn:
                return await sql.get_run(conn, run_id, owner)

        run = await patiently(get)
        if run is None:
            raise RunNotFound
        return run

    def _known(self, run_id: UUID, owner: str) -> RunRow | None:
        run = self._settled.get(run_id)
        return run if run and run.owner == owner else None

    async def join(self, run_id: UUID, owner: str) -> RunRow:
        """Return the run when it has ended. Raises `RunNotFound`, also when it was rolled back."""
        while True:
            waiting = self._waiting.setdefault(run_id, asyncio.Event())
            execution = self.executions.get(run_id)
            if not execution or execution.run.owner != owner:
                run = self._known(run_id, owner) or await self.get(run_id, owner)
                if run.finished:
                    return run
            await waiting.wait()

    async def last(self, thread_id: UUID, owner: str) -> int:
        """Return the newest number of the owner's thread, 0 when there is none."""
        async with self.pool.connection() as conn:
            logged = await sql.last_seq(conn, thread_id, owner)
        topic = self.topics.get(thread_id)
        return 0 if logged is None else max(logged, topic.last if topic else 0)

    async def so_far(self, run: RunRow, after: int) -> AsyncIterator[Event]:
        """Yield a run's events, those that are not in the log yet too, without waiting for more."""
        with self.topics.use(run.thread_id) as topic:
            while True:
                events = await self._events(topic, run.owner, after, run.run_id)
                if not events and after >= topic.begun:
                    return
                after = events[-1].seq if events else topic.begun
                for event in events:
                    if event.run_id == run.run_id:
                        yield event

    async def stream(
        self, thread_id: UUID, owner: str, after: int | None, run_id: UUID | None
    ) -> AsyncIterator[Sequence[Event]]:
        """Yield the thread's events that follow `after`, as many as there are; with `run_id` that run's, to its end."""
        with self.topics.use(thread_id) as topic:
            doubts = topic.doubts
            ended = run_id is not None and await self._has_ended(run_id, thread_id, owner)
            position = await self._position(topic, owner, after, run_id)
            while True:
                seen, begun = topic.version, topic.begun
                events = await self._events(topic, owner, position, run_id)
                if events:
                    position = events[-1].seq
                    if found := [event for event in events if run_id in (None, event.run_id)]:
                        yield found
                    continue
                if position < begun:
                    # What came before this process's run is in the log, and has been read.
                    position = begun
                elif ended:
                    return
                elif run_id and await self._has_ended(run_id, thread_id, owner):
                    ended = True
                elif topic.doubts != doubts:
                    doubts = topic.doubts
                    if await self._is_gone(topic, owner):
                        return
                else:
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

    async def _is_gone(self, topic: Topic, owner: str) -> bool:
        async def last() -> int | None:
            async with self.pool.connection() as conn:
                return await sql.last_seq(conn, topic.thread_id, owner)

        return await patiently(last) is None

    async def _has_ended(self, run_id: UUID, thread_id: UUID, owner: str) -> bool:
        execution = self.executions.get(run_id)
        run = execution.run if execution else self._known(run_id, owner) or await self.get(run_id, owner)
        if (run.owner, run.thread_id) != (owner, thread_id):
            raise RunNotFound
        return run.finished

    async def _events(self, topic: Topic, owner: str, position: int, run_id: UUID | None) -> Sequence[Event]:
        events = topic.after(position)
        if events is not None:
            return events

        async def read() -> list[tuple[Event, str, str | None]]:
            async with self.pool.connection() as conn:
                return await sql.read_events(conn, topic.thread_id, owner, position, run_id, PAGE)

        rows = await patiently(read)
        return [
            await self._filled(topic.thread_id, event, graph_id, checkpoint_id) if checkpoint_id else event
            for event, graph_id, checkpoint_id in rows
        ]

    async def _filled(self, thread_id: UUID, event: Event, graph_id: str, checkpoint_id: str) -> Event:
        """Return the event with the values of its checkpoint."""
        where = {"thread_id": str(thread_id), "checkpoint_ns": "", "checkpoint_id": checkpoint_id}
        config: RunnableConfig = {"configurable": where}
        async with opened(self.graphs[graph_id], {"checkpointer": saver(self.pool)}, config) as graph:
            state = await graph.aget_state(config)
        return Event(event.seq, event.run_id, event.event, encode(state.values))
