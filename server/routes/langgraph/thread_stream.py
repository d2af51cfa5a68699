"""`/threads/{thread_id}/stream/events`, the thread stream (v2): a thread's log as protocol events."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from server.db.patience import patiently
from server.db.thread_streams import before_run, newest_run, run_at, whose_thread
from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.new_run import RequestRefused
from server.routes.langgraph.run_events import ROOM, ProtocolEvent, RunEvents
from server.routes.langgraph.waiting import sse
from server.routes.langgraph.wire import AHere, Here
from server.runs.errors import RunNotFound, ThreadNotFound
from server.runs.models import Event, RunRow
from server.runs.topics import Topic

router = APIRouter(route_class=StrictRoute)
CHANNELS = ("values", "updates", "messages", "tools", "lifecycle", "input", "tasks", "checkpoints", "custom")
NAMED = "custom:"
# How much of what is wrong with a request is repeated.
SHOWN = 40
Segment = Annotated[str, Field(max_length=1_000)]
Prefix = Annotated[list[Segment], Field(max_length=100)]


class EventsBody(BaseModel):
    """Which events are asked for: of these channels, below these namespaces to a depth, after a number."""

    channels: Any = None
    namespaces: Annotated[list[Prefix], Field(max_length=1_000)] | None = None
    depth: Annotated[int, Field(strict=True, ge=0)] | None = None
    since: Annotated[int, Field(strict=True, ge=0, le=2**62)] | None = None

    def checked(self) -> "Wanted":
        """Return the filter. Raises `RequestRefused`."""
        if not isinstance(self.channels, list) or not self.channels:
            raise RequestRefused("channels is required and must be a non-empty array")
        unknown = [str(each)[:SHOWN] for each in self.channels if not is_channel(each)][:SHOWN]
        if unknown:
            allowed = f"Allowed: {', '.join(CHANNELS)}, or any `custom:<name>`."
            raise RequestRefused(f"channels contains unsupported entries: {', '.join(unknown)}. {allowed}")
        return Wanted(set(self.channels), self.namespaces, self.depth)


def is_channel(given: Any) -> bool:
    return isinstance(given, str) and (
        given in CHANNELS or (given.startswith(NAMED) and len(given) > len(NAMED))
    )


class Wanted:
    """What one reader wants to see."""

    def __init__(self, channels: set[str], namespaces: list[list[str]] | None, depth: int | None) -> None:
        self.channels, self.namespaces, self.depth = channels, namespaces, depth

    def takes(self, event: ProtocolEvent) -> bool:
        """Say whether the reader gets the event."""
        return self._has_channel(event) and self._has_namespace(event.told.namespace)

    def _has_channel(self, event: ProtocolEvent) -> bool:
        method = event.told.method
        if method == "input.requested":
            return "input" in self.channels
        return method in self.channels or (method == "custom" and NAMED + name_of(event) in self.channels)

    def _has_namespace(self, namespace: Sequence[str]) -> bool:
        if not self.namespaces:
            return True
        return any(
            begins(namespace, prefix) and (self.depth is None or len(namespace) - len(prefix) <= self.depth)
            for prefix in self.namespaces
        )


def name_of(event: ProtocolEvent) -> str:
    """Return the name of a custom event, which is also a channel."""
    data = orjson.loads(event.told.data)
    return str(data.get("name") or "") if isinstance(data, dict) else ""


def begins(namespace: Sequence[str], prefix: Sequence[str]) -> bool:
    """Say whether the namespace begins so; a segment without a task's id stands for all tasks of the node."""
    if len(prefix) > len(namespace):
        return False
    pairs = zip(namespace, prefix, strict=False)
    return all(wanted in (segment, segment.partition(":")[0]) for segment, wanted in pairs)


@router.post("/threads/{thread_id}/stream/events")
async def stream_events(thread_id: UUID, body: EventsBody, here: AHere) -> Response:
    """Stream a thread's events over all its runs, from the start of its newest one or after `since`.

    The stream may be opened before there is such a thread.
    """
    wanted = body.checked()
    if await whose(here, thread_id) == "another's":
        raise ThreadNotFound(f"Thread with ID {thread_id} not found")
    return sse(parts(here, thread_id, wanted, body.since), {"Cache-Control": "no-store"}, None)


