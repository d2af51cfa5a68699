"""The run stream over plain HTTP: names, ids, heartbeats, and readers who come and go."""

import asyncio
import re
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from tests.e2e.langgraph.conftest import parts_of

HELLO = {"messages": [{"role": "user", "content": "hello", "id": "u1"}]}
STEPS: dict[str, Any] = {"steps": []}


def events_of(text: str) -> list[tuple[str, str]]:
    """Return each event's name and id, of a body that has all."""
    found = re.findall(r"event: (.*)\ndata: .*\n(?:id: (\d+)\n)?\n", text)
    assert text.count("event: ") == len(found)
    return found


async def stream(http: httpx2.AsyncClient, thread: str, graph: str, **given: Any) -> httpx2.Response:
    body = {"assistant_id": graph, "input": STEPS, **given}
    return (await http.post(f"/threads/{thread}/runs/stream", json=body)).raise_for_status()


@pytest.mark.req("D03")
async def test_a_stream_is_resumed_where_its_reader_stopped(http, thread):
    first = await stream(http, thread, "slow", stream_mode=["updates", "values"])
    events, location = events_of(first.text), first.headers["location"]

    again = await http.get(location, headers={"Last-Event-ID": "-1"})
    rest = await http.get(location, headers={"Last-Event-ID": events[2][1]})
    nothing = [await http.get(location), await http.get(location, headers={"Last-Event-ID": ""})]

    assert [name for name, _ in events] == [
        "metadata", "values", "updates", "values", "updates", "values", "updates", "values",
    ]  # fmt: skip
    assert [int(id) for _, id in events] == sorted({int(id) for _, id in events})
    assert again.text == first.text and rest.text == first.text[first.text.index(rest.text) :]
    assert events_of(rest.text) == events[3:]
    assert [each.text for each in nothing] == ["", ""]


async def test_the_headers_say_where_the_run_is(http, thread):
    answer = await stream(http, thread, "echo", input=HELLO)

    run = answer.headers["content-location"]
    assert re.fullmatch(rf"/threads/{thread}/runs/[0-9a-f-]{{36}}", run)
    assert answer.headers["location"] == f"{run}/stream"
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-accel-buffering"] == "no"
    assert "\r" not in answer.text
    waited = await http.post("/runs/wait", json={"assistant_id": "echo", "input": HELLO})
    assert waited.headers["location"].endswith("/join")
    found = await http.post("/threads/search", json={"limit": 1, "select": ["thread_id"]})
    assert int(found.headers["x-pagination-total"]) > 1 and found.headers["x-pagination-next"] == "1"


async def test_subgraphs_stream_their_tokens_under_their_names(client, thread):
    modes = ["messages-tuple", "updates", "values", "tasks"]
    asked = {"input": HELLO, "stream_mode": modes, "stream_subgraphs": True}

    parts = await parts_of(client.runs.stream(thread, "nested", **asked))

    inner = {event for event, _ in parts if "|" in event}
    assert {re.sub(":.*", "", event) for event in inner} == {
        f"{mode}|teller" for mode in ("messages", "updates", "values", "tasks")
    }
    words = [data[0]["content"] for event, data in parts if event.startswith("messages|")]
    assert "".join(words) == "once upon a time" and len(words) == 7


async def test_without_subgraphs_what_they_return_is_streamed_whole(client, thread):
    parts = await parts_of(
        client.runs.stream(thread, "nested", input=HELLO, stream_mode=["messages-tuple", "updates"])
    )

    assert [event for event, _ in parts] == ["metadata", "messages", "updates", "messages", "updates"]
    message, about = parts[3][1]
    assert message["content"] == "once upon a time" and about["langgraph_node"] == "teller"


async def test_messages_accumulate(client, thread):
    parts = await parts_of(client.runs.stream(thread, "talking", input=HELLO, stream_mode="messages"))

    assert [event for event, _ in parts[:3]] == ["metadata", "messages/metadata", "messages/partial"]
    grown = [data[0]["content"] for event, data in parts if event == "messages/partial"]
    assert grown[0] == "once" and grown[-1] == "once upon a time"
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(grown))


async def test_accumulated_messages_go_on_after_a_reconnect(http, thread):
    first = await stream(http, thread, "talking", input=HELLO, stream_mode="messages")
    middle = events_of(first.text)[4][1]

    rest = await http.get(first.headers["location"], headers={"Last-Event-ID": middle})

    assert first.text.endswith(rest.text) and "once upon a time" in rest.text


