"""Encryption at rest over the real server: nothing is readable in the database, and everything over the API."""

import json
from base64 import b64encode
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import psycopg
import pytest
from langgraph.channels.delta import DeltaChannel
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore
from langgraph.types import interrupt
from typing_extensions import TypedDict

from domain.state import extend
from server.db.errors import EncryptionKeyMissing
from server.db.pool import connect
from server.settings import Settings
from tests.conversations import SOURCE
from tests.database import address, new_database
from tests.integration.http import talks
from tests.integration.http.conftest import Api, served
from tests.integration.http.talks import Talk
from tests.planted import PLANTED, places, runs_of_words

FIRST, SECOND = (b64encode(bytes([number]) * 32).decode() for number in (1, 2))
SETTING = "FABULA_ENCRYPTION_KEYS"
LARGE = f"{PLANTED} " * 10_000


class Heard(TypedDict, total=False):
    """Text in every kind of channel: in the checkpoint's row, in a row of its own, appended, and large."""

    said: str
    names: dict[str, str]
    lines: Annotated[list[str], DeltaChannel(extend)]
    large: str


async def hear(state: Heard, *, store: BaseStore) -> Heard:
    await store.aput(("heard",), "last", {"text": state["said"], "within": {state["said"]: [state["said"]]}})
    return {"names": {state["said"]: state["said"]}, "lines": [state["said"]]}


async def ask(state: Heard) -> Heard:
    answer = interrupt({"question": state["said"]})
    return {"lines": [answer], "names": {"answer": answer}}


async def fail(state: Heard) -> Heard:
    raise ValueError(state["said"])


def chain(name: str, *nodes: Any) -> Any:
    return StateGraph(Heard).add_sequence(nodes).add_edge(START, nodes[0].__name__).compile(name=name)


GRAPHS = {"hearing": chain("hearing", hear, ask), "failing": chain("failing", hear, fail)}


@pytest.fixture
def script(script):
    script.answer = talks.answer
    return script


@pytest.fixture(params=["with a key", "without"])
def key(request, monkeypatch) -> bool:
    monkeypatch.setenv(SETTING, FIRST if request.param == "with a key" else "")
    return request.param == "with a key"


@pytest.fixture
def objects(tmp_path, monkeypatch):
    monkeypatch.setenv("FABULA_OBJECTS", str(tmp_path))
    return tmp_path


