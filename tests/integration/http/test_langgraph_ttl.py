"""What is kept for so long is deleted then, whole, and once."""

import asyncio

import psycopg
import pytest
from langgraph.store.base import PutOp
from psycopg.rows import scalar_row

from server.db.checkpoints import store
from server.db.expiry import sweep_expired
from server.db.pool import open_pool
from server.retention import Retention, RetentionInvalid, retention_of

TABLES = ("threads", "runs", "run_events", "checkpoints", "checkpoint_blobs", "checkpoint_writes")
HELLO = {"assistant_id": "echo", "input": {"words": ["hello"]}}


@pytest.fixture
async def pool(database_url):
    async with open_pool(database_url) as pool:
        yield pool


async def make(api, **given):
    made = await api.post("/threads", json=given)
    assert made.status_code == 200, made.text
    return made.json()["thread_id"]


async def run(api, thread, **given):
    return await api.post(f"/threads/{thread}/runs/wait", json=HELLO | given)


async def let_pass(pool, minutes):
    async with pool.connection() as conn:
        await conn.execute(
            "UPDATE threads SET updated_at = updated_at - %s * interval '1 minute'", (minutes,)
        )


async def rows(pool, table, thread):
    query = f"SELECT count(*) FROM {table} WHERE thread_id::text = %s"
    async with pool.connection() as conn, conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, (thread,))).fetchone()


async def test_a_thread_whose_time_is_over_is_deleted_with_all_it_holds(api, pool):
    brief, kept = await make(api, ttl={"ttl": 5}), await make(api)
    for thread in (brief, kept):
        assert (await run(api, thread)).json() == {"words": ["hello", "heard"]}
    held = {table: await rows(pool, table, kept) for table in TABLES}

    await let_pass(pool, 4)
    assert await sweep_expired(pool) == 0
    await let_pass(pool, 2)
    assert await sweep_expired(pool) == 1

    assert min(held.values()) > 0
    assert {table: await rows(pool, table, brief) for table in TABLES} == dict.fromkeys(TABLES, 0)
    assert {table: await rows(pool, table, kept) for table in TABLES} == held
    assert (await api.get(f"/threads/{brief}")).status_code == 404


async def test_however_many_processes_sweep_each_thread_is_deleted_once(api, pool, database_url):
    for _ in range(20):
        await make(api, ttl={"ttl": 1})
    await let_pass(pool, 2)

    async with open_pool(database_url, max_size=4) as another:
        swept = await asyncio.gather(*(sweep_expired(each) for each in (pool, another) * 4))

    assert sum(swept) == 20


async def test_a_thread_with_a_run_that_has_not_ended_stays(api, pool):
    thread = await make(api, ttl={"ttl": 1})
    waits = await api.post(f"/threads/{thread}/runs", json=HELLO | {"after_seconds": 600})
    assert waits.json()["status"] == "pending"

    await let_pass(pool, 60)

    assert await sweep_expired(pool) == 0
    await api.post(f"/threads/{thread}/runs/{waits.json()['run_id']}/cancel?wait=true")
    await let_pass(pool, 60)
    assert await sweep_expired(pool) == 1


async def test_how_long_a_thread_is_kept_is_shown_changed_and_copied(api):
    thread = await make(api, ttl={"ttl": 5, "strategy": "delete"})

    async def shown(thread):
        return (await api.get(f"/threads/{thread}?include=ttl")).json()["ttl"]

    assert (await shown(thread))["ttl_minutes"] == 5
    await api.patch(f"/threads/{thread}", json={"metadata": {"of": "ann"}})
    assert (await shown(thread))["ttl_minutes"] == 5
    await api.patch(f"/threads/{thread}", json={"ttl": {"ttl": 60}})
    assert (await shown(thread))["ttl_minutes"] == 60
    copied = (await api.post(f"/threads/{thread}/copy")).json()["thread_id"]
    assert (await shown(copied))["ttl_minutes"] == 60
    assert await shown(await make(api)) is None
    assert "ttl" not in (await api.get(f"/threads/{thread}")).json()


@pytest.mark.parametrize("ttl", [{"ttl": -1}, {"ttl": 1e12}, {"ttl": 5, "strategy": "keep_latest"}])
async def test_a_time_that_cannot_be_kept_is_refused(api, ttl):
    assert (await api.post("/threads", json={"ttl": ttl})).status_code == 422


async def test_items_of_the_store_whose_time_is_over_are_deleted(api, pool, database_url):
    await store(pool).abatch(
        [PutOp(("a",), key, {"key": key}, ttl=ttl) for key, ttl in (("brief", 0.0001), ("kept", None))]
    )
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        await conn.execute("UPDATE store SET expires_at = expires_at - interval '1 hour'")

    await sweep_expired(pool)

    assert [item.key for item in await store(pool).asearch(("a",))] == ["kept"]


class TestConfig:
    def test_a_config_says_how_long_things_are_kept(self):
        told = {
            "checkpointer": {"ttl": {"strategy": "delete", "default_ttl": 60, "sweep_interval_minutes": 10}},
            "store": {"ttl": {"default_ttl": 5, "refresh_on_read": False, "sweep_interval_minutes": 2}},
        }
        kept = retention_of(told)

        assert (kept.thread_minutes, kept.every) == (60, 120)
        assert kept.items == {"default_ttl": 5, "refresh_on_read": False}
        assert retention_of({}).thread_minutes is retention_of({}).items["default_ttl"] is None
        assert retention_of({}).every == Retention().every

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"checkpointer": {"ttl": {"default_ttl": -1}}}, "checkpointer.ttl"),
            ({"checkpointer": {"ttl": {"strategy": "keep_latest"}}}, "checkpointer.ttl.strategy"),
            ({"store": {"ttl": {"default_ttl": "long"}}}, "store.ttl"),
        ],
    )
    def test_what_cannot_be_used_names_its_field(self, told, field):
        with pytest.raises(RetentionInvalid, match=field):
            retention_of(told)
