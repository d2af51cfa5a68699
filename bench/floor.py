"""The least that serving a graph takes: the compiled graph behind a bare ASGI app, the stock saver for each request.

No runs, no log, no replay. It answers the two routes that are measured, as the LangGraph API would.
"""

import os
import sys
from typing import Any

import orjson
import uvicorn
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bench.served import measured

MODES = {"messages-tuple": "messages"}
OPTIONS = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
HEADERS = [(b"content-type", b"application/json")]
SSE = [(b"content-type", b"text/event-stream")]


class Floor:
    """The application; its pool is made when the server starts."""

    pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["path"] == "/ok":
            await answer(send, b"{}")
        elif scope["path"].endswith("/wait"):
            graph, given, config, _ = await self.read(scope, receive)
            await answer(send, dumps(await graph.ainvoke(given, config)))
        else:
            await self.stream(scope, receive, send)

    async def live(self, receive: Any, send: Any) -> None:
        """Open the pool and make the tables; close it in the end."""
        await receive()
        self.pool = AsyncConnectionPool(
            os.environ["DATABASE_URL"], kwargs=OPTIONS, min_size=4, max_size=20, open=False
        )
        async with self.pool:
            await AsyncPostgresSaver(self.pool).setup()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def read(self, scope: Any, receive: Any) -> tuple[Any, Any, Any, str]:
        """Return the graph with a saver of its own, the input, the config and the stream mode."""
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = orjson.loads(b"".join(parts))
        graph = getattr(measured, body["assistant_id"])
        config = {"configurable": {"thread_id": scope["path"].split("/")[2]}}
        saved = graph.copy(update={"checkpointer": AsyncPostgresSaver(self.pool)})
        return saved, body["input"], config, body.get("stream_mode", "values")

    async def stream(self, scope: Any, receive: Any, send: Any) -> None:
        """Send each part as an event."""
        graph, given, config, mode = await self.read(scope, receive)
        mode = MODES.get(mode, mode)
        await send({"type": "http.response.start", "status": 200, "headers": SSE})
        async for part in graph.astream(given, config, stream_mode=mode):
            event = b"event: %b\ndata: %b\n\n" % (mode.encode(), dumps(part))
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=lambda message: message.model_dump())


async def answer(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(Floor(), port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning")
