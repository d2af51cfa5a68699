"""Every test of a graph runs twice: straight through, and stopped after each step and taken up by a new run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from langgraph.types import Command

from domain.context import Context
from graphs.story import graph
from server.db.checkpoints import saver, store
from server.db.pool import Pool, open_pool

Run = Callable[..., Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, max_size=4) as pool:
        yield pool


class Thread:
    """One thread of the story graph; it keeps the custom events of all its runs."""

    def __init__(self, pool: Pool, context: Context, stop: bool) -> None:
        self.pool, self.context, self.stop = pool, context, stop
        self.id, self.run_id = str(uuid4()), uuid4()
        self.events: list[dict[str, Any]] = []
        self.forked = ""

    @property
    def config(self) -> Any:
        return {"configurable": {"thread_id": self.id}, "run_id": self.run_id}

    def graph(self) -> Any:
        """A graph as a new process would have it."""
        return graph.copy(update={"checkpointer": saver(self.pool), "store": store(self.pool)})

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
