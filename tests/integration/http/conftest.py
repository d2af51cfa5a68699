"""The real server on a real socket, in the test's own loop, so that a test can hold and release the scripted model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, TypedDict

import httpx
import orjson
import pytest
import pytest_asyncio
from langgraph.graph import START, StateGraph

from graphs.agent import graph as agent
from graphs.story import graph
from providers.fetch import tls
from providers.scripted import Script
from server.settings import Settings
from tests.serving import serving

STORY = "/api/story-agent"


class Words(TypedDict):
    """The state of a graph that is no story."""

    words: list[str]


def answer(state: Words) -> Words:
    return {"words": [*state["words"], "heard"]}


echo = StateGraph(Words).add_node(answer).add_edge(START, "answer").compile(name="echo")


class Gate:
    """Holds the scripted model before a chapter until it is released."""

    def __init__(self, script: Script) -> None:
        self.held: dict[str, asyncio.Event] = {}
        self.reached: dict[str, asyncio.Event] = {}
        script.gate = self._wait

    def hold(self, *places: str) -> None:
        """Hold at `plan`, at a chapter's number, or at another prompt's name."""
        for place in places:
            self.held[place], self.reached[place] = asyncio.Event(), asyncio.Event()

    def release(self) -> None:
        for event in self.held.values():
            event.set()

    async def until(self, place: str) -> None:
        async with asyncio.timeout(20):
            await self.reached[place].wait()

    async def _wait(self, prompt: str, inputs: dict[str, Any]) -> None:
        place = "plan" if prompt == "story/plan" else prompt
        if prompt == "story/write_chapter":
            place = str(inputs["chapter"]["number"])
        if place in self.held:
            self.reached[place].set()
            await self.held[place].wait()


class Api(httpx.AsyncClient):
    """A client of the story API."""

    def __init__(self, **given: Any) -> None:
        super().__init__(verify=tls(), **given)

    async def start(self, premise: str = "A keeper hears the fog answer.", **wanted: Any) -> str:
        answer = await self.post(f"{STORY}/generate", json={"premise": premise, **wanted})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    async def job(self, job_id: str) -> dict[str, Any]:
        answer = await self.get(f"{STORY}/job/{job_id}")
        assert answer.status_code == 200, answer.text
        job: dict[str, Any] = answer.json()
        return job

    async def until(self, job_id: str, *statuses: str) -> dict[str, Any]:
        """Poll the job until it has one of these statuses."""
        async with asyncio.timeout(20):
            while (job := await self.job(job_id))["status"] not in statuses:
                await asyncio.sleep(0.02)
        return job

    async def ended(self, job_id: str) -> dict[str, Any]:
        return await self.until(job_id, "completed", "failed", "cancelled")

    async def events(self, job_id: str, after: int | None = None) -> list[dict[str, Any]]:
        """Read the job's stream to its end."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        found, event = [], {}
        async with self.stream("GET", f"{STORY}/job/{job_id}/stream", headers=headers, timeout=20) as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    event[name] = value
                elif not line and event:
                    found.append(event | {"data": orjson.loads(event["data"])})
                    event = {}
        return found


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def gate(script: Script) -> Gate:
    return Gate(script)


@pytest_asyncio.fixture
async def api(
    database_url: str, script: Script, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Api]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FABULA_MODEL", script.name)
    async with served(settings) as address, Api(base_url=address, timeout=30) as client:
        yield client


def served(settings: Settings, **graphs: Any) -> AbstractAsyncContextManager[str]:
    """Serve until left, with these graphs beside the usual ones; yield the address."""
    return serving(settings, story=graph, echo=echo, agent=agent, **graphs)
