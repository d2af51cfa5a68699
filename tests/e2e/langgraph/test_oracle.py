"""The same calls with the same graphs against `langgraph dev` and against ours: what differs is written down here."""

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest

STEPS: dict[str, Any] = {"steps": []}
HELLO = {"messages": [{"role": "user", "content": "hello", "id": "u1"}]}
HEADERS = ("location", "content-location", "x-pagination-total", "cache-control", "x-accel-buffering")
ALL = ["values", "updates", "messages-tuple", "custom", "tasks", "checkpoints", "debug", "events"]

# What stands below these keys is each server's own affair.
OWN = {"metadata", "kwargs", "configurable", "flags", "config", "host"}
# Keys that only one of the two has, and why.
EXTRA = {
    "response_schema": "an empty field of the reference's interrupts",
    "langsmith_session_name": "LangSmith is not here",
    "error": "ours always says it; the reference leaves it out until the thread has run",
    "interrupts": "as `error`",
    "values": "as `error`",
    "services": "an empty field of the reference's /ok",
    "field": "ours names the field that is wrong",
}
# Calls that are answered otherwise on purpose, and why: (the reference's status, ours).
DIFFERENT = {
    "assistant by name": (422, 200, "a graph's name stands for its assistant everywhere"),
    "copy of an unknown thread": (409, 404, "it is not there"),
    "before as a string": (422, 200, "older clients send `before` so"),
    "supersteps without a graph": (201, 400, "nothing is made of a request that cannot be met"),
    "an item without a namespace": (400, 422, "all bad bodies are 422"),
    "an item of langgraph's": (400, 422, "all bad bodies are 422"),
    "last event id of nonsense": (200, 422, "the reference streams nothing then, and says nothing"),
}
# Answers of another shape on purpose, and why.
RESHAPED = {
    "state at": "the reference leaves `checkpoint_ns` out of the checkpoint that it was asked for",
    "join": "a run's values are its own, whatever was written to its thread since",
}


def shape(value: Any, deep: int = 4) -> Any:
    """Return the keys that a value has, to a depth; of a list, those of its first item."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key not in EXTRA}
        return {
            unnamed(key): shape(each, deep - 1) if deep and key not in OWN else ""
            for key, each in kept.items()
        }
    return [shape(each, deep) for each in value[:1]] if isinstance(value, list) else ""


def seen(answer: httpx2.Response) -> Any:
    """Return what a client sees of an answer: its status, which headers it has, its keys or its events."""
    headers = [name for name in HEADERS if name in answer.headers]
    text = answer.text.replace("\r\n", "\n")
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        found = re.findall(r"event: (.*)\ndata: (.*)\n", text)
        return answer.status_code, headers, [(unnamed(name), shape(json.loads(data))) for name, data in found]
    body = shape(json.loads(text)) if text.strip().startswith(("{", "[")) else ""
    return answer.status_code, headers, body


def unnamed(text: str) -> str:
    return re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)


class Driver:
    """Drives one server and notes what it answers, by the name of the call."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http, self.seen = http, {}

    async def call(self, name: str, method: str, path: str, body: Any = None, **how: Any) -> Any:
        given = {"json": body} if body is not None else {}
        answer = await self.http.request(method, path, **given, **how)
        self.seen[name] = seen(answer)
        return answer.json() if "json" in answer.headers.get("content-type", "") and answer.content else None

    async def thread(self) -> str:
        return f"/threads/{(await self.http.post('/threads', json={})).json()['thread_id']}"

    async def stream(self, name: str, thread: str, graph: str, modes: Any, **given: Any) -> None:
        body = {"assistant_id": graph, "stream_mode": modes, **given}
        await self.call(name, "POST", f"{thread}/runs/stream", body)


async def on_assistants(drive: Driver) -> None:
    await drive.call("ok", "GET", "/ok")
    await drive.call("info", "GET", "/info")
    [echo] = await drive.call("assistants", "POST", "/assistants/search", {"graph_id": "echo"})
    one = f"/assistants/{echo['assistant_id']}"
    assert (await drive.call("assistants counted", "POST", "/assistants/count", {"graph_id": "two"})) == 1
    await drive.call("assistant", "GET", one)
    await drive.call("assistant by name", "GET", "/assistants/echo")
    await drive.call("unknown assistant", "GET", f"/assistants/{uuid4()}")
    await drive.call("bad assistant", "GET", "/assistants/nonsense")
    [nested] = await drive.call("a page", "POST", "/assistants/search", {"graph_id": "nested", "limit": 1})
    inner = f"/assistants/{nested['assistant_id']}"
    for name, path in (("flat", "graph"), ("deep", "graph?xray=true"), ("bad depth", "graph?xray=-1")):
        await drive.call(f"graph: {name}", "GET", f"{inner}/{path}")
    await drive.call("schemas", "GET", f"{one}/schemas")
    await drive.call("subgraphs", "GET", f"{inner}/subgraphs?recurse=true")


