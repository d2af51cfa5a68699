"""A conversation with a character over HTTP."""

from itertools import count
from typing import Any

import httpx
import orjson

from providers.ink.compiler import compile_story
from providers.ink.play import begin
from tests import conversations, stories
from tests.conversations import SOURCE

JUDGE, RESPOND, CHECK = "agent/judge_input", "agent/respond", "agent/judge_reply"
GOAL_OF, BRIDGE_OF = "agent/distill_goal", "agent/write_bridge"


def answer(prompt: str, inputs: dict[str, Any]) -> Any:
    """What the scripted model says: characters and stories."""
    return (conversations if prompt.startswith("agent/") else stories).answer(prompt, inputs)


def waiting(source: str = SOURCE) -> str:
    """Return the state of a story that was begun and waits at its first agent call."""
    return begin(compile_story(source)).state


class Talk:
    """One conversation: its owner starts it, a reader talks."""

    def __init__(self, api: httpx.AsyncClient, story_id: str = "quay", owner: dict[str, str] | None = None):
        self.api, self.url, self.owner = api, f"/api/{story_id}/agent", owner or {}
        self.story = f"/api/ink/stories/{story_id}"
        self.session_id, self.token, self.turn, self.ids = "", "", 0, count()

    async def put(self, source: str = SOURCE) -> dict[str, Any]:
        answer = await self.api.put(self.story, json={"source": source}, headers=self.owner)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def begin(self, **wanted: Any) -> dict[str, Any]:
        """Put the story and start; return what start answered."""
        await self.put()
        answer = await self.start(**wanted)
        assert answer.status_code == 201, answer.text
        started: dict[str, Any] = answer.json()
        self.take(started)
        return started

    def take(self, started: dict[str, Any]) -> None:
        self.session_id, self.token = started["session_id"], started["token"]

    async def start(self, **wanted: Any) -> httpx.Response:
        asked = {"character": "keeper", "target": "lamp_room", "ink_state": waiting()} | wanted
        return await self.api.post(f"{self.url}/start", json=asked, headers=self.owner)

    @property
    def reader(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(
        self, text: Any = "Hello.", turn: Any = None, key: str = "", **more: Any
    ) -> httpx.Response:
        """Say something, in the next turn unless told otherwise."""
        said = {"session_id": self.session_id, "turn": self.turn + 1 if turn is None else turn, "text": text}
        headers = {**self.reader, "Idempotency-Key": key or f"{next(self.ids)}"}
        return await self.api.post(f"{self.url}/decision", json=said | more, headers=headers)

    async def say(self, text: str = "Hello.", **more: Any) -> dict[str, Any]:
        """Say something that is answered; return the decision."""
        answer = await self.post(text, **more)
        assert answer.status_code == 200, answer.text
        self.turn += 1
        decision: dict[str, Any] = answer.json()
        return decision

    async def events(self, text: str = "Hello.", key: str = "") -> list[tuple[str, dict[str, Any]]]:
        """Say something and read the events that answer it."""
        said = {"session_id": self.session_id, "turn": self.turn + 1, "text": text}
        headers = {**self.reader, "Idempotency-Key": key or f"{next(self.ids)}"}
        headers["Accept"] = "text/event-stream"
        found, name = [], ""
        async with self.api.stream("POST", f"{self.url}/decision", json=said, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream"), await answer.aread()
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    found.append((name, orjson.loads(line.removeprefix("data: "))))
        return found

    async def session(self) -> dict[str, Any]:
        answer = await self.api.get(f"{self.url}/{self.session_id}", headers=self.reader)
        assert answer.status_code == 200, answer.text
        session: dict[str, Any] = answer.json()
        return session

    async def leave(self) -> httpx.Response:
        body = {"session_id": self.session_id}
        return await self.api.post(f"{self.url}/continue", json=body, headers=self.reader)
