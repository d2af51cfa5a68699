"""Raw readers of the thread stream, over SSE and over a WebSocket, for what the SDK does not show."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

CHANNELS = ["values", "updates", "messages", "tools", "lifecycle", "input", "tasks", "checkpoints", "custom"]
Until = Callable[[list[dict[str, Any]]], bool]


class Events:
    """What one connection has been sent so far."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.closed = False
        self._news = asyncio.Event()

    def add(self, event: dict[str, Any]) -> None:
        self.seen.append(event)
        self._news.set()

    def close(self) -> None:
        self.closed = True
        self._news.set()

    async def until(self, met: Until, seconds: float = 30) -> list[dict[str, Any]]:
        """Return all that was sent when it is enough, or the connection has ended."""
        async with asyncio.timeout(seconds):
            while not (met(self.seen) or self.closed):
                self._news.clear()
                await self._news.wait()
        return self.seen


@contextlib.asynccontextmanager
async def opened(http: httpx2.AsyncClient, thread: str, **how: Any) -> AsyncIterator[Events]:
    """Open a stream, and read it for as long as this lasts."""
    body = {"channels": CHANNELS, **how}
    events = Events()
    async with http.stream("POST", f"/threads/{thread}/stream/events", json=body, timeout=60) as answer:
        assert answer.status_code == 200, await answer.aread()
        reading = asyncio.create_task(read(answer, events))
        yield events
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def read(answer: httpx2.Response, events: Events) -> None:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            events.add(json.loads(line.removeprefix("data: ")))
    events.close()


class Socket(Events):
    """A WebSocket: its answers by the commands' ids, the events it was sent, and what it was closed with."""

    def __init__(self, wire: ClientConnection) -> None:
        super().__init__()
        self.wire = wire
        self.answers: dict[Any, dict[str, Any]] = {}
        self.code: int | None = None
        self._sent = 0

    async def read(self) -> None:
        try:
            async for frame in self.wire:
                told = json.loads(frame)
                if told["type"] == "event":
                    self.add(told)
                else:
                    self.answers[told["id"]] = told
                    self._news.set()
        finally:
            self.code = self.wire.close_code
            self.close()

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command; return its answer."""
        self._sent += 1
        await self.wire.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        await self.until(lambda _: self._sent in self.answers)
        return self.answers[self._sent]

    async def raw(self, frame: str | bytes) -> dict[str, Any]:
        """Send what may be no command; return the answer."""
        self.answers.clear()
        await self.wire.send(frame)
        await self.until(lambda _: bool(self.answers))
        [answer] = self.answers.values()
        return answer


@contextlib.asynccontextmanager
async def socket_to(server: str, thread: Any, **how: Any) -> AsyncIterator[Socket]:
    """Open a WebSocket, and read it for as long as this lasts."""
    url = server.replace("http", "ws", 1)
    async with connect(f"{url}/threads/{thread}/stream/events", **how) as wire:
        socket = Socket(wire)
        reading = asyncio.create_task(socket.read())
        yield socket
        await wire.close()
        await asyncio.gather(reading, return_exceptions=True)


async def command(http: httpx2.AsyncClient, thread: str, method: str, **params: Any) -> dict[str, Any]:
    """Send a command; return the answer."""
    body = {"id": 1, "method": method, "params": params}
    answer = await http.post(f"/threads/{thread}/commands", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lifecycles(events: list[dict[str, Any]]) -> list[str]:
    """Return how the runs stood, one after the other."""
    return [
        each["params"]["data"]["event"]
        for each in events
        if each["method"] == "lifecycle" and not each["params"]["namespace"]
    ]


def ended(runs: int = 1) -> Until:
    """Return whether so many runs have ended."""

    def met(events: list[dict[str, Any]]) -> bool:
        return len([each for each in lifecycles(events) if each != "running"]) >= runs

    return met
