"""What every request passes: an id for the logs, a limit on its body before it is read, no NUL in its address."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = b"x-request-id"
LONGEST_ID = 100
DRAIN_WITHIN, MOST_DRAINED = 5.0, 100_000_000


class RequestIds:
    """Give every request an id, its caller's own where there is one; it is echoed and stands in every log line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(REQUEST_ID, b"")[:LONGEST_ID].decode("ascii", "ignore")
        request_id = given if given.isprintable() and given else uuid4().hex

        def echo(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (REQUEST_ID, request_id.encode())]
            return send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, echo)


class BodyLimit:
    """Answer 413 to a body over the limit: by its declared length before it is read, else while it is read."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self.limit:
            await self._refuse(receive, send)
        elif length.isdigit() or b"transfer-encoding" not in headers:
            await self.app(scope, receive, send)
        else:
            await self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a body that comes without a length, up to the limit."""
        read, started = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            return {"type": "http.disconnect"} if read > self.limit else message

        async def passed(message: Message) -> None:
            nonlocal started
            if started or read <= self.limit:
                started = True
                await send(message)

        try:
            await self.app(scope, counted, passed)
        except ClientDisconnect:
            if read <= self.limit:
                raise
        if not started and read > self.limit:
            await self._refuse(receive, send)

    async def _refuse(self, receive: Receive, send: Send) -> None:
        """Answer at once, and let what is still on its way pass by: a client that is cut off sees no answer."""
        body = orjson.dumps({"detail": f"body: it is larger than {self.limit} bytes"})
        headers: list[Any] = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        passed = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_WITHIN):
                while (message := await receive()).get("more_body") and passed < MOST_DRAINED:
                    passed += len(message["body"])
        await send({"type": "http.response.body", "body": body})


async def refuse_nul(request: HTTPConnection) -> None:
    """Raise `RequestValidationError` for a NUL in the path or the query, which Postgres cannot be asked for."""
    for part, values in (("path", request.path_params), ("query", request.query_params)):
        for name, value in values.items():
            if "\0" in name or "\0" in str(value):
                message = "a NUL character cannot be stored"
                raise RequestValidationError([{"type": "value_error", "loc": (part, name), "msg": message}])
