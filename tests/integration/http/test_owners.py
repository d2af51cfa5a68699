"""Keys, owners, credits, limits: what one caller has is nobody else's."""

import asyncio
import time
from uuid import uuid4

import jwt
import psycopg
import pytest
from psycopg.rows import scalar_row

from domain.errors import ModelError
from server.db import credits, keys
from server.settings import Settings
from tests.e2e.langgraph.thread_events import socket_to

STORY = "/api/story-agent"
EDIT = {"chapter": 1, "paragraph": 1, "action": "rewrite"}
BACK = {"chapter": 1, "version": 1}
SECRET = "a secret that is at least thirty-two bytes long"


async def make_key(url, owner, amount=100):
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await credits.grant(conn, owner, amount)
        return {"X-Api-Key": await keys.create_key(conn, owner)}


async def ask(url, query, *values):
    async with (
        await psycopg.AsyncConnection.connect(url) as conn,
        conn.cursor(row_factory=scalar_row) as cursor,
    ):
        return await (await cursor.execute(query, values)).fetchall()


@pytest.mark.req("B51")
async def test_once_there_is_a_key_every_caller_needs_one(api, database_url):
    assert (await api.get("/credits")).json() == {"balance": 0, "charged": False}
    ann = await make_key(database_url, "ann")

    refused = await api.get("/credits")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (await api.get("/credits", headers={"X-Api-Key": "fab_wrong"})).status_code == 401
    assert (await api.get("/credits", headers=ann)).json() == {"balance": 100, "charged": True}
    bearer = {"Authorization": f"Bearer {ann['X-Api-Key']}"}
    assert (await api.get("/credits", headers=bearer)).status_code == 200
    assert ann["X-Api-Key"] not in str(await ask(database_url, "SELECT key_hash FROM api_keys"))


async def test_without_keys_the_server_is_called_by_this_machines_names_alone(api, database_url):
    port = api.base_url.port
    for name in ("localhost", "127.0.0.1", "[::1]", "fabula.localhost"):
        assert (await api.get("/credits", headers={"Host": f"{name}:{port}"})).status_code == 200
    for name in ("rebound.example", "localhost.example", "127.0.0.1.example"):
        refused = await api.get("/credits", headers={"Host": f"{name}:{port}"})
        assert (refused.status_code, name in refused.json()["detail"]) == (403, True)

    elsewhere = {"Host": "stories.example"}
    assert (await api.get("/health", headers=elsewhere)).status_code == 200
    ann = await make_key(database_url, "ann")
    assert (await api.get("/credits", headers=ann | elsewhere)).status_code == 200


async def test_a_revoked_key_is_none(api, database_url):
    ann, _ = await make_key(database_url, "ann"), await make_key(database_url, "bob")
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        assert await keys.revoke_keys(conn, "ann") == 1
    assert (await api.get("/credits", headers=ann)).status_code == 401


@pytest.mark.req("B51")
async def test_anothers_job_is_404_on_every_route(api, database_url, gate):
    gate.hold("1")
    ann, bob = await make_key(database_url, "ann"), await make_key(database_url, "bob")
    made = await api.post(f"{STORY}/generate", json={"premise": "Mine."}, headers=ann)
    job = f"{STORY}/job/{made.json()['job_id']}"
    await gate.until("1")

    for path in ("", "/stream", "/book.epub", "/chapters/1/versions"):
        assert (await api.get(job + path, headers=bob)).status_code == 404
    bodies = {
        "retry": None,
        "cancel": None,
        "resume": {},
        "regenerate": {"chapter": 1},
        "edit": {"chapter": 1, "paragraph": 1, "action": "rewrite"},
        "revert": {"chapter": 1, "version": 1},
        "extend": {},
    }
    for path, body in bodies.items():
        assert (await api.post(f"{job}/{path}", json=body, headers=bob)).status_code == 404
    assert (await api.get(job, headers=ann)).json()["status"] == "in_progress"
    gate.release()


async def test_the_same_idempotency_key_of_two_owners_is_two_jobs(api, database_url):
    ann, bob = await make_key(database_url, "ann"), await make_key(database_url, "bob")
    made = [
        await api.post(
            f"{STORY}/generate", json={"premise": "Mine."}, headers=key | {"Idempotency-Key": "one"}
        )
        for key in (ann, bob)
    ]
    assert len({answer.json()["job_id"] for answer in made}) == 2


