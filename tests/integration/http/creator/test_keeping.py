"""How sessions are kept: their owners, their lists, their end, and what ends with them."""

from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from structlog.contextvars import get_contextvars

from server.db.expiry import sweep_expired
from server.db.pool import open_pool
from server.files import sweep_files
from tests import creations
from tests.integration.http.creator.conftest import PREFIX


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def age(database_url: str, session_id: str, by: timedelta) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        await conn.execute(
            "UPDATE threads SET updated_at = now() - %s WHERE thread_id = %s", (by, session_id)
        )


@pytest.mark.req("B33", "B36")
async def test_after_thirty_days_a_session_is_gone_with_its_checkpoints_and_files(
    creator, database_url, tmp_path
):
    session = await creator.complete("both")
    session_id, folder = session["session_id"], tmp_path / "objects" / "creator"
    assert len([path for path in files(folder) if path.suffix == ".mp3"]) == 4

    async with open_pool(database_url) as pool:
        await age(database_url, session_id, timedelta(days=29))
        assert await sweep_expired(pool) == 0
        assert await sweep_files(pool) == 0
        assert (await creator.session())["current_stage"] == "completed"

        await age(database_url, session_id, timedelta(days=30, seconds=1))
        assert await sweep_expired(pool) == 1
        assert await sweep_files(pool) > 0
        assert await sweep_files(pool) == 0
    await creator.ask("GET", f"session/{session_id}", 404)
    assert files(folder) == []
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "runs", "run_events"):
            rows = await conn.execute(
                f"SELECT count(*) FROM {table} WHERE thread_id::text = %s", (session_id,)
            )
            assert (await rows.fetchone())[0] == 0, table


async def test_a_deleted_session_leaves_other_sessions_files(creator, database_url, tmp_path):
    first = await creator.complete("audio")
    await creator.complete("audio")
    creator.session_id, second = first["session_id"], creator.session_id
    await creator.ask("DELETE", f"session/{first['session_id']}")
    async with open_pool(database_url) as pool:
        await sweep_files(pool)
    assert {path.parts[-3] for path in files(tmp_path / "objects" / "creator")} == {second}


async def test_files_that_cannot_be_deleted_do_not_keep_the_others(creator, database_url, tmp_path):
    first = (await creator.complete("visual"))["session_id"]
    second = (await creator.complete("visual"))["session_id"]
    folder = tmp_path / "objects" / "creator"
    stuck = folder / first / "stuck"
    stuck.mkdir()
    (stuck / "in the way").touch()
    for session_id in (first, second):
        await creator.ask("DELETE", f"session/{session_id}")
    (folder / first).rename(folder / "aside")
    (folder / first).symlink_to(folder / first)
    async with open_pool(database_url) as pool:
        await sweep_files(pool)
        assert not files(folder / second)
        (folder / first).unlink()
        (folder / "aside").rename(folder / first)
        (stuck / "in the way").unlink()
        await sweep_files(pool)
    assert not files(folder / first)


@pytest.mark.req("B34")
async def test_sessions_are_listed_by_user_and_page_by_page(creator, database_url):
    for number in range(3):
        await creator.start(user_id="ann" if number else "bob")
    found = (await creator.ask("GET", "sessions", params={"user_id": "ann", "limit": 1}))["data"]
    assert [one["user_id"] for one in found["sessions"]] == ["ann"]
    rest = (await creator.ask("GET", "sessions", params={"user_id": "ann", "offset": found["next"]}))["data"]
    assert rest["next"] is None
    assert len((await creator.ask("GET", "sessions"))["data"]["sessions"]) == 3

    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        await conn.execute("SET enable_seqscan = off")
        plan = await conn.execute(
            "EXPLAIN SELECT * FROM threads WHERE graph_id = 'creator' AND owner = '' "
            "AND metadata->>'user_id' = 'ann' ORDER BY created_at DESC, thread_id DESC LIMIT 10"
        )
        assert "threads_creator_users" in str(await plan.fetchall())


