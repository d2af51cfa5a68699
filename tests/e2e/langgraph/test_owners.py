"""What is one owner's is nobody else's, on every route."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

HELLO = {"assistant_id": "echo", "input": {"messages": "hello"}}


@pytest.fixture
def who(keyed: dict[str, Any]) -> Any:
    """Make a client of a caller."""
    clients: list[httpx2.Client] = []

    def who(name: str) -> httpx2.Client:
        clients.append(httpx2.Client(base_url=keyed["url"], headers=keyed.get(name), timeout=30))
        return clients[-1]

    yield who
    for client in clients:
        client.close()


def test_another_owners_thread_is_not_there_on_any_route(who):
    ann, ben = who("ann"), who("ben")
    thread = ann.post("/threads", json={}).json()["thread_id"]
    ann.post(f"/threads/{thread}/runs/wait", json=HELLO).raise_for_status()
    run = ann.get(f"/threads/{thread}/runs").json()[0]["run_id"]
    checkpoint = ann.get(f"/threads/{thread}/state").json()["checkpoint"]
    place, one = f"/threads/{thread}", f"/threads/{thread}/runs/{run}"
    body = {"json": HELLO}
    tried = [
        ("GET", place, {}),
        ("PATCH", place, {"json": {"metadata": {"x": 1}}}),
        ("DELETE", place, {}),
        ("POST", f"{place}/copy", {}),
        ("GET", f"{place}/state", {}),
        ("GET", f"{place}/state/{checkpoint['checkpoint_id']}", {}),
        ("POST", f"{place}/state", {"json": {"values": {"data": {}}}}),
        ("POST", f"{place}/state/checkpoint", {"json": {"checkpoint": checkpoint}}),
        ("POST", f"{place}/history", {"json": {}}),
        ("GET", f"{place}/runs", {}),
        ("POST", f"{place}/runs", body),
        ("POST", f"{place}/runs/wait", body),
        ("POST", f"{place}/runs/stream", body),
        ("POST", f"{place}/runs", {"json": HELLO | {"if_not_exists": "create"}}),
        ("GET", one, {}),
        ("GET", f"{one}/join", {}),
        ("GET", f"{one}/stream", {}),
        ("POST", f"{one}/cancel", {}),
        ("DELETE", one, {}),
        ("POST", "/runs/cancel", {"json": {"thread_id": thread, "run_ids": [run]}}),
    ]

    answers = {(method, path): ben.request(method, path, **how).status_code for method, path, how in tried}

    assert set(answers.values()) == {404}, answers
    assert ben.post("/threads", json={"thread_id": thread, "if_exists": "do_nothing"}).status_code == 409
    assert thread not in ben.post("/threads/search", json={"limit": 1000}).text
    assert ben.post("/threads/count", json={}).text == "0"
    assert ann.get(place).json()["values"]["data"] == {"length": 5}


def test_anothers_thread_stream_is_closed(who):
    ann, ben = who("ann"), who("ben")
    thread = ann.post("/threads", json={}).json()["thread_id"]
    run = ann.post(f"/threads/{thread}/runs", json=HELLO).json()["run_id"]
    commands = {
        "run.start": (HELLO, "permission_denied"),
        "input.respond": ({"interrupt_id": "x", "response": 1}, "no_such_run"),
        "agent.getTree": ({"run_id": run}, "no_such_run"),
    }

    answers = {
        method: ben.post(f"/threads/{thread}/commands", json={"id": 1, "method": method, "params": params})
        for method, (params, _) in commands.items()
    }

    assert ben.post(f"/threads/{thread}/stream/events", json={"channels": ["values"]}).status_code == 404
    assert {method: answer.json()["error"] for method, answer in answers.items()} == {
        method: error for method, (_, error) in commands.items()
    }
    assert all(answer.json().get("meta") is None for answer in answers.values())
    assert len(ann.get(f"/threads/{thread}/runs").json()) == 1


def test_anothers_thread_cannot_be_smuggled_in(who):
    ann, ben = who("ann"), who("ben")
    theirs = ann.post("/threads", json={}).json()["thread_id"]
    ann.post(f"/threads/{theirs}/runs/wait", json=HELLO).raise_for_status()
    at = ann.get(f"/threads/{theirs}/state").json()["checkpoint"]
    before = len(ann.post(f"/threads/{theirs}/history", json={}).json())
    mine = ben.post("/threads", json={}).json()["thread_id"]
    ways = [
        {"config": {"configurable": {"thread_id": theirs}}},
        {"config": {"configurable": {"thread_id": theirs, **at}}},
        {"checkpoint": at},
        {
            "config": {
                "configurable": {"__pregel_thread_id": theirs, "checkpoint_map": {"": at["checkpoint_id"]}}
            }
        },
        {"metadata": {"thread_id": theirs}},
    ]

    answers = [ben.post(f"/threads/{mine}/runs/wait", json=HELLO | way).text for way in ways]
    state = ben.post(f"/threads/{mine}/state/checkpoint", json={"checkpoint": at}).json()

    assert all("length" in answer for answer in answers)
    assert state["values"] == {} and state["checkpoint"]["thread_id"] == mine
    assert len(ann.post(f"/threads/{theirs}/history", json={}).json()) == before


def test_without_a_key_nothing_is_told(who):
    nobody = who("nobody")

    assert nobody.post("/threads/search", json={}).status_code == 401
    assert nobody.get("/info").status_code == nobody.get("/ok").status_code == 200


def test_each_has_a_store_of_their_own(who):
    ann, ben, root = who("ann"), who("ben"), who("root")
    item = {"namespace": ["notes", str(uuid4())], "key": "k", "value": {"by": "ann"}}
    assert ann.put("/store/items", json=item).status_code == 204
    where = {"namespace": ".".join(item["namespace"]), "key": "k"}

    for other in (ben, root):
        assert other.get("/store/items", params=where).json() is None
        assert other.post("/store/items/search", json={"namespace_prefix": ["notes"]}).json() == {"items": []}
        assert ["notes"] not in other.post("/store/namespaces", json={"max_depth": 1}).json()["namespaces"]
        assert other.get("/store/items", params=where | {"namespace": "owners.ann.notes"}).json() is None
    assert ann.get("/store/items", params=where).json()["namespace"] == item["namespace"]
    found = ann.post("/store/items/search", json={"namespace_prefix": ["notes"]}).json()["items"]
    assert [each["value"] for each in found] == [{"by": "ann"}]
    assert ["notes"] in ann.post("/store/namespaces", json={"max_depth": 1}).json()["namespaces"]


def test_only_an_admin_writes_what_is_the_servers(who):
    item = {"namespace": ["prompts"], "key": "story/mine", "value": {"text": "x"}}

    assert who("ann").put("/store/items", json=item).status_code == 403
    assert who("ann").request("DELETE", "/store/items", json=item).status_code == 403
    assert who("root").put("/store/items", json=item).status_code == 204
    where = {"namespace": "prompts", "key": "story/mine"}
    assert who("ann").get("/store/items", params=where).json()["value"] == {"text": "x"}
    assert who("root").request("DELETE", "/store/items", json=item).status_code == 204


@pytest.mark.parametrize("name", ["grounding", "memo"])
def test_only_an_admin_reads_what_the_runs_of_others_left(who, name):
    item = {"namespace": [name, "v"], "key": "k", "value": {"text": "x"}}
    where = {"namespace": f"{name}.v", "key": "k"}

    assert who("root").put("/store/items", json=item).status_code == 204
    for refused in (
        who("ann").get("/store/items", params=where),
        who("ann").put("/store/items", json=item),
        who("ann").post("/store/items/search", json={"namespace_prefix": [name]}),
        who("ann").post("/store/namespaces", json={"prefix": [name]}),
    ):
        assert refused.status_code == 403
    assert who("root").get("/store/items", params=where).json()["value"] == {"text": "x"}
    assert who("root").request("DELETE", "/store/items", json=item).status_code == 204
