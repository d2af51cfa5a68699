"""How many statements a short run sends, beside the same graph with the stock saver."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from structlog.contextvars import get_contextvars

from server.db.pool import prepare
from server.runs.engine import Engine
from server.settings import Settings
from tests.integration.http.conftest import served
from tests.integration.runs.graphs import GRAPHS

SENT: list[str] = []


class Counting(AsyncCursor[Any]):
    async def execute(self, query, params=None, **options):
        SENT.append(" ".join(str(query).split())[:60])
        return await super().execute(query, params, **options)

    async def executemany(self, query, params_seq, **options):
        params = list(params_seq)
        SENT.extend([" ".join(str(query).split())[:60]] * len(params))
        return await super().executemany(query, params, **options)


@pytest_asyncio.fixture
async def counting(database_url: str) -> AsyncIterator[Any]:
    options = {"autocommit": True, "row_factory": dict_row, "cursor_factory": Counting}
    async with AsyncConnectionPool(
        database_url, kwargs=options, min_size=1, max_size=4, configure=prepare
    ) as pool:
        yield pool


async def test_a_short_run_sends_few_statements(counting, new_run):
    saver = AsyncPostgresSaver(counting)
    floor = GRAPHS["quick"].copy(update={"checkpointer": saver})
    SENT.clear()
    await floor.ainvoke({"steps": []}, {"configurable": {"thread_id": str(uuid4())}}, durability="sync")
    by_the_saver = list(SENT)

    async with Engine(counting, GRAPHS, slots={"default": 1}) as engine:
        create = await new_run("quick")
        SENT.clear()
        run = await engine.accept(create)
        assert [event async for event in engine.stream(run.thread_id, "ann", after=-1, run_id=run.run_id)]
        by_the_run = [query for query in SENT if "procrastinate" not in query]

    print(f"\nstatements of a short run: {len(by_the_run)}, of the stock saver alone: {len(by_the_saver)}")
    print(*by_the_run, sep="\n")
    assert len(by_the_run) <= len(by_the_saver) <= 13


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """Every statement of a request or a run, and none of the services that run beside."""
    sent: list[str] = []
    execute, command = AsyncCursor.execute, AsyncConnection._exec_command

    def note(statement: Any) -> None:
        if get_contextvars().keys() & {"request_id", "run_id"}:
            sent.append(" ".join(str(statement).split())[:60])

    async def counted(self, query, params=None, **options):
        note(query)
        return await execute(self, query, params, **options)

    def counted_command(self, told, *rest):
        note(told)
        return command(self, told, *rest)

    monkeypatch.setattr(AsyncCursor, "execute", counted)
    monkeypatch.setattr(AsyncConnection, "_exec_command", counted_command)
    return sent


@pytest.mark.parametrize("path", ["/runs/wait", "/threads/{}/runs/wait", "/threads/{}/runs/stream"])
async def test_a_short_run_over_http_sends_few_statements(database_url, monkeypatch, statements, path):
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with served(Settings()) as address, httpx.AsyncClient(base_url=address, timeout=30) as client:
        asked = {"assistant_id": "echo", "input": {"words": []}, "if_not_exists": "create"}
        for _ in range(2):
            statements.clear()
            assert (await client.post(path.format(uuid4()), json=asked)).status_code == 200
        sent = list(statements)

    print(f"\nstatements over HTTP: {len(sent)}", *sent, sep="\n")
    assert len(sent) <= 13