async def on_threads(drive: Driver) -> None:
    made = await drive.call("thread made", "POST", "/threads", {"metadata": {"graph_id": "echo"}})
    thread = f"/threads/{made['thread_id']}"
    await drive.call("thread made twice", "POST", "/threads", {"thread_id": made["thread_id"]})
    await drive.call("bad thread id", "GET", "/threads/nonsense")
    await drive.call("unknown thread", "GET", f"/threads/{uuid4()}")
    await drive.call("state of none", "GET", f"{thread}/state")
    await drive.call("history of none", "POST", f"{thread}/history", {})
    await drive.call("wait", "POST", f"{thread}/runs/wait", {"assistant_id": "echo", "input": HELLO})
    await drive.call("thread", "GET", thread)
    state = await drive.call("state", "GET", f"{thread}/state")
    at = state["checkpoint"]
    await drive.call("state at", "GET", f"{thread}/state/{at['checkpoint_id']}")
    await drive.call("state at, posted", "POST", f"{thread}/state/checkpoint", {"checkpoint": at})
    await drive.call("history", "POST", f"{thread}/history", {"limit": 2})
    await drive.call("before", "POST", f"{thread}/history", {"before": {"configurable": at}})
    await drive.call("before as a string", "POST", f"{thread}/history", {"before": at["checkpoint_id"]})
    await drive.call("update", "POST", f"{thread}/state", {"values": {"data": {}}, "as_node": "echo"})
    await drive.call("update as nobody", "POST", f"{thread}/state", {"values": {}, "as_node": "nobody"})
    await drive.call("threads", "POST", "/threads/search", {"ids": [made["thread_id"]]})
    await drive.call(
        "threads drawn", "POST", "/threads/search", {"ids": [made["thread_id"]], "select": ["status"]}
    )
    await drive.call("threads, bad limit", "POST", "/threads/search", {"limit": 0})
    await drive.call("patched", "PATCH", thread, {"metadata": {"x": 1}})
    await drive.call("copy", "POST", f"{thread}/copy")
    await drive.call("copy of an unknown thread", "POST", f"/threads/{uuid4()}/copy")
    [run] = await drive.call("runs", "GET", f"{thread}/runs")
    one = f"{thread}/runs/{run['run_id']}"
    await drive.call("run", "GET", one)
    await drive.call("unknown run", "GET", f"{thread}/runs/{uuid4()}")
    await drive.call("join", "GET", f"{one}/join")
    await drive.call("late cancel", "POST", f"{one}/cancel")
    await drive.call("late stream", "GET", f"{one}/stream")
    await drive.call("last event id of nonsense", "GET", f"{one}/stream", headers={"Last-Event-ID": "x"})
    await drive.call("run deleted", "DELETE", one)
    await drive.call("run deleted twice", "DELETE", one)
    await drive.call("thread deleted", "DELETE", thread)
    await drive.call("thread deleted twice", "DELETE", thread)


async def on_making(drive: Driver) -> None:
    steps = [{"updates": [{"values": HELLO, "as_node": "__input__"}]}]
    given = {"metadata": {"graph_id": "echo"}, "supersteps": steps}
    await drive.call("supersteps", "POST", "/threads", given)
    await drive.call("supersteps without a graph", "POST", "/threads", {"supersteps": steps})
    item = {"namespace": ["oracle"], "key": "k", "value": {"x": 1}}
    await drive.call("item put", "PUT", "/store/items", item)
    await drive.call("item", "GET", "/store/items?namespace=oracle&key=k")
    await drive.call("no item", "GET", "/store/items?namespace=oracle&key=z")
    await drive.call("items", "POST", "/store/items/search", {"namespace_prefix": ["oracle"]})
    await drive.call("namespaces", "POST", "/store/namespaces", {"prefix": ["oracle"]})
    await drive.call("item deleted", "DELETE", "/store/items", {"namespace": ["oracle"], "key": "k"})
    await drive.call("an item without a namespace", "PUT", "/store/items", item | {"namespace": []})
    await drive.call("an item of langgraph's", "PUT", "/store/items", item | {"namespace": ["langgraph"]})
    await drive.call("a bad item", "PUT", "/store/items", item | {"value": 3})