@asynccontextmanager
async def serving(database, script, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("FABULA_MODEL", script.name)
    async with served(Settings(), **GRAPHS) as url, Api(base_url=url, timeout=20) as api:
        yield api


@pytest.fixture
def at(database_url, script, objects, monkeypatch):
    """Serve on the test's database."""
    return lambda: serving(database_url, script, monkeypatch)


def check(key, found, *expected):
    """With a key nothing is found; without one what is looked for is where it is known to be."""
    assert found == set() if key else found >= set(expected), found


async def post(api, path, **body):
    answer = await api.post(path, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


async def run(api, thread, graph, **given):
    """Run to the end, which may be an error; return what the run's stream said."""
    path = f"/threads/{thread}/runs/stream"
    answer = await api.post(path, json={"assistant_id": graph, "stream_mode": ["updates", "values"], **given})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.req("B62")
async def test_a_story_and_its_premise_stand_in_no_table(key, at, database_url, objects):
    async with at() as api:
        job = await api.ended(await api.start(f"A keeper hears that {PLANTED}.", chapters=2))
    assert job["status"] == "completed", job["error"]

    wanted = {PLANTED, *runs_of_words(*(chapter["text"] for chapter in job["output"]["chapters"]))}
    assert len(wanted) > 2
    found = places(database_url, objects, wanted)
    check(key, found, "runs.kwargs", "run_events.data", "checkpoint_blobs.blob", "checkpoint_writes.blob")


@pytest.mark.req("B62")
async def test_a_conversation_and_its_ink_stand_in_no_table(key, at, database_url, objects):
    async with at() as api:
        talk = Talk(api)
        await talk.put(f"// {PLANTED}\n" + SOURCE)
        started = await talk.start()
        assert started.status_code == 201, started.text
        talk.take(started.json())
        told = await talk.say(f"I heard that {PLANTED}.")

    wanted = {PLANTED, *runs_of_words(SOURCE, json.dumps(told))}
    check(
        key, places(database_url, objects, wanted), "store.value", "run_events.data", "checkpoint_writes.blob"
    )


@pytest.mark.req("B62")
async def test_what_a_client_sends_and_a_graph_keeps_stands_in_no_table(
    key, at, database_url, objects, monkeypatch
):
    monkeypatch.setenv("FABULA_TRUSTED_HOSTS", "127.0.0.1:9")
    said = {"said": PLANTED, "large": LARGE}
    async with at() as api:
        thread = (await post(api, "/threads", metadata={"title": PLANTED, "of": {PLANTED: [PLANTED]}}))[
            "thread_id"
        ]
        asked = {"config": {"metadata": {"note": PLANTED}}, "metadata": {"by": PLANTED}}
        await run(api, thread, "hearing", input=said, context={"voice": PLANTED}, **asked)
        await run(api, thread, "hearing", command={"resume": f"I say {PLANTED}"})
        await post(api, f"/threads/{thread}/state", values={"said": f"{PLANTED}!"}, as_node="hear")
        await post(api, f"/threads/{thread}/copy")
        failed = (await post(api, "/threads"))["thread_id"]
        assert PLANTED in await run(api, failed, "failing", input=said, durability="exit")
        hook = f"http://127.0.0.1:9/{PLANTED.replace(' ', '_')}"
        later = {"assistant_id": "hearing", "webhook": hook, "after_seconds": 600}
        await post(api, f"/threads/{failed}/runs", input=said, **later)
        value = {"text": PLANTED, "tags": [PLANTED], "within": {PLANTED: PLANTED}}
        put = await api.put("/store/items", json={"namespace": ["notes"], "key": "one", "value": value})
        assert put.status_code == 204, put.text

    found = places(database_url, objects, [PLANTED, PLANTED.replace(" ", "_")])
    expected = """
        threads.metadata threads.error runs.kwargs runs.metadata runs.error run_events.data store.value webhooks.url
        checkpoints.checkpoint checkpoints.metadata checkpoint_blobs.blob checkpoint_writes.blob values
    """
    check(key, found, *expected.split())


async def tour(api):
    """Do much of what the API can; return what it answered, without what differs from one time to the next."""
    threads = [UUID(int=number) for number in range(1, 4)]
    for number, thread in enumerate(threads):
        metadata = {"title": "same", "number": number, "deep": {"a": ["x", "y"], "b": {"c": f"d{number}"}}}
        await post(api, "/threads", thread_id=str(thread), metadata=metadata)
    for number, said in enumerate(("sealed:", "one", "one")):
        about = {"config": {"metadata": {"mood": said, "number": number}}}
        await run(api, threads[0], "hearing", input={"said": said}, **about)
    state = (await api.get(f"/threads/{threads[0]}/state")).json()
    history = {}
    for wanted in ({"mood": "one"}, {"mood": "sealed:", "number": 0}, {"source": "input"}, {"mood": "none"}):
        found = await post(api, f"/threads/{threads[0]}/history", metadata=wanted, limit=100)
        history[json.dumps(wanted)] = [(each["values"], each["metadata"]["step"]) for each in found]
    searched = {}
    for wanted in (
        {"title": "same"},
        {"deep": {"b": {"c": "d1"}}},
        {"deep": {"a": ["y"]}, "title": "same"},
        {"graph_id": "hearing", "number": 0},
        {"title": "sam"},
    ):
        found = await post(api, "/threads/search", metadata=wanted, select=["thread_id", "metadata"])
        searched[json.dumps(wanted)] = found
    return {"values": state["values"], "next": state["next"], "history": history, "threads": searched}


async def store_tour(api):
    """Keep and find items; return what was found."""
    items = {
        "a": {"kind": "fog", "n": 1, "list": ["x", {"y": "z"}]},
        "b": {"kind": "salt", "n": 2, "list": ["x"]},
        "c": {"kind": 5, "n": 3},
    }
    for key, value in items.items():
        put = await api.put("/store/items", json={"namespace": ["notes", "mine"], "key": key, "value": value})
        assert put.status_code == 204, put.text
    found = {}
    for wanted in (
        {"kind": "fog"},
        {"kind": {"$ne": "fog"}},
        {"list": ["x", {"y": "z"}]},
        {"kind": "salt", "n": 2},
        {"n": {"$gte": 2}},
        {"kind": 5},
    ):
        answer = await post(api, "/store/items/search", namespace_prefix=["notes"], filter=wanted)
        found[json.dumps(wanted)] = sorted(
            (each["key"], json.dumps(each["value"])) for each in answer["items"]
        )
    listed = await post(api, "/store/namespaces", prefix=["notes"])
    return found | {"namespaces": listed["namespaces"]}


async def replayed(api):
    """Return the newest run's events as its stream has them, without ids."""
    path = f"/threads/{UUID(int=1)}/runs"
    newest = (await api.get(path)).json()[0]
    answer = await api.get(f"{path}/{newest['run_id']}/stream", headers={"Last-Event-ID": "-1"})
    lines = [line for line in answer.text.splitlines() if line.startswith(("event", "data"))]
    assert any('"lines"' in line for line in lines)
    return [line for line in lines if "run_id" not in line and "__interrupt__" not in line]


@pytest.mark.req("B62")
async def test_answers_are_the_same_with_a_key_and_without(postgres, template, script, objects, monkeypatch):
    told = []
    for keys in ("", FIRST):
        monkeypatch.setenv(SETTING, keys)
        with new_database(postgres, template) as name:
            database = address(postgres, name)
            async with serving(database, script, monkeypatch) as api:
                answers = [await tour(api), await store_tour(api)]
            async with serving(database, script, monkeypatch) as api:
                answers.append(await replayed(api))
        told.append(answers)

    assert told[0] == told[1]
    assert [len(found) for found in told[0][0]["threads"].values()] == [3, 1, 3, 1, 0]


@pytest.mark.req("B62")
async def test_a_key_may_be_set_and_changed_later(at, monkeypatch, database_url, objects):
    async def found(api, **metadata):
        return {each["thread_id"] for each in await post(api, "/threads/search", metadata=metadata)}

    made = []
    for keys in ("", FIRST, f"{SECOND},{FIRST}"):
        monkeypatch.setenv(SETTING, keys)
        async with at() as api:
            thread = (await post(api, "/threads", metadata={"title": PLANTED, "kind": "fog"}))["thread_id"]
            await run(api, thread, "hearing", input={"said": PLANTED})
            made.append(thread)
            assert await found(api, title=PLANTED, kind="fog") == set(made)
            for each in made:
                state = (await api.get(f"/threads/{each}/state")).json()
                assert state["values"]["lines"][0] == PLANTED
            # A field that is written under another key than its neighbours is found with them.
            patched = await api.patch(f"/threads/{made[0]}", json={"metadata": {"kind": "fog"}})
            assert patched.status_code == 200
            assert await found(api, title=PLANTED, kind="fog") == set(made)
            wanted = {"namespace_prefix": ["heard"], "filter": {"text": PLANTED}}
            assert len((await post(api, "/store/items/search", **wanted))["items"]) == 1
            await run(api, made[0], "hearing", command={"resume": "yes"})
            state = (await api.get(f"/threads/{made[0]}/state")).json()
            assert state["values"]["names"] == {"answer": "yes"}
            await run(api, made[0], "hearing", input={"said": PLANTED})


@pytest.mark.req("B62")
@pytest.mark.parametrize("keys", ["", SECOND], ids=["none", "another"])
async def test_without_its_key_a_database_is_refused_and_stays_as_it_is(at, database_url, monkeypatch, keys):
    monkeypatch.setenv(SETTING, FIRST)
    async with at() as api:
        thread = (await post(api, "/threads", metadata={"title": PLANTED}))["thread_id"]

    monkeypatch.setenv(SETTING, keys)
    with pytest.raises(EncryptionKeyMissing, match=r"^FABULA_ENCRYPTION_KEYS: .* nothing is lost"):
        async with connect(database_url):
            pass

    monkeypatch.setenv(SETTING, FIRST)
    async with at() as api:
        assert (await api.get(f"/threads/{thread}")).json()["metadata"]["title"] == PLANTED


@pytest.mark.req("B62")
async def test_what_was_changed_in_the_database_is_told(at, database_url, monkeypatch):
    monkeypatch.setenv(SETTING, FIRST)
    async with at() as api:
        thread = (await post(api, "/threads", metadata={"title": PLANTED}))["thread_id"]
        with psycopg.connect(database_url, autocommit=True) as conn:
            # The last letters of the base64, which are part of the sealed text.
            query = "UPDATE threads SET metadata = regexp_replace(metadata::text, '.{8}(\"})$', 'AAAAAAAA\\1')::jsonb"
            assert conn.execute(query).rowcount == 1
        answer = await api.get(f"/threads/{thread}")

    assert answer.status_code == 500
    assert "FABULA_ENCRYPTION_KEYS has encrypted was changed in the database" in answer.json()["detail"]


@pytest.mark.req("B62")
async def test_texts_that_are_encrypted_cannot_be_compared_by_order(at, monkeypatch):
    monkeypatch.setenv(SETTING, FIRST)
    async with at() as api:
        wanted = {"namespace_prefix": ["notes"], "filter": {"kind": {"$gt": "fog"}}}
        answer = await api.post("/store/items/search", json=wanted)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("filter: kind: texts are encrypted here")
