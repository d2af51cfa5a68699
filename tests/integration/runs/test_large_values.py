"""Values beyond 400 KB: in the object store, and read as if they were in the database."""

from typing import Annotated, Any

import psycopg
import pytest
import pytest_asyncio
from langgraph.channels.delta import DeltaChannel
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from domain.state import extend
from providers import objects
from server.db import large_values
from server.db.checkpoints import saver
from server.db.threads import copy_thread, delete_thread
from server.files import sweep_files
from server.runs.engine import Engine

SMALL, LARGE = "s" * 399_000, "l" * 401_000


class State(TypedDict, total=False):
    """`given` says what is made; `draft` is one value, of `texts` each step adds some."""

    given: dict[str, Any]
    draft: dict[str, str]
    texts: Annotated[list[str], DeltaChannel(extend)]


async def write(state: State) -> State:
    text = LARGE if state["given"]["large"] else SMALL
    return {"draft": {"text": text}, "texts": [text]}


async def write_on(state: State) -> State:
    return {"texts": [state["draft"]["text"] + "!"]}


graph = StateGraph(State).add_sequence([write, write_on]).add_edge(START, "write").compile(name="large")


@pytest_asyncio.fixture
async def store(monkeypatch, tmp_path):
    monkeypatch.setenv("FABULA_OBJECTS", str(tmp_path / "objects"))
    return objects.get()


@pytest_asyncio.fixture
async def engine(pool, store):
    async with Engine(pool, {"large": graph}) as engine:
        yield engine


@pytest.fixture
def written(engine, new_run):
    async def written(large=True, **given):
        run = await engine.accept(await new_run("large", input={"given": {"large": large}}, **given))
        assert (await engine.join(run.run_id, "ann")).status == "success"
        return run.thread_id

    return written


async def values_of(pool, thread_id):
    """The newest values, as they are read, and all of the history's."""
    running = graph.copy(update={"checkpointer": saver(pool)})
    config = {"configurable": {"thread_id": str(thread_id)}}
    history = [state.values async for state in running.aget_state_history(config)]
    return (await running.aget_state(config)).values, history


async def kinds_of(database_url, thread_id):
    """What type of value is kept how: the types of the rows, and how long the longest is."""
    query = """
        SELECT array_agg(DISTINCT type), max(length(blob)) FROM (
            SELECT type, blob FROM checkpoint_blobs WHERE thread_id = %(id)s AND blob IS NOT NULL
            UNION ALL SELECT type, blob FROM checkpoint_writes WHERE thread_id = %(id)s) AS rows
    """
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        return await (await conn.execute(query, {"id": str(thread_id)})).fetchone()


def keys(store):
    return sorted(found["path"] for chunk in store.store.list() for found in chunk)


@pytest.mark.req("B35")
@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_a_large_value_is_a_reference_and_read_whole(written, pool, store, database_url, durability):
    thread_id = await written(durability=durability)

    kinds, longest = await kinds_of(database_url, thread_id)
    assert any(kind.startswith("object:msgpack") for kind in kinds)
    assert longest < 1_000
    values, history = await values_of(pool, thread_id)
    assert values["draft"] == {"text": LARGE}
    assert values["texts"] == [LARGE, LARGE + "!"]
    assert history[0] == values
    assert {key.split("/")[:2] == ["values", str(thread_id)] for key in keys(store)} == {True}


async def test_the_same_value_is_kept_once(written, store):
    await written(durability="sync")

    assert len(keys(store)) == 3


async def test_what_is_not_so_large_is_in_the_database(written, pool, store, database_url):
    thread_id = await written(large=False)

    kinds, longest = await kinds_of(database_url, thread_id)
    assert not any(kind.startswith("object:") for kind in kinds)
    assert longest > 399_000
    assert (await values_of(pool, thread_id))[0]["draft"] == {"text": SMALL}
    assert keys(store) == []


async def test_a_thread_that_is_deleted_takes_its_values_along(written, pool, store):
    thread_id, other = await written(), await written()
    async with pool.connection() as conn:
        await delete_thread(conn, thread_id, "ann")
    await sweep_files(pool)

    assert {key.split("/")[1] for key in keys(store)} == {str(other)}
    async with pool.connection() as conn:
        await delete_thread(conn, other, "ann")
    await sweep_files(pool)
    assert keys(store) == []


async def test_a_copied_thread_has_values_of_its_own(written, pool, store):
    thread_id = await written()
    async with pool.connection() as conn, conn.transaction():
        copied = await copy_thread(conn, thread_id, "ann")
    async with pool.connection() as conn:
        await delete_thread(conn, thread_id, "ann")
    await sweep_files(pool)

    values, history = await values_of(pool, copied.thread_id)
    assert values["texts"] == [LARGE, LARGE + "!"]
    assert history[0] == values


async def test_a_value_that_is_written_by_hand_is_kept_so_too(written, pool, database_url):
    thread_id = await written(large=False)
    running = graph.copy(update={"checkpointer": saver(pool)})
    await running.aupdate_state(
        {"configurable": {"thread_id": str(thread_id)}}, {"draft": {"text": LARGE}}, "write_on"
    )

    kinds, _ = await kinds_of(database_url, thread_id)
    assert any(kind.startswith("object:msgpack") for kind in kinds)
    assert (await values_of(pool, thread_id))[0]["draft"] == {"text": LARGE}


async def test_a_store_that_fails_fails_the_run_and_the_next_goes_on(engine, new_run, pool, store, tmp_path):
    blocked = tmp_path / "objects" / "values"
    blocked.write_text("This is no folder.")
    run = await engine.accept(await new_run("large", input={"given": {"large": True}}))
    ended = await engine.join(run.run_id, "ann")
    assert ended.error["error"] == "StoreFailed"

    blocked.unlink()
    again = await engine.accept(await new_run("large", run.thread_id, input=None))
    assert (await engine.join(again.run_id, "ann")).status == "success"
    assert (await values_of(pool, run.thread_id))[0]["texts"] == [LARGE, LARGE + "!"]


async def test_a_value_without_a_row_goes_with_its_thread(written, pool, store):
    """A process that is killed between the two leaves one."""
    thread_id = await written()
    await large_values.put(str(thread_id), "msgpack", b"of a process that was killed")
    async with pool.connection() as conn:
        await delete_thread(conn, thread_id, "ann")
    await sweep_files(pool)

    assert keys(store) == []
