"""Events for readers as a stream of server-sent events."""

from collections.abc import AsyncIterator

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent

from server.told import Told

HEARTBEAT = 15


def stream(told: AsyncIterator[Told]) -> EventSourceResponse:
    """Send events as they come, and a sign of life when none does."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        async for each in told:
            data = orjson.dumps(each.data).decode()
            yield ServerSentEvent(data, event=each.event, id=None if each.seq is None else str(each.seq))

    return EventSourceResponse(events(), ping=HEARTBEAT, sep="\n")
