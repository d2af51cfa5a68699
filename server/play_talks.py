"""Conversations with characters as a play has them: on this machine, or on a server."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx

from domain.agent import IN_INK
from domain.errors import FabulaError
from providers.ink.play import Step
from server.remote import ServerRefused, detail_of
from server.saved_plays import SavedPlay, Talk

GRAPH, STORY_ID = "agent", "played"
LONGEST_WAIT, ASK_AGAIN = 180.0, 0.5


class TalkLost(FabulaError):
    """The conversation is not there any more."""


class WordsRefused(FabulaError):
    """The words cannot be said."""


@dataclass(frozen=True)
class Turn:
    """What came of a reader's words. `goes_on` is how the story spells what let it go on, or nothing.

    `unanswered`: no model's answer could be used, and the character said a line of the author's.
    """

    text: str
    reply: str
    bridge: str
    goes_on: str = ""
    unanswered: bool = False


class Talks(Protocol):
    """Where conversations are had."""

    async def begin(self, play: SavedPlay) -> Talk:
        """Begin the conversation that a play waits at."""

    async def turns(self, talk: Talk) -> list[Turn]:
        """Return the turns so far; one that is being answered is waited for. Raises `TalkLost`."""

    async def say(self, talk: Talk, turn: int, text: str) -> Turn:
        """Say something and return what came of it. Raises `WordsRefused` and `TalkLost`."""


class LocalTalks:
    """Conversations on the database that this process uses, with the graph run here."""

    def __init__(self, threads: Any) -> None:
        self.threads = threads

    async def begin(self, play: SavedPlay) -> Talk:
        from server.db.threads import create_thread

        async with self.threads.pool.connection() as conn:
            about = {"play": play.id, "context": play.context}
            thread = await create_thread(conn, graph_id=GRAPH, metadata=about)
        request = request_of(play) | {"story": {"source": play.source}}
        await self._run(thread, {"request": request})
        return Talk(id=str(thread.thread_id))

    async def turns(self, talk: Talk) -> list[Turn]:
        thread = await self._thread(talk)
        state = await self.threads.state(thread)
        if state.next and not state.interrupts:
            await self._run(thread, None)
            state = await self.threads.state(thread)
        return [turn_of(turn) for turn in state.values.get("turns") or []]

    async def say(self, talk: Talk, turn: int, text: str) -> Turn:
        from langgraph.types import Command

        thread = await self._thread(talk)
        await self._run(thread, Command(resume={"turn": turn, "text": text}))
        values = (await self.threads.state(thread)).values
        if problem := values["now"].get("problem"):
            raise WordsRefused(str(problem))
        failed = values["judgement"].get("failed") or values["draft"].get("failed")
        return replace(turn_of(values["turns"][-1]), unanswered=bool(failed))

    async def _thread(self, talk: Talk) -> Any:
        from server.db.threads import get_thread

        async with self.threads.pool.connection() as conn:
            thread = await get_thread(conn, UUID(talk.id))
        if thread is None:
            raise TalkLost
        return thread

    async def _run(self, thread: Any, given: Any) -> None:
        async for _ in self.threads.run(thread, given):
            pass


class RemoteTalks:
    """Conversations on a server."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, play: SavedPlay) -> Talk:
        key = os.environ.get("FABULA_API_KEY", "")
        headers = {"X-Api-Key": key} if key else {}
        story = f"{STORY_ID}-{play.id}"
        kept = await self._send(
            "PUT", f"/api/ink/stories/{story}", headers=headers, json={"source": play.source}
        )
        request = request_of(play)
        request |= {"context": request.pop("hidden"), "version": kept["version"]}
        started = await self._send("POST", f"/api/{story}/agent/start", headers=headers, json=request)
        return Talk(id=started["session_id"], token=started["token"], story=story)

    async def turns(self, talk: Talk) -> list[Turn]:
        while True:
            found = await self._send("GET", f"/api/{talk.story}/agent/{talk.id}", headers=bearer(talk))
            if found["status"] not in ("preparing", "answering"):
                return [told(turn, turn["text"]) for turn in found["transcript"]]
            await asyncio.sleep(ASK_AGAIN)

    async def say(self, talk: Talk, turn: int, text: str) -> Turn:
        message = {"session_id": talk.id, "turn": turn, "text": text, "id": str(uuid4())}
        path = f"/api/{talk.story}/agent/decision"
        while True:
            decision = await self._send("POST", path, headers=bearer(talk), json=message)
            if decision["status"] != "answering":
                return told(decision, text)

    async def _send(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = await self.client.request(method, path, timeout=LONGEST_WAIT, **options)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ServerRefused(f"--server: {self.client.base_url} does not answer: {error}") from error
        if answer.status_code == 400 and path.endswith("/decision"):
            raise WordsRefused(detail_of(answer))
        if answer.status_code == 404 and "/agent/" in path and method == "GET":
            raise TalkLost
        if answer.is_error:
            raise ServerRefused(f"{self.client.base_url} answered {answer.status_code}: {detail_of(answer)}")
        return answer.json()


@asynccontextmanager
async def local_talks() -> AsyncIterator[Talks]:
    """Yield conversations on `DATABASE_URL` or the embedded Postgres."""
    from graphs.agent import graph
    from server.local import LocalThreads, local_stories

    async with local_stories() as stories:
        yield LocalTalks(LocalThreads(stories.pool, graph))


@asynccontextmanager
async def remote_talks(server: str) -> AsyncIterator[Talks]:
    """Yield conversations on a server."""
    async with httpx.AsyncClient(base_url=server) as client:
        yield RemoteTalks(client)


def bearer(talk: Talk) -> dict[str, str]:
    """Return the headers that open one conversation."""
    return {"Authorization": f"Bearer {talk.token}"}


def request_of(play: SavedPlay) -> dict[str, Any]:
    """Return what a conversation starts from, but for the story."""
    step: Step = play.step
    if step.call is None:
        raise TalkLost
    return {
        "character": step.call.character,
        "target": step.call.target,
        "ink_state": step.state,
        "visible": play.text(hidden=False),
        "hidden": play.text(hidden=True),
    }


def turn_of(turn: dict[str, Any]) -> Turn:
    """Return a turn as the graph keeps it."""
    return told(turn | {"bridge_text": turn.get("bridge") or ""}, turn["text"])


def told(turn: dict[str, Any], text: str) -> Turn:
    """Return a turn as a server tells it."""
    return Turn(text, turn["reply"], turn["bridge_text"], IN_INK.get(turn["outcome"], ""))
