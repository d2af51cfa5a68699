from uuid import uuid4

import pytest

from server.db.errors import ThreadExists
from server.db.pool import open_pool
from server.db.threads import create_thread, get_thread, list_threads, update_thread


@pytest.fixture
async def conn(database_url):
    async with open_pool(database_url) as pool, pool.connection() as conn:
        yield conn


async def test_a_new_thread_is_idle_and_can_be_read_back(conn):
    thread = await create_thread(conn, graph_id="story", owner="ada", metadata={"title": "Fog"})

    assert await get_thread(conn, thread.thread_id, "ada") == thread
    assert (thread.status, thread.graph_id, thread.metadata) == ("idle", "story", {"title": "Fog"})
    assert thread.created_at.tzinfo


async def test_an_id_is_used_once_even_between_owners(conn):
    thread = await create_thread(conn, graph_id="story", owner="ada")

    with pytest.raises(ThreadExists):
        await create_thread(conn, graph_id="story", owner="grace", thread_id=thread.thread_id)


async def test_another_owners_thread_is_not_there(conn):
    thread = await create_thread(conn, graph_id="story", owner="ada")

    assert await get_thread(conn, thread.thread_id, "grace") is None
    assert await update_thread(conn, thread.thread_id, "grace", status="busy") is None
    assert await list_threads(conn, "grace") == []
    assert await get_thread(conn, thread.thread_id, "ada") == thread


async def test_threads_are_listed_newest_first_by_status_and_graph(conn):
    first = await create_thread(conn, graph_id="story")
    second = await create_thread(conn, graph_id="agent")
    third = await create_thread(conn, graph_id="story")
    third = await update_thread(conn, third.thread_id, status="busy")

    assert await list_threads(conn) == [third, second, first]
    assert await list_threads(conn, limit=1) == [third]
    assert await list_threads(conn, status="busy") == [third]
    assert await list_threads(conn, graph_id="story", status="idle") == [first]


async def test_an_update_sets_the_status_and_merges_the_metadata(conn):
    thread = await create_thread(conn, graph_id="story", metadata={"title": "Fog", "draft": 1})

    updated = await update_thread(conn, thread.thread_id, status="error", metadata={"draft": 2})
    kept = await update_thread(conn, thread.thread_id)

    assert (updated.status, updated.metadata) == ("error", {"title": "Fog", "draft": 2})
    assert updated.updated_at > thread.updated_at
    assert (kept.status, kept.metadata) == (updated.status, updated.metadata)


async def test_an_unknown_thread_is_none(conn):
    assert await get_thread(conn, uuid4()) is None
    assert await update_thread(conn, uuid4(), status="busy") is None
