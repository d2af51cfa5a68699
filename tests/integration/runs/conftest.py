"""Engines on a database of the test's own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from server.db.pool import Pool, open_pool
from server.db.threads import create_thread
from server.runs.engine import Engine
from server.runs.models import RunCreate
from tests.integration.runs.graphs import GRAPHS


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, max_size=8) as pool:
        yield pool


@pytest_asyncio.fixture
async def start(pool: Pool) -> AsyncIterator[Callable[..., Any]]:
    """Start an engine in this process."""
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> Engine:
            return await stack.enter_async_context(Engine(pool, GRAPHS, **options))

        yield start


@pytest_asyncio.fixture
async def engine(start: Callable[..., Any]) -> Engine:
    return await start()


@pytest.fixture
def new_run(pool: Pool) -> Callable[..., Any]:
    """Make what creates a run, on a new thread unless one is named."""

    async def new_run(graph_id: str, thread_id: UUID | None = None, **given: Any) -> RunCreate:
        if thread_id is None:
            async with pool.connection() as conn:
                thread_id = (await create_thread(conn, graph_id=graph_id, owner="ann")).thread_id
        given = {"input": {"steps": []}, "durability": "sync"} | given
        return RunCreate(thread_id=thread_id, graph_id=graph_id, owner="ann", **given)

    return new_run
