"""Several owners on one session: who may do what, whose it stays, and that the rest of the world sees nothing."""

import asyncio

import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import scalar_row

from server.db import keys
from server.db.collaborators import OF_CALLER
from tests import creations
from tests.integration.http.creator.conftest import PREFIX, Creator

STRANGE = "7b1c1d8e-3f0a-4c52-9d7e-0d5f3b6a1c11"


async def ask(url, query, *values):
    async with (
        await psycopg.AsyncConnection.connect(url, autocommit=True) as conn,
        conn.cursor(row_factory=scalar_row) as cursor,
    ):
        await cursor.execute(query, values or None)
        return await cursor.fetchall() if cursor.description else []


@pytest_asyncio.fixture
async def people(creator, database_url):
    """Ann, Bob, Eve and Zoe, each with a key of their own; Ann's session has a draft."""
    found = {}
    for name in ("ann", "bob", "eve", "zoe"):
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
            key = await keys.create_key(conn, name)
        found[name] = Creator(base_url=creator.base_url, timeout=30, headers={"X-Api-Key": key})
    await found["ann"].draft()
    for one in found.values():
        one.session_id = found["ann"].session_id
    yield found
    for one in found.values():
        await one.aclose()


def company(person):
    return f"session/{person.session_id}/collaborators"


async def let_in(people, **roles):
    for name, role in roles.items():
        await people["ann"].ask("POST", company(people["ann"]), json={"owner": name, "role": role})


def scenes_of(session):
    return session["current_draft"]["scenes"]


def readings(session_id, scene):
    return [
        f"session/{session_id}",
        f"session/{session_id}/progress",
        f"session/{session_id}/scenes/{scene}/versions",
        f"session/{session_id}/scenes/{scene}/compare?first=1&second=1",
        f"session/{session_id}/export?format=md",
        f"session/{session_id}/collaborators",
    ]


def writings(session_id, scene):
    named = {"session_id": session_id}
    answers = {
        "select-concept": {"concept_id": "x"},
        "more-like-this": {"concept_id": "x"},
        "restart": {"prompt": "Another."},
        "approve-scene": {"scene_id": scene},
        "rewrite-scene": {"scene_id": scene, "feedback": "More rain."},
        "edit-paragraph": {"scene_id": scene, "paragraph": 1, "how": "rewrite"},
        "revert-scene": {"scene_id": scene, "version": 1},
        "select-format": {"format": "visual"},
        "select-narrator": {"narrator_id": "voice-1"},
        "generate": {},
        "cancel": {},
    }
    return [("POST", path, named | given) for path, given in answers.items()]


def ownings(session_id):
    where = f"session/{session_id}"
    return [
        ("POST", f"{where}/collaborators", {"owner": "eve", "role": "editor"}),
        ("DELETE", f"{where}/collaborators/bob", None),
        ("DELETE", where, None),
    ]


@pytest.mark.req("B83", "B51")
async def test_whoever_was_not_let_in_finds_nothing_on_any_route(people):
    scene = scenes_of(await people["ann"].session())[0]["scene_id"]
    await let_in(people, bob="editor")
    zoe, session_id = people["zoe"], people["ann"].session_id
    for path in readings(session_id, scene):
        await zoe.ask("GET", path, 404)
    for method, path, body in [*writings(session_id, scene), *ownings(session_id)]:
        await zoe.ask(method, path, 404, json=body)
    assert (await zoe.ask("GET", "sessions"))["data"]["sessions"] == []
    assert (await zoe.get(f"/threads/{session_id}")).status_code == 404


@pytest.mark.req("B83")
async def test_a_viewer_reads_and_exports_and_changes_nothing(people):
    ann, bob = people["ann"], people["bob"]
    await ann.do("approve-scene")
    await let_in(people, bob="viewer")
    session = await ann.session()
    scene = scenes_of(session)[0]["scene_id"]

    for path in readings(ann.session_id, scene)[:-2]:
        await bob.ask("GET", path)
    async with asyncio.timeout(20):
        while (
            answer := await bob.get(f"{PREFIX}/session/{ann.session_id}/export?format=md")
        ).status_code == 202:
            await asyncio.sleep(0.05)
    assert (answer.status_code, answer.headers["content-type"][:13]) == (200, "text/markdown")
    for method, path, body in [*writings(ann.session_id, scene), *ownings(ann.session_id)]:
        refused = await bob.ask(method, path, 403, json=body)
        assert "viewer" in refused["message"]
    assert await ann.session() == session


