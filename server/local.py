"""Stories that the command line runs in its own process, each on a thread of its own."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.types import StateSnapshot

import prompts
from domain.context import Context
from domain.story import StoryInput
from graphs.story import graph
from server.db.checkpoints import saver, store
from server.db.pool import Pool, connect
from server.db.threads import (
    ThreadRow,
    create_thread,
    get_thread,
    let_go,
    list_threads,
    try_to_hold,
    update_thread,
)
from server.errors import NothingToResume, StoryBusy, StoryNotFound

GRAPH = "story"
LOOK_BACK = 200

logger = structlog.get_logger(__name__)


class LocalThreads:
    """The threads of one graph in one database, run one at a time by this process."""

    def __init__(self, pool: Pool, graph: Any) -> None:
        self.pool = pool
        self.graph = graph.copy(update={"checkpointer": saver(pool), "store": store(pool)})

    async def run(self, thread: ThreadRow, given: Any) -> AsyncGenerator[tuple[str, Any]]:
        """Run the thread from where it stands and yield `(mode, data)` as it happens: custom, messages, updates.

        `given` is the input, a `Command`, or `None` to go on. Every step that was told is in the database.
        """
        async with self.pool.connection() as conn:
            if not await try_to_hold(conn, thread.thread_id):
                raise StoryBusy
            status = "error"
            try:
                await self._mark(thread, "busy")
                async for mode, data in self.graph.astream(
                    given,
                    self.config(thread) | {"run_id": uuid4()},
                    context=Context(**thread.metadata["context"]),
                    stream_mode=["custom", "messages", "updates"],
                    durability="sync",
                ):
                    yield str(mode), data
                status = "interrupted" if (await self.state(thread)).next else "idle"
            finally:
                await let_go(conn, thread.thread_id)
                await self._mark(thread, status)

    async def state(self, thread: ThreadRow) -> StateSnapshot:
        """Return where the thread stands."""
        state: StateSnapshot = await self.graph.aget_state(self.config(thread))
        return state

    def config(self, thread: ThreadRow) -> RunnableConfig:
        return {"configurable": {"thread_id": str(thread.thread_id)}}

    async def find(self, named: str) -> ThreadRow:
        """Return the thread of this id, or the newest unfinished one when no id is given.

        Raises `StoryNotFound` or `NothingToResume`.
        """
        async with self.pool.connection() as conn:
            if named:
                thread = await get_thread(conn, read_id(named))
                if not thread or thread.graph_id != self.graph.name:
                    raise StoryNotFound(f"there is no story {named!r}")
                return thread
            for thread in await list_threads(conn, graph_id=self.graph.name, limit=LOOK_BACK):
                if not thread.metadata.get("finished"):
                    return thread
        raise NothingToResume

    async def finish(self, thread: ThreadRow, title: str, book: str) -> None:
        """Note that the thread's book was made, and where."""
        about = {"finished": True, "title": title, "book": book}
        async with self.pool.connection() as conn:
            await update_thread(conn, thread.thread_id, metadata=about)

    async def _mark(self, thread: ThreadRow, status: Any) -> None:
        async with self.pool.connection() as conn:
            await update_thread(conn, thread.thread_id, status=status)


class LocalStories(LocalThreads):
    """The stories of one database."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, graph)

    async def begin(self, request: StoryInput, context: Context, out: str) -> ThreadRow:
        """Make the thread of a new story. `out` is where its book will be."""
        metadata = {"request": request.model_dump(), "context": asdict(context), "out": out}
        async with self.pool.connection() as conn:
            return await create_thread(conn, graph_id=GRAPH, metadata=metadata)

    async def find_finished(self) -> ThreadRow:
        """Return the newest story whose book was made. Raises `StoryNotFound`."""
        async with self.pool.connection() as conn:
            for thread in await list_threads(conn, graph_id=GRAPH, limit=LOOK_BACK):
                if thread.metadata.get("finished"):
                    return thread
        raise StoryNotFound("there is no finished story yet: fabula write")


def read_id(named: str) -> UUID:
    """Return the id. Raises `StoryNotFound` when it is none."""
    try:
        return UUID(named)
    except ValueError:
        raise StoryNotFound(f"{named!r} is no story's id") from None


@asynccontextmanager
async def local_threads(graph: Any) -> AsyncIterator[LocalThreads]:
    """Yield the threads of a graph, in `DATABASE_URL` or the embedded Postgres, with the prompts in place."""
    async with opened() as pool:
        yield LocalThreads(pool, graph)


@asynccontextmanager
async def local_stories() -> AsyncIterator[LocalStories]:
    """Yield the stories of `DATABASE_URL` or of the embedded Postgres, with the prompts in place."""
    async with opened() as pool:
        yield LocalStories(pool)


@asynccontextmanager
async def opened() -> AsyncIterator[Pool]:
    async with connect(max_size=6) as pool:
        for name in await prompts.install(store(pool)):
            logger.warning("prompt_edited", prompt=name, see="fabula prompts diff")
        yield pool
