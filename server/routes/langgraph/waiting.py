"""Answers that take a while: heartbeats keep the connection, and a reader who leaves is noticed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Send

EVERY = 5.0
JSON = "application/json"
Gone = Callable[[], Awaitable[None]]
WATCHING: set[asyncio.Task[None]] = set()


class EventStream(EventSourceResponse):
    """Sends bytes as they are, at no cost for each beside the sending."""

    async def _stream_response(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(head)
        async with aclosing(self.body_iterator) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        async with self._send_lock:
            self.active = False
            await send({"type": "http.response.body", "body": b""})


def sse(events: AsyncIterator[bytes], headers: dict[str, str], gone: Gone | None) -> EventStream:
    """Stream events, with a heartbeat every 5 s; `gone` is called when the reader leaves before the end."""

    async def left(_: Any) -> None:
        if gone:
            await gone()

    return EventStream(
        events,
        headers=headers,
        ping=EVERY,
        sep="\n",
        ping_message_factory=lambda: ServerSentEvent(comment="heartbeat", sep="\n"),
        client_close_handler_callable=left,
    )


async def json_when_done(
    request: Request, work: Coroutine[Any, Any, bytes], headers: dict[str, str], gone: Gone | None
) -> Response:
    """Answer with the JSON that the work returns; when it takes long, blanks go before it."""
    done, left = asyncio.create_task(work), asyncio.create_task(departure(request))
    watch(done, left, gone)
    await asyncio.wait([done, left], timeout=EVERY, return_when=asyncio.FIRST_COMPLETED)
    if done.done():
        return Response(await done, headers=headers, media_type=JSON)
    return StreamingResponse(drip(done), headers=headers, media_type=JSON)


async def drip(done: asyncio.Task[bytes]) -> AsyncIterator[bytes]:
    while not done.done():
        yield b"\n"
        await asyncio.wait([done], timeout=EVERY)
    if not done.cancelled():
        yield done.result()


def watch(done: asyncio.Task[bytes], left: asyncio.Task[None], gone: Gone | None) -> None:
    """End the work of a reader who leaves before it is done: whatever becomes of the answer then."""

    async def watching() -> None:
        await asyncio.wait([done, left], return_when=asyncio.FIRST_COMPLETED)
        left.cancel()
        if not done.done():
            done.cancel()
            if gone:
                await gone()

    task = asyncio.create_task(watching())
    WATCHING.add(task)
    task.add_done_callback(WATCHING.discard)


async def departure(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