@pytest.mark.req("B83")
async def test_an_editor_answers_but_keeps_out_of_what_is_the_owners(people, database_url):
    ann, bob = people["ann"], people["bob"]
    await let_in(people, bob="editor")
    first, second, *_ = (one["scene_id"] for one in scenes_of(await ann.session()))
    await bob.do("rewrite-scene", scene_id=first, feedback="More rain.")
    await bob.do(
        "edit-paragraph", scene_id=first, paragraph=1, how="insert", text="It had rained since noon."
    )
    await bob.do("revert-scene", scene_id=first, version=1)
    await ann.do("rewrite-scene", scene_id=second, feedback="Less fog.")

    versions = (await bob.ask("GET", f"session/{ann.session_id}/scenes/{first}/versions"))["data"]["versions"]
    told = [(one["by"], one["author"]) for one in versions]
    assert told == [("model", "ann"), ("model", "bob"), ("person", "bob"), ("person", "bob")]
    runs = await ask(database_url, "SELECT owner || ' ' || (metadata->>'by') FROM runs ORDER BY number")
    assert runs == ["ann ann", "ann ann", "ann bob", "ann bob", "ann bob", "ann ann"]
    for method, path, body in ownings(ann.session_id):
        await bob.ask(method, path, 403, json=body)
    assert (await bob.get(f"/threads/{ann.session_id}")).status_code == 404


@pytest.mark.req("B83", "B79")
async def test_of_two_owners_who_answer_at_once_one_wins_and_the_other_is_told(people):
    ann, bob = people["ann"], people["bob"]
    await let_in(people, bob="editor")
    first, second, *_ = (one["scene_id"] for one in scenes_of(await ann.session()))
    answers = await asyncio.gather(
        *(
            person.post(f"{PREFIX}/approve-scene", json={"session_id": ann.session_id, "scene_id": scene})
            for person, scene in ((ann, first), (bob, second))
        )
    )
    await ann.ended()
    approved = {one["scene_id"] for one in scenes_of(await bob.session()) if one["status"] == "approved"}
    accepted = {
        scene for scene, answer in zip((first, second), answers, strict=True) if answer.status_code < 400
    }
    assert accepted and approved == accepted
    assert {answer.status_code for answer in answers} <= {200, 202, 409}


async def test_while_one_owner_is_served_the_other_gets_409(people, script):
    ann, bob = people["ann"], people["bob"]
    await let_in(people, bob="editor")
    reached, held = asyncio.Event(), asyncio.Event()

    async def gate(prompt, inputs):
        reached.set()
        await held.wait()

    script.gate = gate
    first, second, *_ = (one["scene_id"] for one in scenes_of(await ann.session()))
    rewriting = asyncio.create_task(ann.do("rewrite-scene", scene_id=first, feedback="More rain."))
    async with asyncio.timeout(20):
        await reached.wait()
    refused = await bob.do("rewrite-scene", 409, scene_id=second, feedback="Less fog.")
    assert "busy" in refused["message"]
    held.set()
    await rewriting
    assert [one["version"] for one in scenes_of(await bob.session())[:2]] == [2, 1]


@pytest.mark.req("B83")
async def test_both_watch_the_same_progress_and_see_each_others_answers(people):
    ann, bob = people["ann"], people["bob"]
    await let_in(people, bob="viewer")
    scene = scenes_of(await ann.session())[0]["scene_id"]

    async def watch(person):
        heard, path = [], f"{PREFIX}/session/{ann.session_id}/progress"
        headers = {"Accept": "text/event-stream", "Last-Event-ID": "0"}
        async with person.stream("GET", path, headers=headers) as answer:
            async for line in answer.aiter_lines():
                if line.startswith(("id: ", "event: ")):
                    heard.append(line)
                if heard.count("event: question") == 3:
                    break
        return heard

    watching = asyncio.gather(watch(ann), watch(bob))
    await ann.do("rewrite-scene", scene_id=scene, feedback="More rain.")
    async with asyncio.timeout(20):
        one, other = await watching
    assert one == other
    assert scenes_of(await bob.session())[0]["content"] == creations.prose("More rain.")