async def test_a_list_tells_of_each_session_what_the_session_tells_by_two_statements(creator, monkeypatch):
    told = [await creator.complete("visual"), (await creator.draft(), await creator.session())[1]]
    told.append((await creator.start(user_id="ann"))["data"])
    executed, execute = [], psycopg.AsyncCursor.execute

    async def counted(cursor, query, *given, **how):
        if "request_id" in get_contextvars():
            executed.append(str(query))
        return await execute(cursor, query, *given, **how)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counted)
    listed = (await creator.ask("GET", "sessions"))["data"]["sessions"]

    assert len([query for query in executed if "FROM runs" in query or "session_roles" in query]) == 2
    for found, session in zip(listed, reversed(told), strict=True):
        for name in ("session_id", "user_id", "original_prompt", "current_stage", "created_at", "updated_at"):
            assert found[name] == session[name]
        assert found["title"] == (session["current_draft"] or {"title": ""})["title"]
    assert [one["current_stage"] for one in listed] == ["concept_selection", "revision", "completed"]


@pytest.mark.req("B32")
async def test_a_session_is_found_among_ten_thousand_without_looking_at_others(creator, database_url):
    session_id = (await creator.start())["data"]["session_id"]
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        await conn.execute(
            "INSERT INTO threads (thread_id, graph_id, owner, metadata) SELECT gen_random_uuid(), 'creator', '', "
            """'{"product": "creator", "user_id": "ann"}' FROM generate_series(1, 10000)"""
        )
        await conn.execute("ANALYZE threads")
        query = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM threads WHERE thread_id = %s AND owner = ''"
        [(told,)] = await (await conn.execute(query, (session_id,))).fetchall()
        await conn.commit()
    plan = told[0]["Plan"]

    assert (plan["Node Type"], plan["Index Name"]) == ("Index Scan", "threads_pkey")
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 10
    assert (await creator.session())["session_id"] == session_id


@pytest.mark.req("B51")
async def test_sessions_belong_to_their_owners(creator, database_url):
    from server.db.keys import create_key

    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        keys = {owner: await create_key(conn, owner) for owner in ("ann", "bob")}
    await creator.ask("POST", "start", 401, json={"prompt": creations.PROMPT})
    creator.headers["X-Api-Key"] = keys["ann"]
    session_id = (await creator.start())["data"]["session_id"]
    assert (await creator.session())["user_id"] == "ann"

    creator.headers["X-Api-Key"] = keys["bob"]
    for method, path, given in (
        ("GET", f"session/{session_id}", {}),
        ("GET", f"session/{session_id}/progress", {}),
        ("DELETE", f"session/{session_id}", {}),
        ("POST", "approve-scene", {"json": {"session_id": session_id}}),
        ("POST", "generate", {"json": {"session_id": session_id}}),
        ("POST", "cancel", {"json": {"session_id": session_id}}),
    ):
        await creator.ask(method, path, 404, **given)
    assert (await creator.ask("GET", "sessions"))["data"]["sessions"] == []


@pytest.mark.req("B36", "B37")
async def test_links_to_media_cannot_be_forged(creator):
    session = await creator.complete("visual")
    link = httpx.URL(session["generated_images"][0]["image_url"])
    assert (await creator.get(link)).headers["content-type"] == "image/png"
    for changed in (
        {"expires": str(int(link.params["expires"]) + 1)},
        {"signature": "0" * 64},
    ):
        assert (await creator.get(link.copy_merge_params(changed))).status_code == 403
    assert (await creator.get(f"{PREFIX}/../../assets/creator")).status_code in (403, 404)


@pytest.mark.req("B63")
async def test_nothing_is_sent_outside_before_the_person_agreed(creator, voice, painter):
    voice.outside = painter.outside = True
    session = await creator.complete("both")
    assert session["generated_audio"] == session["generated_images"] == []
    assert voice.said == []
    assert painter.asked == []
    assert {one["kind"] for one in (await creator.progress())["warnings"]} == {"sound", "picture", "cover"}

    agreed = (await creator.do("select-format", format="both", consent=True))["data"]
    assert len(agreed["generated_audio"]) == 4
