"""The thread stream over a WebSocket, as the stock client reads it, and as it goes over the wire."""

import asyncio
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.langgraph.thread_events import CHANNELS, ended, lifecycles, opened, socket_to

STEPS = {"steps": []}
HELLO = {"messages": [{"role": "user", "content": "hello", "id": "u1"}]}


async def refused(server, thread, **how):
    """Return what a connection is closed with."""
    async with socket_to(server, thread, **how) as socket:
        await socket.until(lambda _: False)
    return socket.code


@pytest.mark.req("D03", "D04")
async def test_the_stock_client_reads_words_is_asked_and_answers(client):
    async with client.threads.stream(assistant_id="talking", transport="websocket") as thread:
        await thread.run.start(input=HELLO)
        [message] = [message async for message in thread.messages]
        assert [word async for word in message.text] == ["once", " ", "upon", " ", "a", " ", "time"]
    async with client.threads.stream(assistant_id="asking", transport="websocket") as thread:
        await thread.run.start(input=STEPS)
        async with asyncio.timeout(20):
            while not thread.interrupts:
                await asyncio.sleep(0.02)
        await thread.run.respond("the red one")

        assert await thread.output == {"steps": ["begin", "answered the red one", "end"]}


async def test_one_connection_starts_runs_and_is_told_what_it_subscribed_to(server):
    thread = uuid4()
    async with socket_to(server, thread) as socket:
        await socket.command("subscription.subscribe", channels=["lifecycle"])
        first = await socket.command("run.start", assistant_id="slow", input=STEPS)
        await socket.until(ended())
        values = await socket.command("subscription.subscribe", channels=["values"])
        await socket.until(lambda seen: sum(each["method"] == "values" for each in seen) == 4)
        last = socket.seen[-1]
        gone = await socket.command("subscription.unsubscribe", **values["result"])
        tree = await socket.command("agent.getTree")
        await socket.command("run.start", assistant_id="echo", input=HELLO)
        await socket.until(ended(2))
    async with socket_to(server, thread) as later:
        await later.command("subscription.subscribe", channels=["values"], since=last["seq"])
        await later.until(lambda seen: len(seen) == 2)

    assert first["meta"] == {"applied_through_seq": 0}
    assert (gone["type"], gone["result"]) == ("success", {})
    assert tree["result"]["tree"]["status"] == "completed"
    assert lifecycles(socket.seen) == ["running", "completed"] * 2
    steps = [each["params"]["data"]["steps"] for each in socket.seen if each["method"] == "values"]
    assert steps == [[], ["begin"], ["begin", "waited"], ["begin", "waited", "end"]]
    assert all(each["seq"] > last["seq"] for each in later.seen)


async def test_the_same_is_told_as_over_sse(server, http):
    thread = str(uuid4())
    async with socket_to(server, thread) as socket, opened(http, thread) as stream:
        for channels in (["lifecycle"], CHANNELS, ["messages", "lifecycle"]):
            await socket.command("subscription.subscribe", channels=channels)
        await socket.command("run.start", assistant_id="talking", input=HELLO)
        for each in (socket, stream):
            await each.until(ended())

    for events in (socket.seen, stream.seen):
        for event in events:
            del event["params"]["timestamp"]
    assert socket.seen == stream.seen


async def test_a_connection_ends_with_its_thread(server, http):
    thread = str(uuid4())
    async with socket_to(server, thread) as socket:
        await socket.command("subscription.subscribe", channels=["lifecycle"])
        await socket.command("run.start", assistant_id="echo", input=HELLO)
        await socket.until(ended())
        await http.delete(f"/threads/{thread}")
        await socket.until(lambda _: False)

    assert socket.code == 1000


async def test_what_is_no_command_is_answered_and_the_connection_stays(server):
    async with socket_to(server, uuid4()) as socket:
        answers = [
            await socket.raw(frame)
            for frame in (
                "",
                "not json",
                "[1]",
                '{"method": "agent.getTree"}',
                b"\x00\xff",
                '{"id": 1, "method": "\\u0000"}',
                "[" * 400 + "]" * 400,
            )
        ]
        known = await socket.command("agent.getTree")
        codes = [
            (await socket.command(method, **params)).get("error")
            for method, params in (
                ("nonsense", {}),
                ("subscription.subscribe", {}),
                ("subscription.subscribe", {"channels": ["nonsense"]}),
                ("subscription.subscribe", {"channels": ["values"], "since": -1}),
                ("subscription.unsubscribe", {"subscription_id": "x"}),
                ("subscription.unsubscribe", {"subscription_id": [1]}),
                ("run.start", {"assistant_id": "nonsense"}),
            )
        ]
        again = await socket.command("subscription.reconnect", run_id=str(uuid4()))
        for _ in range(100):
            await socket.command("subscription.subscribe", channels=["values"])
        more = await socket.command("subscription.subscribe", channels=["values"])

    assert {answer["error"] for answer in answers} == {"invalid_argument"}
    assert known["error"] == "no_such_run"
    invalid, unknown = "invalid_argument", "no_such_subscription"
    assert codes == ["unknown_command", invalid, invalid, invalid, unknown, unknown, invalid]
    assert again["result"] == {"restored": False}
    assert "no more than 100" in more["message"]


async def test_a_frame_that_is_too_large_closes_the_connection(server):
    async with socket_to(server, uuid4()) as socket:
        await socket.wire.send("x" * 4_100_000)
        await socket.until(lambda _: False)

    assert socket.code == 1009


async def test_pages_of_others_may_not_connect(server):
    thread = uuid4()
    for origin in ("https://elsewhere.example", "null", "http://[", f"{server}.elsewhere.example"):
        assert await refused(server, thread, origin=origin) == 4403
    for origin in (server, "https://smith.langchain.com"):
        async with socket_to(server, thread, origin=origin) as socket:
            assert (await socket.command("agent.getTree"))["error"] == "no_such_run"


async def test_without_keys_a_socket_too_is_called_by_this_machines_names_alone(server):
    port = int(server.rpartition(":")[2])
    for name in ("rebound.example", f"{'a' * 60}.{'b' * 60}.example"):
        where = {"host": "127.0.0.1", "port": port}
        assert await refused(f"http://{name}:{port}", uuid4(), **where) == 4403


async def test_another_owners_thread_and_what_is_no_thread_are_refused(keyed, http):
    thread, url = uuid4(), keyed["url"]
    ann, ben = ({"additional_headers": keyed[who]} for who in ("ann", "ben"))
    async with socket_to(url, thread, **ann) as socket:
        started = await socket.command("run.start", assistant_id="echo", input=HELLO)
        assert started["type"] == "success"
        assert await refused(url, thread, **ben) == 4404
    assert await refused(url, thread) == 4401
    assert await refused(url, "nonsense", **ann) == 4422


async def test_a_thread_that_becomes_anothers_tells_nothing(keyed):
    thread, url = uuid4(), keyed["url"]
    ann, ben = ({"additional_headers": keyed[who]} for who in ("ann", "ben"))
    async with socket_to(url, thread, **ben) as waiting, socket_to(url, thread, **ann) as socket:
        await waiting.command("subscription.subscribe", channels=["values", "lifecycle"])
        await socket.command("subscription.subscribe", channels=["lifecycle"])
        await socket.command("run.start", assistant_id="echo", input=HELLO)
        await socket.until(ended())
        await waiting.until(lambda _: False)

    assert (waiting.seen, waiting.code) == ([], 1000)
    with pytest.raises(ConnectionClosed):
        await waiting.wire.send("{}")