async def on_bad_runs(drive: Driver) -> None:
    thread = await drive.thread()
    for name, body in {
        "no assistant": {},
        "bad mode": {"assistant_id": "echo", "stream_mode": "nonsense"},
        "unknown graph": {"assistant_id": "nonsense"},
        "unknown assistant's run": {"assistant_id": str(uuid4())},
        "context twice": {"assistant_id": "echo", "context": {"a": 1}, "config": {"configurable": {"a": 1}}},
    }.items():
        await drive.call(name, "POST", f"{thread}/runs", body)
    await drive.call("run on no thread", "POST", f"/threads/{uuid4()}/runs", {"assistant_id": "echo"})
    await drive.call(
        "not JSON", "POST", f"{thread}/runs", content=b"{", headers={"content-type": "application/json"}
    )
    await drive.call(
        "nothing to cancel", "POST", "/runs/cancel", {"thread_id": str(uuid4()), "run_ids": [str(uuid4())]}
    )


async def on_streams(drive: Driver) -> None:
    async def stream(name: str, graph: str, modes: Any, **given: Any) -> None:
        await drive.stream(name, await drive.thread(), graph, modes, **{"input": HELLO, **given})

    await asyncio.gather(
        *(stream(f"echo: {mode}", "echo", mode) for mode in [*ALL, "messages"]),
        stream("talk: tuples", "talking", "messages-tuple"),
        stream("talk: messages", "talking", "messages"),
        stream("talk: both", "talking", ["messages", "messages-tuple"]),
        stream("nested: with subgraphs", "nested", [*ALL[:5], "debug", "checkpoints"], stream_subgraphs=True),
        stream("nested: messages with subgraphs", "nested", ["messages", "updates"], stream_subgraphs=True),
        stream("nested: without", "nested", ["messages-tuple", "values", "updates", "tasks"]),
        stream("failing", "failing", ["values", "updates", "tasks"], input=STEPS),
        stream("no input", "echo", "values", input=None),
        stream("jump", "jumping", ["updates", "values"], input=STEPS),
        stream("two questions", "two", ["updates", "values"], input=STEPS),
    )


async def on_interrupts(drive: Driver) -> None:
    thread = await drive.thread()
    await drive.stream("asked", thread, "asking", ["values", "updates", "tasks"], input=STEPS)
    await drive.call("asked: state", "GET", f"{thread}/state")
    await drive.call("asked: thread", "GET", thread)
    await drive.stream(
        "answered", thread, "asking", ["values", "updates", "checkpoints"], command={"resume": "x"}
    )
    thread = await drive.thread()
    await drive.stream("asked within", thread, "outer", ALL[:5], input=STEPS, stream_subgraphs=True)
    await drive.call("asked within: state", "GET", f"{thread}/state")
    await drive.call("asked within: state with subgraphs", "GET", f"{thread}/state?subgraphs=true")
    await drive.call("asked within: thread", "GET", thread)
    await drive.stream("answered within", thread, "outer", ["values", "updates"], command={"resume": "x"})
    thread = await drive.thread()
    await drive.stream(
        "stopped", thread, "slow", ["values", "updates"], input=STEPS, interrupt_before=["wait"]
    )
    await drive.stream("gone on", thread, "slow", ["values", "updates"])


async def on_busy_threads(drive: Driver) -> None:
    thread = await drive.thread()
    run = await drive.call("run made", "POST", f"{thread}/runs", {"assistant_id": "stuck", "input": STEPS})
    rejected = {"assistant_id": "slow", "multitask_strategy": "reject"}
    await drive.call("rejected", "POST", f"{thread}/runs", rejected)
    await drive.call("updated while busy", "POST", f"{thread}/state", {"values": STEPS})
    await asyncio.sleep(3)
    await drive.call("cancelled", "POST", f"{thread}/runs/{run['run_id']}/cancel?wait=0")
    await drive.call("cancelled: joined", "GET", f"{thread}/runs/{run['run_id']}/join")
    await drive.call("failed: waited", "POST", "/runs/wait", {"assistant_id": "failing", "input": STEPS})
    await drive.call("stateless", "POST", "/runs", {"assistant_id": "echo", "input": HELLO})


async def drive(url: str) -> dict[str, Any]:
    """Make all calls; those of different threads at once."""
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        driver = Driver(http)
        parts = (
            on_assistants,
            on_threads,
            on_making,
            on_bad_runs,
            on_streams,
            on_interrupts,
            on_busy_threads,
        )
        await asyncio.gather(*(part(driver) for part in parts))
        return driver.seen


@pytest.mark.req("D03", "D04")
async def test_both_servers_answer_alike(server, oracle):
    ours, reference = await asyncio.gather(drive(server), drive(oracle.url))

    assert ours.keys() == reference.keys() and len(ours) > 80
    for name, (theirs, own, _) in DIFFERENT.items():
        assert (reference.pop(name)[0], ours.pop(name)[0]) == (theirs, own), name
    for name in RESHAPED:
        assert reference.pop(name)[:2] == ours.pop(name)[:2], name
    different = {name: (reference[name], ours[name]) for name in ours if ours[name] != reference[name]}
    assert not different, "\n".join(f"{name}\n  {a}\n  {b}" for name, (a, b) in different.items())