class TestTokens:
    @pytest.fixture
    def settings(self):
        return Settings(jwt_secret=SECRET)

    @pytest.mark.req("B51")
    async def test_a_token_names_its_owner(self, api):
        def token(secret=SECRET, **claims):
            made = jwt.encode({"sub": "ann", "exp": time.time() + 60} | claims, secret, "HS256")
            return {"Authorization": f"Bearer {made}"}

        assert (await api.get("/credits")).status_code == 401
        assert (await api.get("/credits", headers=token())).status_code == 200
        for bad in (token(secret="x" * 40), token(exp=time.time() - 1), {"Authorization": "Bearer a.b.c"}):
            assert (await api.get("/credits", headers=bad)).status_code == 401


class TestRates:
    @pytest.fixture
    def settings(self):
        return Settings(rate="3/minute")

    @pytest.mark.req("B53")
    async def test_one_request_too_many_is_429_with_the_time_to_wait(self, api):
        for _ in range(3):
            assert (await api.get("/credits")).status_code == 200
        refused = await api.get("/credits")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60

    @pytest.mark.req("B53")
    async def test_commands_over_a_websocket_count_as_requests(self, api):
        async with socket_to(str(api.base_url).rstrip("/"), uuid4()) as socket:
            told = [await socket.command("agent.getTree") for _ in range(2)]
            refused = await socket.raw("{}")
        async with socket_to(str(api.base_url).rstrip("/"), uuid4()) as another:
            await another.until(lambda _: False)

        assert [each["error"] for each in told] == ["no_such_run"] * 2
        assert refused["error"] == "permission_denied"
        assert another.code == 4429


