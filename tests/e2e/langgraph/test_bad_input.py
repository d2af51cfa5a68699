"""Whatever is sent, the server says what is wrong with it and goes on."""

from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.routes.langgraph.wire import RunBody

NOBODY = "7b0f3a0e-0000-4000-8000-000000000000"

JSON = {"content-type": "application/json"}
SETTINGS = {
    "max_examples": 60,
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}
# Any JSON text there is, with what Postgres cannot hold in it.
TEXTS = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(["\0", "\ud800", "x\0y"])
NUMBERS = st.integers() | st.floats() | st.sampled_from([1e308, -(2**70), 2**400])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def http(server: str):
    with httpx2.Client(base_url=server, timeout=30) as http:
        yield http


@pytest.fixture(scope="module")
def thread(http) -> str:
    return str(http.post("/threads", json={"metadata": {"graph_id": "echo"}}).json()["thread_id"])


def dumped(value: Any) -> bytes:
    import json

    return json.dumps(value).encode("utf-8", "surrogatepass")


METHODS = ["run.start", "input.respond", "agent.getTree", "subscription.subscribe"]
PARAMS = ["assistant_id", "input", "config", "metadata", "multitask_strategy", "interrupt_id", "response",
          "responses", "update", "goto", "run_id"]  # fmt: skip


@settings(**SETTINGS)
@given(
    body=st.fixed_dictionaries(
        {"id": st.just(1) | VALUES, "method": st.sampled_from(METHODS) | VALUES},
        optional={"params": st.dictionaries(st.sampled_from(PARAMS) | TEXTS, VALUES, max_size=4) | VALUES},
    )
    | VALUES
)
def test_no_command_is_too_much(http, thread, body):
    answer = http.post(f"/threads/{thread}/commands", content=dumped(body), headers=JSON)

    assert answer.status_code in (200, 400, 422), answer.text
    assert answer.status_code == 422 or answer.json()["type"] in ("success", "error")


@settings(**SETTINGS)
@given(
    fields=st.dictionaries(
        st.sampled_from(["channels", "namespaces", "depth", "since"]) | TEXTS, VALUES, max_size=4
    )
)
def test_no_body_of_a_thread_stream_is_too_much(http, thread, fields):
    body = {"channels": ["values", "custom:x"]} | fields
    with http.stream(
        "POST", f"/threads/{thread}/stream/events", content=dumped(body), headers=JSON
    ) as answer:
        assert answer.status_code in (200, 400, 422)