async def parts(here: Here, thread_id: UUID, wanted: Wanted, since: int | None) -> AsyncIterator[bytes]:
    """Yield what the reader wants, all at once that is there, until the thread is gone."""
    async with aclosing(told(here, thread_id, "messages" in wanted.channels, since)) as batches:
        async for batch in batches:
            if found := b"".join(
                event.wire() for event in batch if event.seq > (since or 0) and wanted.takes(event)
            ):
                yield found


async def told(
    here: Here, thread_id: UUID, words: bool, since: int | None
) -> AsyncGenerator[list[ProtocolEvent]]:
    """Yield a thread's events from the start of its newest run, or of the one at `since`, until the thread is gone."""
    with here.engine.topics.use(thread_id) as topic:
        seen = topic.version
        while (found := await whose(here, thread_id)) is None:
            await topic.wait(seen)
            seen = topic.version
        if found != "own":
            return
        after = await beginning(here, thread_id, since)
        async with aclosing(events_of(here, topic, words, after)) as batches:
            async for batch in batches:
                yield batch


async def whose(here: Here, thread_id: UUID) -> str | None:
    async def read() -> str | None:
        async with here.pool.connection() as conn:
            return await whose_thread(conn, thread_id, here.owner)

    return await patiently(read)


async def beginning(here: Here, thread_id: UUID, since: int | None) -> int:
    """Return the number to read after: a run is translated from its start, whatever of it is wanted."""

    async def read() -> int:
        async with here.pool.connection() as conn:
            if since is None:
                run_id = await newest_run(conn, thread_id, here.owner)
            else:
                run_id = await run_at(conn, thread_id, here.owner, since // ROOM)
            return await before_run(conn, thread_id, here.owner, run_id) if run_id else 0

    return await patiently(read)


async def events_of(here: Here, topic: Topic, words: bool, after: int) -> AsyncGenerator[list[ProtocolEvent]]:
    """Yield the thread's events, and how each of its runs ended."""
    run: RunEvents | None = None
    async with aclosing(logged(here, topic, after)) as batches:
        async for run_id, events in batches:
            if run is None or run.run.run_id != run_id:
                row = await find(here, run_id)
                run = RunEvents(row, words=words) if row else None
            if run and events:
                yield [each for event in events for each in run.tell(event)]
            elif run:
                yield list(run.end(await find(here, run_id)))


async def find(here: Here, run_id: UUID) -> RunRow | None:
    try:
        return await here.engine.get(run_id, here.owner)
    except RunNotFound:
        return None


async def logged(here: Here, topic: Topic, after: int) -> AsyncGenerator[tuple[UUID, Sequence[Event]]]:
    """Yield the thread's events run by run, until the thread is gone; no events say that the run has ended."""
    found = await next_events(here, topic.thread_id, after)
    while found:
        after, newest = found[-1].seq, found[-1].run_id
        for run_id, group in groupby(found, lambda event: event.run_id):
            yield run_id, list(group)
            if run_id != newest:
                yield run_id, ()
        with contextlib.suppress(RunNotFound):
            batches = here.engine.batches(topic.thread_id, here.owner, after=after, run_id=newest)
            async with aclosing(batches) as rest:  # type: ignore[type-var]
                async for events in rest:
                    after = events[-1].seq
                    yield newest, events
        seen, doubts = topic.version, topic.doubts
        yield newest, ()
        if topic.last <= after and topic.doubts == doubts:
            # Many a reader leaves now, and should leave no statement behind.
            await topic.wait(seen)
        found = await next_events(here, topic.thread_id, after)


async def next_events(here: Here, thread_id: UUID, after: int) -> Sequence[Event]:
    """Return the events that follow as soon as there are any, none when the thread is gone."""
    with contextlib.suppress(ThreadNotFound):
        batches = here.engine.batches(thread_id, here.owner, after=after)
        async with aclosing(batches) as found:  # type: ignore[type-var]
            async for events in found:
                return events
    return ()
