"""Every test of a graph runs twice: straight through, and stopped after each step and taken up by a new run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from langgraph.types import Command

from domain.context import Context
from graphs import creator, story
from providers import images, moderation, speech
from providers.scripted import Script
from server.db.checkpoints import saver, store
from server.db.pool import Pool, open_pool
from tests import creations

Run = Callable[..., Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, max_size=4) as pool:
        yield pool


class Thread:
    """One thread of a graph; it keeps the custom events of all its runs."""

    def __init__(self, pool: Pool, context: Context, stop: bool, served: Any = story.graph) -> None:
        self.pool, self.context, self.stop, self.served = pool, context, stop, served
        self.id, self.run_id = str(uuid4()), uuid4()
        self.events: list[dict[str, Any]] = []
        self.forked = ""

    @property
    def config(self) -> Any:
        return {"configurable": {"thread_id": self.id}, "run_id": self.run_id}

    def graph(self) -> Any:
        """A graph as a new process would have it."""
        return self.served.copy(update={"checkpointer": saver(self.pool), "store": store(self.pool)})

    async def run(self, given: Any) -> dict[str, Any]:
        """Run until nothing is left to do but what a person must answer; return the values."""
        while True:
            options: dict[str, Any] = {"interrupt_after": "*"} if self.stop else {}
            config = self.config
            if self.forked:
                config["configurable"] |= {"checkpoint_id": self.forked, "checkpoint_ns": ""}
                self.forked = ""
            stream = self.graph().astream(
                given, config, context=self.context, stream_mode="custom", durability="sync", **options
            )
            async for event in stream:
                self.events.append(event)
            state = await self.state()
            if not self.stop or not state.next or state.interrupts:
                return dict(state.values)
            given = None

    async def tell(self, premise: str = "A keeper hears the fog answer.", **request: Any) -> dict[str, Any]:
        return await self.run({"request": {"premise": premise, **request}})

    async def retry(self) -> dict[str, Any]:
        """A further run on the thread, from where it stands."""
        self.run_id = uuid4()
        return await self.run(None)

    async def resume(self, answer: Any) -> dict[str, Any]:
        waiting = (await self.state()).interrupts[0]
        return await self.run(Command(resume={waiting.id: answer}))

    async def state(self) -> Any:
        return await self.graph().aget_state(self.config)

    def told(self, event: str) -> list[dict[str, Any]]:
        return [told for told in self.events if told["event"] == event]


@pytest.fixture(params=["straight", "stopped"])
def thread(request: pytest.FixtureRequest, pool: Pool, context: Context) -> Thread:
    return Thread(pool, context, request.param == "stopped")


class Session(Thread):
    """One thread of the creator graph."""

    async def start(self, prompt: str = creations.PROMPT, **request: Any) -> dict[str, Any]:
        return await self.run({"request": {"prompt": prompt, **request}})

    async def answer(self, action: str, **given: Any) -> dict[str, Any]:
        self.run_id = uuid4()
        return await self.resume({"action": action, **given})

    async def question(self) -> dict[str, Any]:
        """What a person is asked."""
        [waiting] = (await self.state()).interrupts
        return dict(waiting.value)

    async def draft(self, scenes: int = 4) -> dict[str, Any]:
        """Have the first concept drafted."""
        values = await self.start()
        concept = values["rounds"][-1]["concepts"][0]
        return await self.answer("select", concept_id=concept["concept_id"])

    async def approved(self) -> dict[str, Any]:
        """Have a draft that was approved."""
        await self.draft()
        return await self.answer("approve_all")

    async def complete(self, format: str = "both", voice_id: str = "voice-1", **given: Any) -> dict[str, Any]:
        """Have a complete book."""
        await self.approved()
        values = await self.answer("select_format", format=format, **given)
        return values if format == "visual" else await self.answer("select_narrator", voice_id=voice_id)

    async def scene(self, number: int) -> dict[str, Any]:
        return dict((await self.state()).values["draft"]["scenes"][number - 1])


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> creations.Voice:
    """The voice of the creator's tests."""
    made = creations.Voice()
    monkeypatch.setitem(speech.PROVIDERS, "told", lambda _: made)
    return made


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> creations.Painter:
    """The painter of the creator's tests."""
    made = creations.Painter()
    monkeypatch.setitem(images.PROVIDERS, "told", lambda _: made)
    return made


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> creations.Judge:
    """The moderation of the creator's tests."""
    made = creations.Judge()
    monkeypatch.setitem(moderation.PROVIDERS, "told", lambda _: made)
    return made


@pytest.fixture(params=["straight", "stopped"])
def session(
    request: pytest.FixtureRequest,
    pool: Pool,
    context: Context,
    script: Script,
    voice: creations.Voice,
    painter: creations.Painter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Session:
    """A session with a scripted model, a voice, a painter and an object store of its own."""
    monkeypatch.setenv("FABULA_OBJECTS", str(tmp_path / "objects"))
    script.answer = creations.answer
    context = replace(context, speech="told:voice", images="told:painter")
    return Session(pool, context, request.param == "stopped", creator.graph)