@settings(**SETTINGS)
@given(fields=st.dictionaries(st.sampled_from(sorted(RunBody.model_fields)), VALUES, max_size=6))
def test_no_run_body_is_too_much(http, thread, fields):
    fields.pop("after_seconds", None)
    body = {"assistant_id": "echo", "multitask_strategy": "interrupt"} | fields

    answer = http.post(f"/threads/{thread}/runs/wait", content=dumped(body), headers=JSON)

    assert answer.status_code in (200, 400, 404, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["detail"]


@settings(**SETTINGS)
@given(body=VALUES, place=st.integers(0, 11))
def test_no_body_is_too_much(http, thread, body, place):
    paths = [
        "/threads",
        "/threads/search",
        "/threads/count",
        f"/threads/{thread}/state",
        f"/threads/{thread}/state/checkpoint",
        f"/threads/{thread}/history",
        "/assistants/search",
        "/assistants/count",
        "/store/items/search",
        "/store/namespaces",
        "/runs/cancel",
        "/runs/stream",
    ]
    answer = http.post(paths[place], content=dumped(body), headers=JSON)

    assert answer.status_code in (200, 400, 404, 409, 422), answer.text


@settings(**SETTINGS)
@given(values=VALUES, as_node=st.none() | st.just("echo") | TEXTS, at=st.none() | TEXTS)
def test_no_update_is_too_much(http, thread, values, as_node, at):
    body = {"values": {"data": values, "messages": values}, "as_node": as_node, "checkpoint_id": at}

    answer = http.post(f"/threads/{thread}/state", content=dumped(body), headers=JSON)

    assert answer.status_code in (200, 400, 404, 409, 422), answer.text


@settings(**SETTINGS)
@given(namespace=st.lists(TEXTS, max_size=3), key=TEXTS, value=VALUES)
def test_no_item_is_too_much(http, namespace, key, value):
    body = {"namespace": namespace, "key": key, "value": {"of": value}}

    assert http.put("/store/items", content=dumped(body), headers=JSON).status_code in (204, 422)
    query = dumped({"namespace_prefix": namespace, "filter": {key: value}})
    assert http.post("/store/items/search", content=query, headers=JSON).status_code in (200, 422)


@pytest.mark.parametrize(
    ("method", "path", "how", "status", "says"),
    [
        ("GET", "/threads/nonsense", {}, 422, "thread_id"),
        ("GET", "/threads/%00", {}, 422, "thread_id"),
        ("GET", f"/threads/{NOBODY}", {}, 404, "Thread with ID"),
        ("GET", f"/threads/{NOBODY}/state", {}, 404, "Thread with ID"),
        ("POST", f"/threads/{NOBODY}/history", {"json": {}}, 404, "Thread with ID"),
        ("POST", f"/threads/{NOBODY}/runs", {"json": {"assistant_id": "echo"}}, 404, "no such thread"),
        ("POST", "/runs/wait", {"json": {"assistant_id": "nonsense"}}, 422, "No assistant found for"),
        ("POST", "/runs/wait", {"json": {"assistant_id": NOBODY}}, 404, "Assistant not found"),
        ("POST", "/runs/wait", {"json": {"input": {}}}, 422, "assistant_id"),
        ("POST", "/runs/wait", {"json": {"assistant_id": "echo", "webhook": "http://x"}}, 422, "webhook"),
        ("POST", "/runs/wait", {"content": b"{", "headers": JSON}, 422, "Invalid JSON"),
        ("POST", "/threads", {"content": b'{"metadata": {"a": "\\u0000"}}', "headers": JSON}, 422, "NUL"),
        ("POST", "/threads", {"content": b'{"metadata": {"a": "\\ud800"}}', "headers": JSON}, 422, "JSON"),
        ("POST", "/threads", {"content": b'{"metadata": {"a": 1e999}}', "headers": JSON}, 422, "JSON"),
        ("POST", "/threads", {"content": b'{"metadata": {"a": NaN}}', "headers": JSON}, 422, "JSON"),
        ("POST", "/threads", {"content": b'{"metadata":' * 300 + b"1" + b"}" * 300, "headers": JSON}, 422, "deep"),
        ("POST", "/threads/search", {"json": {"limit": 0}}, 422, "limit"),
        ("POST", "/threads/search", {"json": {"metadata": [1]}}, 422, "metadata"),
        ("GET", "/assistants/nonsense", {}, 422, "No assistant found for"),
        ("GET", f"/assistants/{NOBODY}", {}, 404, "Assistant not found"),
        ("GET", "/assistants/echo/graph?xray=-1", {}, 422, "xray"),
        ("GET", "/store/items?key=a", {}, 422, "namespace"),
        ("GET", "/store/items?key=%00&namespace=a", {}, 422, "NUL"),
        ("POST", "/store/items/search", {"json": {"filter": {"a": {"$no": 1}}}}, 422, "comparisons"),
        ("POST", "/runs/cancel", {"json": {}}, 422, "thread_id"),
    ],
)  # fmt: skip
def test_an_error_says_what_is_wrong(http, method, path, how, status, says):
    answer = http.request(method, path, **how)

    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


def test_nodes_that_are_not_there_are_named(http, thread):
    answer = http.post(f"/threads/{thread}/state", json={"values": {}, "as_node": "nobody"})

    assert (answer.status_code, answer.json()) == (400, {"detail": "Node nobody does not exist"})


def test_a_thread_without_a_graph_is_not_written(http):
    empty = http.post("/threads", json={}).json()["thread_id"]

    answer = http.post(f"/threads/{empty}/state", json={"values": {"data": {}}})

    assert answer.status_code == 400 and "no graph" in answer.json()["detail"]
    assert http.get(f"/threads/{empty}/state").json()["values"] == {}