@pytest.mark.req("B83")
async def test_whoever_is_shut_out_is_told_nothing_more(people):
    ann, bob = people["ann"], people["bob"]
    await let_in(people, bob="viewer")
    path = f"{PREFIX}/session/{ann.session_id}/progress"
    heard = []

    async def watch():
        async with bob.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
            async for line in answer.aiter_lines():
                heard.append(line)

    watching = asyncio.create_task(watch())
    async with asyncio.timeout(20):
        while not heard:
            await asyncio.sleep(0.02)
    await ann.ask("DELETE", f"{company(ann)}/bob")
    await ann.ask("DELETE", f"{company(ann)}/bob", 404)
    await bob.ask("GET", f"session/{ann.session_id}", 404)
    await asyncio.sleep(1.1)
    before = len(heard)
    await ann.do("approve-scene")
    async with asyncio.timeout(20):
        await watching
    assert not any("question" in line for line in heard[before:])


@pytest.mark.req("B83", "B34")
async def test_what_is_shared_is_listed_with_ones_own_by_an_index(people, database_url):
    ann, bob = people["ann"], people["bob"]
    shared = ann.session_id
    await let_in(people, bob="editor")
    own = (await bob.start())["data"]["session_id"]
    listed = (await bob.ask("GET", "sessions"))["data"]["sessions"]
    assert [(one["session_id"], one["role"]) for one in listed] == [(own, "owner"), (shared, "editor")]
    assert [one["role"] for one in (await ann.ask("GET", "sessions"))["data"]["sessions"]] == ["owner"]

    await ask(
        database_url,
        """WITH made AS (
               INSERT INTO threads (thread_id, graph_id, owner)
               SELECT gen_random_uuid(), 'creator', 'owner ' || n % 500 FROM generate_series(1, 10000) AS n
               RETURNING thread_id, owner)
           INSERT INTO collaborators (thread_id, owner, role) SELECT thread_id, owner || '!', 'viewer' FROM made""",
    )
    await ask(database_url, "ANALYZE")
    plan = "\n".join(await ask(database_url, f"EXPLAIN {OF_CALLER}", "bob", 10, 0))
    assert "threads_sessions" in plan and "collaborators_owner" in plan
    assert "Seq Scan on threads" not in plan


@pytest.mark.req("B83")
async def test_a_deleted_session_takes_its_collaborators_along(people, database_url):
    await let_in(people, bob="editor", eve="viewer")
    await people["ann"].ask("DELETE", f"session/{people['ann'].session_id}")
    assert await ask(database_url, "SELECT owner FROM collaborators") == []
    assert (await people["bob"].ask("GET", "sessions"))["data"]["sessions"] == []


async def test_a_role_can_be_changed_and_the_owner_not_let_in(people):
    ann = people["ann"]
    await let_in(people, bob="viewer", eve="viewer")
    found = (await ann.ask("POST", company(ann), json={"owner": "bob", "role": "editor"}))["data"]
    assert [(one["owner"], one["role"]) for one in found["collaborators"]] == [
        ("bob", "editor"),
        ("eve", "viewer"),
    ]
    assert found["owner"] == "ann"
    for body, field in (
        ({"owner": "ann", "role": "viewer"}, "owner"),
        ({"owner": "", "role": "viewer"}, "owner"),
        ({"owner": "b\0b", "role": "viewer"}, "owner"),
        ({"owner": "bob", "role": "owner"}, "role"),
    ):
        assert (await ann.ask("POST", company(ann), 400, json=body))["error"]["field"] == field
    for path in (f"session/{STRANGE}/collaborators/bob", f"{company(ann)}/zoe"):
        await ann.ask("DELETE", path, 404)
    await ann.ask("DELETE", f"{company(ann)}/%00", 400)


async def test_without_keys_there_is_nobody_to_let_in(creator):
    await creator.start()
    refused = await creator.ask("POST", company(creator), 409, json={"owner": "bob", "role": "viewer"})
    assert "keys" in refused["message"]