class TestCredits:
    async def start(self, api, key, **wanted):
        return await api.post(f"{STORY}/generate", json={"premise": "A keeper.", **wanted}, headers=key)

    async def ended(self, api, key, job_id):
        async with asyncio.timeout(20):
            while True:
                job = (await api.get(f"{STORY}/job/{job_id}", headers=key)).json()
                if job["status"] in ("completed", "failed", "cancelled"):
                    return job
                await asyncio.sleep(0.02)

    @pytest.mark.req("A35", "A38")
    async def test_a_story_is_charged_once_when_it_is_finished(self, api, database_url, gate):
        gate.hold("2")
        ann = await make_key(database_url, "ann")
        job_id = (await self.start(api, ann, chapters=4)).json()["job_id"]
        await gate.until("2")
        assert await ask(database_url, "SELECT state FROM ledger") == ["held"]

        gate.release()
        await self.ended(api, ann, job_id)
        assert await ask(database_url, "SELECT state FROM ledger") == ["charged"]
        assert (await api.get("/credits", headers=ann)).json()["balance"] == 100 - (2 + 4)

    @pytest.mark.req("A36")
    async def test_a_failed_or_cancelled_story_costs_nothing(self, api, database_url, script, gate):
        ann = await make_key(database_url, "ann")
        script.say("story/plan", ModelError("down"))
        await self.ended(api, ann, (await self.start(api, ann)).json()["job_id"])
        gate.hold("1")
        job_id = (await self.start(api, ann)).json()["job_id"]
        await gate.until("1")
        await api.post(f"{STORY}/job/{job_id}/cancel", headers=ann)

        assert await ask(database_url, "SELECT state FROM ledger") == ["released", "released"]
        assert (await api.get("/credits", headers=ann)).json()["balance"] == 100

    @pytest.mark.req("A37")
    async def test_a_retried_and_approved_story_is_charged_once(self, api, database_url, script):
        ann = await make_key(database_url, "ann")
        script.say("story/write_chapter", ModelError("down"), ModelError("down"))
        job_id = (await self.start(api, ann, approve=True)).json()["job_id"]
        async with asyncio.timeout(20):
            while (await api.get(f"{STORY}/job/{job_id}", headers=ann)).json()[
                "status"
            ] != "awaiting_approval":
                await asyncio.sleep(0.02)
        assert await ask(database_url, "SELECT state FROM ledger") == ["held"]
        await api.post(f"{STORY}/job/{job_id}/resume", json={}, headers=ann)
        assert (await self.ended(api, ann, job_id))["status"] == "failed"
        await api.post(f"{STORY}/job/{job_id}/retry", headers=ann)

        async with asyncio.timeout(20):
            while (await api.get(f"{STORY}/job/{job_id}", headers=ann)).json()["status"] != "completed":
                await asyncio.sleep(0.02)
        assert await ask(database_url, "SELECT state FROM ledger") == ["charged"]
        assert (await api.get("/credits", headers=ann)).json()["balance"] == 95

    async def test_too_few_credits_are_402_and_make_no_job(self, api, database_url):
        ann = await make_key(database_url, "ann", 5)
        assert (await self.start(api, ann, chapters=4)).status_code == 402
        assert await ask(database_url, "SELECT count(*) FROM threads") == [0]
        assert await ask(database_url, "SELECT count(*) FROM ledger") == [0]

    async def test_many_at_once_never_spend_more_than_there_is(self, api, database_url):
        ann = await make_key(database_url, "ann", 12)
        answers = await asyncio.gather(*(self.start(api, ann, chapters=2) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [202] * 3 + [402] * 5

    async def test_a_chapter_written_again_costs_what_is_written(self, api, database_url):
        ann = await make_key(database_url, "ann")
        job_id = (await self.start(api, ann, chapters=3)).json()["job_id"]
        await self.ended(api, ann, job_id)
        await api.post(f"{STORY}/job/{job_id}/regenerate", json={"chapter": 2}, headers=ann)

        async with asyncio.timeout(20):
            while await ask(database_url, "SELECT count(*) FROM ledger WHERE state = 'charged'") != [2]:
                await asyncio.sleep(0.02)
        assert (await api.get("/credits", headers=ann)).json()["balance"] == 100 - 5 - 2

    async def test_a_further_chapter_costs_a_chapter_once_and_an_edit_nothing(
        self, api, database_url, script
    ):
        ann = await make_key(database_url, "ann")
        job_id = (await self.start(api, ann, chapters=2)).json()["job_id"]
        await self.ended(api, ann, job_id)
        script.say("story/write_chapter", "", "")
        for path, body in (("edit", EDIT), ("extend", {}), ("retry", None), ("revert", BACK)):
            answer = await api.post(f"{STORY}/job/{job_id}/{path}", json=body, headers=ann)
            assert answer.status_code == 202, answer.text
            wanted = "failed" if path == "extend" else "completed"
            assert (await self.ended(api, ann, job_id))["status"] == wanted

        query = "SELECT split_part(purpose, ':', 1) || ' ' || state FROM ledger ORDER BY 1"
        assert await ask(database_url, query) == ["extend charged", "extend released", "story charged"]
        assert (await api.get("/credits", headers=ann)).json()["balance"] == 100 - 4 - 1

    async def test_a_further_chapter_through_the_langgraph_api_costs_the_same(self, api, database_url):
        ann = await make_key(database_url, "ann")
        job_id = (await self.start(api, ann, chapters=2)).json()["job_id"]
        await self.ended(api, ann, job_id)
        for order, chapters, balance in ((EDIT, 2, 96), ({"action": "extend"}, 3, 95)):
            body = {"assistant_id": "story", "input": {"order": order}}
            answer = await api.post(f"/threads/{job_id}/runs/wait", json=body, headers=ann, timeout=20)
            assert len(answer.json()["chapters"]) == chapters
            assert (await api.get("/credits", headers=ann)).json()["balance"] == balance

    async def test_a_story_started_through_the_langgraph_api_costs_the_same(self, api, database_url):
        ann, bob = await make_key(database_url, "ann"), await make_key(database_url, "bob", 2)
        body = {"assistant_id": "story", "input": {"request": {"premise": "A keeper.", "chapters": 2}}}
        thread = (await api.post("/threads", json={}, headers=ann)).json()["thread_id"]
        answer = await api.post(f"/threads/{thread}/runs/wait", json=body, headers=ann, timeout=20)

        assert len(answer.json()["chapters"]) == 2
        assert (await api.get("/credits", headers=ann)).json()["balance"] == 100 - 4
        await api.post(f"/threads/{thread}/runs/wait", json=body, headers=ann, timeout=20)
        assert (await api.get("/credits", headers=ann)).json()["balance"] == 100 - 8
        assert (await api.post("/runs/wait", json=body, headers=bob)).status_code == 402
