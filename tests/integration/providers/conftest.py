"""A chat server that fails in the ways which `aimock` cannot."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

MESSAGES: list[BaseMessage] = [SystemMessage("You are a novelist."), HumanMessage("Write about a lamp.")]
Serve = Callable[[asyncio.StreamWriter], Awaitable[None]]
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class FaultyServer:
    """It reads a request and lets `serve` write what it likes; it sees when the caller hangs up."""

    def __init__(self) -> None:
        self.serve: Serve = say_nothing
        self.requests = 0
        self.hung_up = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            self.requests += 1
            watch = asyncio.create_task(self.watch(reader))
            await self.serve(writer)
            watch.cancel()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up.set()
        finally:
            writer.close()

    async def watch(self, reader: asyncio.StreamReader) -> None:
        await reader.read()
        self.hung_up.set()


async def say_nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


def event(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    """Return one chunk of a chat completion as a server-sent event."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    about = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps(about | {'choices': [choice]} | more)}\n\n".encode()


async def send(writer: asyncio.StreamWriter, *pieces: bytes, end: bool = True) -> None:
    """Send a stream, each piece in an HTTP chunk; without `end` the stream is left open."""
    writer.write(HEADERS)
    for piece in [*pieces, b"data: [DONE]\n\n"] if end else pieces:
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
    if end:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


@pytest_asyncio.fixture
async def faulty(openai_settings: pytest.MonkeyPatch) -> AsyncIterator[FaultyServer]:
    """The faulty server, to which `openai:...` leads; nothing is asked twice."""
    faulty = FaultyServer()
    listening = await asyncio.start_server(faulty.handle, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    openai_settings.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    openai_settings.setenv("FABULA_MODEL_RETRIES", "0")
    yield faulty
    listening.close()
