"""`fabula write --server URL`: a story that another machine writes, shown as it happens."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson

import books
from domain.errors import FabulaError
from server.terminal import Terminal

STORY = "/api/story-agent"
SILENCE = 60.0
ENDED = ("completed", "failed", "cancelled")


class ServerRefused(FabulaError):
    """The server refused. `detail` is what it said was wrong."""

    def __init__(self, message: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class RemoteStories:
    """The story API of a server."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, wanted: dict[str, Any]) -> str:
        """Start a story and return its job's id. Raises `ServerRefused`."""
        answer = await self._send("POST", f"{STORY}/generate", json=wanted)
        return str(answer.json()["job_id"])

    async def approve(self, job_id: str, outline: dict[str, Any] | None) -> None:
        """Answer the question for approval."""
        await self._send("POST", f"{STORY}/job/{job_id}/resume", json={"outline": outline})

    async def cancel(self, job_id: str) -> None:
        """Stop the job; what is written is kept on the server."""
        await self._send("POST", f"{STORY}/job/{job_id}/cancel")

    async def book(self, job_id: str, suffix: str) -> bytes:
        """Return the finished story as a book."""
        return (await self._send("GET", f"{STORY}/job/{job_id}/book{suffix}")).content

    async def change(self, job_id: str, order: dict[str, Any]) -> None:
        """Edit a chapter of a finished story, revert one, or add one."""
        action = order["action"]
        named = action if action in ("revert", "extend") else "edit"
        kept = order if named == "edit" else {key: told for key, told in order.items() if key != "action"}
        await self._send("POST", f"{STORY}/job/{job_id}/{named}", json=kept)

    async def job(self, job_id: str) -> dict[str, Any]:
        """Return the job as it stands."""
        found: dict[str, Any] = (await self._send("GET", f"{STORY}/job/{job_id}")).json()
        return found

    async def versions(self, job_id: str, chapter: int) -> list[dict[str, Any]]:
        """Return all the texts of a chapter, the last of which stands."""
        answer = await self._send("GET", f"{STORY}/job/{job_id}/chapters/{chapter}/versions")
        found: list[dict[str, Any]] = answer.json()["versions"]
        return found

    async def last_event(self, job_id: str) -> str:
        """Return the number of the newest event of a job that has ended."""
        last = "0"
        async for number, _, _ in self._connection(job_id, last):
            last = number or last
        return last

    async def events(self, job_id: str, last: str = "0") -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield the job's events after one; a connection that is lost is taken up after the last event."""
        while True:
            try:
                async for number, name, data in self._connection(job_id, last):
                    last = number or last
                    yield name, data
                    if name == "job":
                        return
            except httpx.TransportError:
                await self._send("GET", f"{STORY}/job/{job_id}")

    async def _connection(self, job_id: str, last: str) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
        event: dict[str, str] = {}
        headers = {"Last-Event-ID": last}
        path = f"{STORY}/job/{job_id}/stream"
        async with self.client.stream("GET", path, headers=headers, timeout=SILENCE) as answer:
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    event[name] = value
                elif not line and "data" in event:
                    yield event.get("id", ""), event["event"], orjson.loads(event["data"])
                    event = {}

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = await self.client.request(method, path, **options)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ServerRefused(f"--server: {self.client.base_url} does not answer: {error}") from error
        if answer.is_error:
            detail = detail_of(answer)
            raise ServerRefused(f"{self.client.base_url} answered {answer.status_code}: {detail}", detail)
        return answer


def detail_of(answer: httpx.Response) -> str:
    """Return what a server said was wrong."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]


async def follow(stories: RemoteStories, job_id: str, terminal: Terminal, ask: Any, last: str = "0") -> None:
    """Show what follows an event of the job until it has ended. Raises `ServerRefused` when it failed."""
    async for name, data in stories.events(job_id, last):
        if name == "approval.requested":
            await stories.approve(job_id, ask(data["outline"]))
        elif name == "job" and data["status"] != "completed":
            said = (data["error"] or {}).get("message", "")
            raise ServerRefused(f"the story is {data['status']}: {said} (job {job_id})")
        else:
            terminal.told(name, data)


async def save(stories: RemoteStories, job_id: str, path: Path) -> list[Path]:
    """Fetch the book in every format and return the files."""
    files = []
    for suffix in books.SAVED:
        target = path.with_suffix(suffix)
        target.write_bytes(await stories.book(job_id, suffix))
        files.append(target)
    return files
