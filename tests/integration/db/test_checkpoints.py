"""LangGraph's checkpoints and store on our pool."""

import asyncio
import operator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any
from uuid import uuid4

import psycopg
import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from psycopg import AsyncConnection
from typing_extensions import TypedDict

from server.db.checkpoints import saver, store, stored_bytes
from server.db.embedded import EmbeddedPostgres
from server.db.migrate import migrate
from server.db.pool import open_pool
from tests.integration.db.conftest import lives


@dataclass
class Strange:
    """A class that no state of ours holds."""

    word: str


class State(TypedDict, total=False):
    chapters: Annotated[list[str], operator.add]


async def nothing(number: int) -> None: ...


def three_chapters(meanwhile=nothing):
    """A graph of three nodes, each of which writes a chapter and looks into the store."""

    def writer(number: int):
        async def write(state: State, runtime: Runtime[Any]) -> State:
            await meanwhile(number)
            await runtime.store.aput(("chapters",), str(number), {"number": number})
            return {"chapters": [f"Chapter {number}. " + "The fog came in again. " * 50]}

        return write

    builder = StateGraph(State)
    steps = [START, "one", "two", "three", END]
    for number, name in enumerate(steps[1:-1], start=1):
        builder.add_node(name, writer(number))
    for start, end in pairwise(steps):
        builder.add_edge(start, end)
    return builder.compile()


def on(graph, pool):
    return graph.copy(update={"checkpointer": saver(pool), "store": store(pool)})


def thread() -> dict[str, Any]:
    return {"configurable": {"thread_id": str(uuid4())}}


@pytest.mark.req("D02")
async def test_each_step_of_a_run_is_a_row(database_url):
    config = thread()
    async with open_pool(database_url) as pool:
        await on(three_chapters(), pool).ainvoke({"chapters": []}, config, durability="sync")

        async with pool.connection() as conn:
            query = "SELECT metadata->>'step' AS step FROM checkpoints WHERE thread_id = %s ORDER BY checkpoint_id"
            rows = await (await conn.execute(query, (config["configurable"]["thread_id"],))).fetchall()
        state = await on(three_chapters(), pool).aget_state(config)
        history = [state async for state in on(three_chapters(), pool).aget_state_history(config)]

    assert [row["step"] for row in rows] == ["-1", "0", "1", "2", "3"]
    assert [chapter[:9] for chapter in state.values["chapters"]] == ["Chapter 1", "Chapter 2", "Chapter 3"]
    assert len(history) == 5


async def test_a_threads_stored_bytes_are_its_own_and_grow(database_url):
    config = thread()
    thread_id = config["configurable"]["thread_id"]
    async with open_pool(database_url) as pool, pool.connection() as conn:
        assert await stored_bytes(conn, thread_id) == 0
        await on(three_chapters(), pool).ainvoke({"chapters": []}, config, durability="sync")
        once = await stored_bytes(conn, thread_id)
        await on(three_chapters(), pool).ainvoke({"chapters": []}, config, durability="sync")

        assert once > 1000
        assert await stored_bytes(conn, thread_id) > 1.5 * once
        await saver(pool).adelete_thread(thread_id)
        assert await stored_bytes(conn, thread_id) == 0


async def test_what_the_database_holds_makes_no_object_of_a_strange_class(database_url):
    async with open_pool(database_url) as pool:
        serde = saver(pool).serde
        assert serde.loads_typed(serde.dumps_typed({"chapters": ["Fog"]})) == {"chapters": ["Fog"]}

        strange = serde.loads_typed(serde.dumps_typed(Strange("fog")))

    assert not isinstance(strange, Strange)


@pytest.mark.parametrize("ending", ["stop", "kill"])
@pytest.mark.parametrize("table", ["checkpoints", "store"])
async def test_a_write_that_postgres_breaks_off_is_done_again(filled, member, ending, table):
    holder = member()
    assert holder.heard() == "ready"
    postgres = EmbeddedPostgres(filled)
    await postgres.start()
    server, config, cuts = holder.server, thread(), []

    async def cut(number: int) -> None:
        if number == 2:
            conn = await AsyncConnection.connect(postgres.url)
            await conn.execute(f"LOCK {table} IN EXCLUSIVE MODE")
            cuts.append(asyncio.create_task(end_the_holder(conn)))

    async def end_the_holder(conn: AsyncConnection) -> None:
        """Wait until the run waits for the table, then take Postgres from under it."""
        while not (await (await conn.execute("SELECT FROM pg_locks WHERE NOT granted")).fetchall()):
            await conn.execute("SELECT pg_sleep(0.01)")
        await asyncio.to_thread(getattr(holder, ending))
        await conn.close()

    try:
        await migrate(postgres.url)
        async with open_pool(postgres.url) as pool:
            graph = on(three_chapters(cut), pool)
            result = await graph.ainvoke({"chapters": []}, config, durability="sync")

            assert len(result["chapters"]) == 3
            assert (await graph.aget_state(config)).values == result
            assert (await graph.store.aget(("chapters",), "2")).value == {"number": 2}
        await asyncio.gather(*cuts)
        assert not lives(server)
        assert postgres.process
        assert lives(postgres.process.pid)
    finally:
        await postgres.stop()


async def test_an_error_that_is_postgres_own_is_raised_at_once(database_url):
    async with open_pool(database_url) as pool:
        async with pool.connection() as conn:
            await conn.execute("DROP TABLE checkpoints")

        with pytest.raises(psycopg.errors.UndefinedTable):
            await on(three_chapters(), pool).ainvoke({"chapters": []}, thread())