async def test_whole_messages_are_complete_at_once(client, thread):
    parts = await parts_of(client.runs.stream(thread, "echo", input=HELLO, stream_mode="messages"))

    assert [event for event, _ in parts] == ["metadata", "messages/metadata", "messages/complete"]


async def test_every_other_mode_streams(client, thread):
    modes = ["tasks", "checkpoints", "debug", "events", "custom"]

    parts = await parts_of(client.runs.stream(thread, "echo", input=HELLO, stream_mode=modes))

    assert {event for event, _ in parts} == {"metadata", *modes}
    kinds = [data["type"] for event, data in parts if event == "debug"]
    assert kinds == ["checkpoint", "checkpoint", "task", "task_result", "checkpoint"]
    names = [data["event"] for event, data in parts if event == "events"]
    assert names[0] == "on_chain_start" and names[-1] == "on_chain_end"


async def test_an_error_ends_the_stream_with_its_own_words(client, thread):
    parts = await parts_of(client.runs.stream(thread, "failing", input=STEPS, stream_mode="updates"))

    assert parts[-1] == ("error", {"error": "LookupError", "message": "the fog answers nothing"})


@pytest.mark.parametrize(("how", "ends"), [("cancel", True), ("continue", False), (None, False)])
async def test_a_reader_who_leaves_ends_the_run_only_if_told_so(http, client, thread, how, ends):
    body = {"assistant_id": "slow", "input": STEPS, "stream_mode": "updates", "on_disconnect": how}
    async with http.stream("POST", f"/threads/{thread}/runs/stream", json=body) as answer:
        async for line in answer.aiter_lines():
            if "begin" in line:
                break

    [made] = await client.runs.list(thread)
    await client.runs.join(thread, made["run_id"])

    status = (await client.runs.get(thread, made["run_id"]))["status"]
    assert status == ("interrupted" if ends else "success")


async def test_a_caller_who_leaves_a_wait_ends_the_run_if_told_so(http, client, thread):
    body = {"assistant_id": "stuck", "input": STEPS, "on_disconnect": "cancel"}
    with pytest.raises(httpx2.ReadTimeout):
        await http.post(f"/threads/{thread}/runs/wait", json=body, timeout=2)

    [made] = await client.runs.list(thread)
    async with asyncio.timeout(20):
        await client.runs.join(thread, made["run_id"])

    assert (await client.runs.get(thread, made["run_id"]))["status"] == "interrupted"


@pytest.mark.req("D03")
async def test_a_silent_stream_has_a_heartbeat(http, client, thread):
    body = {"assistant_id": "stuck", "input": STEPS, "stream_mode": "updates"}
    async with (
        asyncio.timeout(20),
        http.stream("POST", f"/threads/{thread}/runs/stream", json=body) as answer,
    ):
        lines = answer.aiter_lines()
        beat = await anext(line async for line in lines if line.startswith(":"))

    assert beat == ": heartbeat"
    [made] = await client.runs.list(thread)
    waiting = asyncio.create_task(http.get(f"/threads/{thread}/runs/{made['run_id']}/join", timeout=20))
    await asyncio.sleep(6)
    await client.runs.cancel(thread, made["run_id"])
    answer = await waiting
    assert answer.text.startswith("\n") and answer.json() == {"steps": ["begin"]}


async def test_a_second_reader_joins_a_running_run_from_its_start(client, thread):
    made = await client.runs.create(thread, "slow", input=STEPS, stream_mode=["updates"])
    joined = client.runs.join_stream(thread, made["run_id"], last_event_id="-1", stream_mode="updates")

    parts = await parts_of(joined)

    assert [next(iter(data)) for event, data in parts if event == "updates"] == ["begin", "wait", "end"]


async def test_a_browser_may_call_from_a_private_network(http):
    asked = {
        "Origin": "https://smith.langchain.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key",
        "Access-Control-Request-Private-Network": "true",
    }
    preflight = await http.options("/threads", headers=asked)
    answer = await http.get("/info", headers={"Origin": "https://smith.langchain.com"})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-private-network"] == "true"
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert "content-location" in exposed and "x-pagination-total" in exposed
    assert answer.json()["flags"]["assistants"] is True
