"""Plain HTTP with next to no cost of its own, so that the client is not what is measured."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import orjson

from bench.processes import Server

WITHIN = 60


class Answer:
    """A response: its status, its head, and its body still to be read, with the lengths of its chunks."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader) -> None:
        self.status, self.head, self.reader = int(head.split()[1]), head, reader


@asynccontextmanager
async def ask(
    server: Server, method: str, path: str, body: bytes = b"", *headers: bytes
) -> AsyncIterator[Answer]:
    """Send a request on a connection of its own and yield the answer when its head is there."""
    head = [
        f"{method} {path} HTTP/1.1".encode(),
        b"host: bench",
        b"connection: close",
        b"content-type: application/json",
        b"content-length: %d" % len(body),
        *headers,
    ]
    async with asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            writer.write(b"\r\n".join([*head, b"", body]))
            yield Answer(await reader.readuntil(b"\r\n\r\n"), reader)
        finally:
            writer.close()


async def get(server: Server, path: str) -> Any:
    async with ask(server, "GET", path, b"", b"accept-encoding: identity") as answer:
        return orjson.loads(unchunked(answer.head, await answer.reader.read()))


def unchunked(head: bytes, body: bytes) -> bytes:
    if b"chunked" not in head.lower():
        return body
    parts = []
    while length := int(body[: (at := body.index(b"\r\n"))], 16):
        parts.append(body[at + 2 : at + 2 + length])
        body = body[at + 4 + length :]
    return b"".join(parts)


def run_of(graph: str, **told: Any) -> bytes:
    """Return the body of a run."""
    return orjson.dumps({"assistant_id": graph, "if_not_exists": "create", **told})


async def wait(server: Server) -> float:
    """Wait for a quick run on a thread of its own; return the seconds it took."""
    start = time.perf_counter()
    body = run_of("quick", input={"done": []})
    async with ask(server, "POST", f"/threads/{uuid4()}/runs/wait", body) as answer:
        text = await answer.reader.read()
    assert answer.status == 200 and b'"end"' in text, text
    return time.perf_counter() - start


async def stream(server: Server, mode: str, graph: str, count: int, pace: float) -> float:
    """Read a stream of so many events to its end; return the seconds to the first."""
    start = time.perf_counter()
    body = run_of(graph, input={"count": count, "pace": pace, "done": []}, stream_mode=mode)
    mark, first, seen = b"event: " + mode.removesuffix("-tuple").encode(), 0.0, bytearray()
    async with ask(server, "POST", f"/threads/{uuid4()}/runs/stream", body) as answer:
        while data := await answer.reader.read(65_536):
            seen += data
            first = first or (mark in seen and time.perf_counter() - start) or 0.0
    got = seen.count(mark + b"\n") + seen.count(mark + b"\r\n")
    assert got == count, f"{server.name}: {got} of {count} events: {seen[:500]!r}"
    return first
