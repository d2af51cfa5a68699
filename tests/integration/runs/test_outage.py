"""Postgres away for a while, and two processes that end the same run."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from server.db.pool import open_pool
from server.runs import sql
from server.runs.engine import Engine
from server.runs.errors import RunLost
from server.runs.heart import LEASE
from tests.integration.runs.graphs import GRAPHS
from tests.integration.runs.proxy import proxy_to
from tests.integration.runs.test_engine import until
from tests.integration.runs.test_takeover import charges, logged, updates


async def test_postgres_away_in_the_middle_of_a_run_has_nothing_run_again(team, new_run, pool, database_url):
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(proxy_to(database_url))
        await asyncio.gather(*(team.start(address=proxy.address, TEST_STEP="0.3") for _ in range(2)))
        through = await stack.enter_async_context(open_pool(proxy.address, max_size=4))
        observer = await stack.enter_async_context(Engine(through, GRAPHS, slots={}))
        run = await observer.accept(await new_run("slow"))
        await team.until("begin 2")
        proxy.cut()
        await asyncio.sleep(LEASE + 2)
        await proxy.open()

        async with asyncio.timeout(20):
            settled = await observer.join(run.run_id, "ann")
        events = await logged(observer, run)
        another = await observer.accept(await new_run("quick"))
        async with asyncio.timeout(20):
            assert (await observer.join(another.run_id, "ann")).status == "success"

    assert (settled.status, settled.attempt) == ("success", 1)
    assert [len(team.lines(f"begin {number}")) for number in range(1, 5)] == [1, 1, 1, 1]
    assert list(updates(events).values()) == [1, 1, 1, 1]
    assert await charges(pool) == ["success", "success"]


async def test_of_two_that_end_a_run_one_wins(engine, new_run, pool):
    run = await engine.accept(await new_run("stuck"))
    await until(engine, run, "wait_for_ever")
    async with pool.connection() as conn:
        await conn.execute("UPDATE runs SET attempt = 2, holder = 'another'")
        with pytest.raises(RunLost):
            await sql.settle(conn, run, "success", "idle", None, "one", [])
        taken = await engine.get(run.run_id, "ann")
        settled = await sql.settle(conn, taken, "success", "idle", None, "another", [])
        again = await sql.settle(conn, taken, "error", "error", None, "another", [])

    assert [row.status for row in settled] == ["success"]
    assert again == []
    assert (await engine.join(run.run_id, "ann")).status == "success"


async def test_a_run_that_could_not_be_settled_is_taken_up_again(start, new_run, pool):
    refusals = [LookupError("the ledger is closed")] * 2

    async def settle(conn, run, status):
        if refusals:
            raise refusals.pop()

    engine = await start(on_settle=[settle])
    run = await engine.accept(await new_run("quick"))

    async with asyncio.timeout(20):
        settled = await engine.join(run.run_id, "ann")

    assert (settled.status, settled.attempt) == ("success", 3)
    assert list(updates(await logged(engine, run)).values()) == [1]
