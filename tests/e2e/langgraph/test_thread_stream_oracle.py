"""The same sessions over the thread stream of `langgraph dev` and of ours: what differs is written down here."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.e2e.langgraph.thread_events import command, ended, opened, socket_to

STEPS: dict[str, Any] = {"steps": []}
HELLO = {"messages": [{"role": "user", "content": "hello", "id": "u1"}]}
SESSIONS = {"echo": HELLO, "talking": HELLO, "nested": HELLO, "failing": STEPS, "slow": STEPS}
QUESTIONS = ("asking", "outer")
# The reference tells none of a graph's updates, tasks, custom events and checkpoints, though they can be asked for.
COMPARED = ["values", "messages", "lifecycle", "input"]
# Keys of an event's data that only ours has, and why.
EXTRA = {
    "id": "tells the chunks of messages apart that are told at once",
    "value": "what the Python SDK reads of a question",
}
# Commands that are answered otherwise on purpose, and why: (the reference's type or error, ours).
DIFFERENT = {
    "unknown graph": ("unknown_error", "invalid_argument", "it is the parameter that is wrong"),
    "unknown assistant": ("unknown_error", "invalid_argument", "as `unknown graph`"),
    "bad config": ("success", "invalid_argument", "what cannot be heeded is not passed over"),
    "bad metadata": ("unknown_error", "invalid_argument", "as `bad config`"),
    "bad strategy": ("success", "invalid_argument", "as `bad config`"),
    "tree": ("no_such_run", "success", "the reference has it on its WebSocket alone"),
    "subscribe": ("success", "not_supported", "a subscription without a socket is never served"),
    "unsubscribe": ("no_such_subscription", "not_supported", "as `subscribe`"),
}
COMMANDS: dict[str, Any] = {
    "nothing": {},
    "a list": [],
    "no method": {"id": 1},
    "a name as id": {"id": "x", "method": "run.start"},
    "a fraction as id": {"id": 1.5, "method": "run.start"},
    "unknown command": {"id": 1, "method": "nonsense"},
    "inject": {"id": 1, "method": "input.inject", "params": {}},
    "no assistant": {"id": 1, "method": "run.start", "params": {}},
    "no parameters": {"id": 1, "method": "run.start", "params": []},
    "unknown graph": {"id": 1, "method": "run.start", "params": {"assistant_id": "nonsense"}},
    "unknown assistant": {"id": 1, "method": "run.start", "params": {"assistant_id": str(uuid4())}},
    "bad config": {"id": 1, "method": "run.start", "params": {"assistant_id": "echo", "config": 3}},
    "bad metadata": {"id": 1, "method": "run.start", "params": {"assistant_id": "echo", "metadata": 3}},
    "bad strategy": {"id": 1, "method": "run.start", "params": {"assistant_id": "echo", "multitask_strategy": "x"}},
    "no interrupt": {"id": 1, "method": "input.respond", "params": {}},
    "no responses": {"id": 1, "method": "input.respond", "params": {"responses": []}},
    "unknown interrupt": {"id": 1, "method": "input.respond", "params": {"interrupt_id": "x", "response": 1}},
    "tree": {"id": 1, "method": "agent.getTree", "params": {}},
    "unknown run's tree": {"id": 1, "method": "agent.getTree", "params": {"run_id": str(uuid4())}},
    "subscribe": {"id": 1, "method": "subscription.subscribe", "params": {"channels": ["values"]}},
    "unsubscribe": {"id": 1, "method": "subscription.unsubscribe", "params": {"subscription_id": "x"}},
}  # fmt: skip
CHANNELS: list[Any] = [["nonsense"], [], None, "values", [5], ["custom:"], ["values", "custom:x"]]


def seen(event: dict[str, Any]) -> Any:
    """Return what of an event both servers must say alike."""
    params = event["params"]
    data, started = params["data"], params["data"].get("event") == "message-start"
    keys = {key for key in data if started or key not in EXTRA}
    kept = {"method": event["method"], "namespace": [name.partition(":")[0] for name in params["namespace"]]}
    if event["method"] != "values":
        kept |= {
            key: data[key]
            for key in ("event", "graph_name", "index", "delta", "content", "payload")
            if key in data
        }
    return str(kept | {"keys": sorted(keys), "params": sorted(params.keys() - {"node"})})


async def session(http: httpx2.AsyncClient, graph: str) -> list[Any]:
    """Run a graph, answer what it asks, and return all events."""
    thread = str(uuid4())
    async with opened(http, thread, channels=COMPARED) as events:
        await command(http, thread, "run.start", assistant_id=graph, input=SESSIONS.get(graph, STEPS))
        await events.until(ended(), 60)
        if graph in QUESTIONS:
            await asyncio.sleep(1)
            [asked] = [each["params"] for each in events.seen if each["method"] == "input.requested"]
            given = {"namespace": asked["namespace"], "interrupt_id": asked["data"]["interrupt_id"]}
            answer = await command(http, thread, "input.respond", response="x", **given)
            assert (answer["type"], answer["result"]) == ("success", {})
            await events.until(ended(2), 60)
    assert all(each.keys() == {"type", "event_id", "seq", "method", "params"} for each in events.seen)
    return [seen(each) for each in events.seen]


async def refusals(http: httpx2.AsyncClient) -> dict[str, Any]:
    thread = str(uuid4())
    async with opened(http, thread, channels=["lifecycle"]) as events:
        await command(http, thread, "run.start", assistant_id="echo", input=HELLO)
        await events.until(ended(), 60)
    found: dict[str, Any] = {}
    for name, body in COMMANDS.items():
        answer = await http.post(f"/threads/{thread}/commands", json=body)
        said = answer.json()
        found[name] = answer.status_code, said.get("error") or said["type"], sorted(said)
    for channels in CHANNELS:
        async with http.stream(
            "POST", f"/threads/{thread}/stream/events", json={"channels": channels}
        ) as answer:
            headers = [
                answer.headers.get(name) for name in ("content-type", "cache-control", "x-accel-buffering")
            ]
            found[str(channels)] = answer.status_code, headers
    return found


FRAMES = [
    "not json",
    "[1]",
    '{"method": "agent.getTree"}',
    '{"id": 1, "method": "nonsense"}',
    '{"id": 1, "method": "subscription.subscribe"}',
    '{"id": 1, "method": "subscription.subscribe", "params": {"channels": ["nonsense"]}}',
    '{"id": 1, "method": "subscription.unsubscribe", "params": {"subscription_id": "x"}}',
    '{"id": 1, "method": "agent.getTree"}',
    '{"id": 1, "method": "subscription.subscribe", "params": {"channels": ["lifecycle"]}}',
]


async def over_a_socket(url: str) -> Any:
    """Return how a run is told over a WebSocket, and how commands are answered."""
    async with socket_to(url, uuid4()) as socket:
        await socket.command("subscription.subscribe", channels=["values", "lifecycle"])
        await socket.command("run.start", assistant_id="slow", input=STEPS)
        await socket.until(ended(), 60)
        told = [seen(each) for each in socket.seen]
        answers = [await socket.raw(frame) for frame in FRAMES]
    return told, [(each["type"], each.get("error"), each["id"]) for each in answers]


async def drive(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        graphs = [*SESSIONS, *QUESTIONS]
        told = [await session(http, graph) for graph in graphs]
        return dict(zip(graphs, told, strict=True)), await refusals(http)


@pytest.mark.req("D03", "D04")
async def test_both_servers_tell_the_thread_stream_alike(server, oracle):
    (ours, refused), (reference, refused_there) = await asyncio.gather(drive(server), drive(oracle.url))

    # Ours tells a message that a node returns whole, as the library's own `run.messages` does.
    ours["echo"] = [each for each in ours["echo"] if "'method': 'messages'" not in each]
    for graph in QUESTIONS:
        # The reference tells a run's end before the last values and before its subgraph's end.
        ours[graph], reference[graph] = sorted(ours[graph]), sorted(reference[graph])
    assert ours == reference

    for name, (theirs, own, _) in DIFFERENT.items():
        assert (refused_there.pop(name)[1], refused.pop(name)[1]) == (theirs, own), name
    assert refused == refused_there


@pytest.mark.req("D03")
async def test_both_servers_hold_a_conversation_over_a_socket_alike(server, oracle):
    ours, reference = await asyncio.gather(over_a_socket(server), over_a_socket(oracle.url))

    assert ours == reference
