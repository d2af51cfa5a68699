"""Runs whose rows are encrypted: taken over by another process, and as fast to find."""

import asyncio
import json
from uuid import uuid4

import pytest

from server.db.creator_sessions import OF_USER, list_sessions
from server.db.sealing import SETTING, get
from server.db.threads import ThreadFilter, create_thread, search_threads
from tests.integration.runs.test_takeover import logged, updates

KEYS = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv(SETTING, KEYS)


@pytest.mark.req("B62")
@pytest.mark.parametrize("graph", ["slow", "branches"])
async def test_a_run_is_taken_over_that_another_process_has_encrypted(
    keys, team, observer, new_run, pool, graph
):
    holder = await team.start(TEST_STEP="0.3")
    run = await observer.accept(await new_run(graph, input={"steps": ["sealed:"]}))
    await team.until("end" if graph == "slow" else "begin")
    await holder.kill()
    await team.start(TEST_STEP="0.1")

    async with asyncio.timeout(20):
        settled = await observer.join(run.run_id, "ann")
    assert (settled.status, settled.attempt) == ("success", 2)
    assert settled.kwargs["input"] == {"steps": ["sealed:"]}
    events = await logged(observer, run)
    assert set(updates(events).values()) == {1}
    assert [json.loads(event.data)["attempt"] for event in events if event.event == "metadata"] == [1, 2]
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT data FROM run_events WHERE data <> ''")).fetchall()
    assert {row["data"][:1] for row in rows} == {b"\x01"}


@pytest.mark.req("B62")
async def test_threads_are_found_by_what_is_encrypted_through_the_indexes(keys, pool):
    users = [str(uuid4()).upper() for _ in range(2)]
    async with pool.connection() as conn:
        for place in range(40):
            about = {"user_id": users[place % 2], "title": f"book {place % 20}"}
            await create_thread(conn, graph_id="creator", owner="ann", metadata=about)
        found = await list_sessions(conn, "ann", users[1], 10, 0)
        assert [row.metadata["title"] for row in found] == [f"book {n % 20}" for n in range(39, 19, -2)]
        assert len(await search_threads(conn, ThreadFilter("ann", metadata={"title": "book 3"}))) == 2

        others = """
            INSERT INTO threads (thread_id, graph_id, owner, metadata)
            SELECT gen_random_uuid(), 'creator', 'ann', jsonb_build_object('user_id', n::text, 'title', n::text)
            FROM generate_series(1, 3000) AS n
        """
        await conn.execute(others)
        await conn.execute("ANALYZE threads")
        condition, values = ThreadFilter("ann", metadata={"title": "book 3"}).query()
        query = "EXPLAIN SELECT * FROM threads WHERE " + condition.as_string(conn)
        plan = await (await conn.execute(query, values)).fetchall()
        assert "threads_metadata" in str(plan)
        values = {"owner": "ann", "users": get().alternatives(users[0]), "limit": 10, "offset": 0}
        plan = await (await conn.execute("EXPLAIN " + OF_USER, values)).fetchall()
        assert "threads_creator_users" in str(plan)
