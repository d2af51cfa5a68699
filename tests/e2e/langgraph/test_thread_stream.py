"""The thread stream (v2) as the stock client reads it, and as it goes over the wire."""

import asyncio
from uuid import uuid4

import pytest

from tests.e2e.langgraph.thread_events import command, ended, lifecycles, opened

STEPS = {"steps": []}
HELLO = {"messages": [{"role": "user", "content": "hello", "id": "u1"}]}


@pytest.mark.req("D03")
async def test_the_stock_client_starts_a_run_and_reads_its_words_and_its_output(client):
    async with client.threads.stream(assistant_id="talking") as thread:
        await thread.run.start(input=HELLO)
        [message] = [message async for message in thread.messages]
        words = [word async for word in message.text]
        output = await thread.output

    async with client.threads.stream(assistant_id="slow") as thread:
        await thread.run.start(input=STEPS)
        values = [value.get("steps") async for value in thread.values]

    assert values[-1] == ["begin", "waited", "end"]
    assert words == ["once", " ", "upon", " ", "a", " ", "time"]
    assert [each["content"] for each in output["messages"]] == ["hello", "once upon a time"]


@pytest.mark.req("D04")
async def test_the_stock_client_is_asked_answers_and_rejoins(client):
    async with client.threads.stream(assistant_id="asking") as thread:
        await thread.run.start(input=STEPS)
        async with asyncio.timeout(20):
            while not thread.interrupts:
                await asyncio.sleep(0.02)
        [asked] = thread.interrupts
        assert (asked["value"], asked["namespace"]) == ({"question": "which door?"}, [])

        await thread.run.respond("the red one")

        output = await thread.output
    assert output == {"steps": ["begin", "answered the red one", "end"]}
    async with client.threads.stream(thread.thread_id, assistant_id="asking") as again:
        assert await again.output == output


async def test_the_stock_client_sees_subgraphs_and_failures(client):
    async with client.threads.stream(assistant_id="nested") as thread:
        await thread.run.start(input=HELLO)
        [teller] = [subgraph async for subgraph in thread.subgraphs]
        [message] = [message async for message in teller.messages]
    assert (teller.graph_name, teller.status, await message.text) == (
        "teller",
        "completed",
        "once upon a time",
    )

    async with client.threads.stream(assistant_id="failing") as thread:
        await thread.run.start(input=STEPS)
        with pytest.raises(RuntimeError, match="the fog answers nothing"):
            await thread.output


@pytest.mark.req("D03")
async def test_two_readers_and_one_who_comes_in_the_middle_get_the_same_events(http):
    thread = str(uuid4())
    async with opened(http, thread) as all_of_it, opened(http, thread, channels=["lifecycle"]) as ends:
        await command(http, thread, "run.start", assistant_id="long", input=STEPS)
        await all_of_it.until(lambda seen: sum(each["method"] == "updates" for each in seen) == 3)
        middle = all_of_it.seen[-1]["seq"]
        async with opened(http, thread) as late, opened(http, thread, since=middle) as rest:
            for each in (all_of_it, ends, late, rest):
                await each.until(ended())
    async with opened(http, thread) as after:
        await after.until(ended())

    told = [(each["event_id"], each["seq"], each["params"]["data"]) for each in all_of_it.seen]
    assert len({id for id, _, _ in told}) == len(told)
    assert [seq for _, seq, _ in told] == sorted({seq for _, seq, _ in told})
    for reader in (late, after):
        assert [(each["event_id"], each["seq"], each["params"]["data"]) for each in reader.seen] == told
    assert [each["seq"] for each in rest.seen] == [seq for _, seq, _ in told if seq > middle]
    assert lifecycles(ends.seen) == ["running", "completed"] and len(ends.seen) == 2


async def test_a_stream_stays_open_over_runs_until_its_thread_is_deleted(http):
    thread = str(uuid4())
    async with opened(http, thread, channels=["lifecycle", "custom"]) as events:
        first = await command(http, thread, "run.start", assistant_id="echo", input=HELLO)
        await events.until(ended(1))
        second = await command(http, thread, "run.start", assistant_id="echo", input=HELLO)
        await events.until(ended(2))
        stuck = await command(http, thread, "run.start", assistant_id="stuck", input=STEPS)
        await events.until(lambda seen: lifecycles(seen)[4:] == ["running"])
        tree = await command(http, thread, "agent.getTree")
        await http.post(f"/threads/{thread}/runs/{stuck['result']['run_id']}/cancel?wait=1&action=rollback")
        await events.until(ended(3))
        await http.delete(f"/threads/{thread}")
        await events.until(lambda seen: False)

    assert lifecycles(events.seen) == [*["running", "completed"] * 2, "running", "interrupted"]
    assert [each["params"]["data"] for each in events.seen if each["method"] == "custom"] == [
        {"heard": 1},
        {"heard": 2},
    ]
    assert first["meta"]["applied_through_seq"] == 0 < second["meta"]["applied_through_seq"]
    assert tree["result"]["tree"] == {
        "namespace": [],
        "status": "running",
        "graph_name": "stuck",
        "children": [],
    }


async def test_channels_namespaces_and_depth_filter(http):
    thread = str(uuid4())
    async with (
        opened(http, thread, channels=["lifecycle", "messages"], namespaces=[["teller"]]) as within,
        opened(http, thread, namespaces=[[]], depth=0) as root,
        opened(http, thread, channels=["lifecycle", "custom:progress"]) as named,
    ):
        await command(http, thread, "run.start", assistant_id="nested", input=HELLO)
        for each in (root, named):
            await each.until(ended())
        await within.until(lambda seen: seen[-1:] and seen[-1]["params"]["data"]["event"] == "completed")

    data = [each["params"]["data"] for each in within.seen]
    assert [each["event"] for each in data if each["event"] != "content-block-delta"] == [
        "started", "message-start", "content-block-start", "content-block-finish", "message-finish", "completed",
    ]  # fmt: skip
    assert {name.partition(":")[0] for each in within.seen for name in each["params"]["namespace"]} == {
        "teller"
    }
    assert all(each["params"]["namespace"] == [] for each in root.seen)
    assert {each["method"] for each in root.seen} == {"lifecycle", "values", "tasks", "updates"}
    assert {each["method"] for each in named.seen} == {"lifecycle"}


@pytest.mark.req("D04")
async def test_questions_are_answered_one_by_one_at_once_or_by_a_new_run(http):
    threads = [str(uuid4()) for _ in range(3)]
    for thread in threads:
        async with opened(http, thread) as events:
            await command(http, thread, "run.start", assistant_id="two", input=STEPS)
            await events.until(ended())
        asked = [each["params"]["data"] for each in events.seen if each["method"] == "input.requested"]
        ids = {each["payload"]: each["interrupt_id"] for each in asked}
        both = [{"interrupt_id": ids["a?"], "response": 1}, {"interrupt_id": ids["b?"], "response": 2}]
        async with opened(http, thread) as events:
            if thread is threads[0]:
                await command(http, thread, "input.respond", responses=both)
            else:
                await command(http, thread, "input.respond", **both[0])
                await events.until(ended(2))
                twice = await command(http, thread, "input.respond", **both[0])
                assert twice["error"] == "no_such_interrupt"
                if thread is threads[1]:
                    await command(http, thread, "input.respond", **both[1])
                else:
                    await command(http, thread, "run.start", assistant_id="two", input=2)
            await events.until(lambda seen: lifecycles(seen)[-1:] == ["completed"])
        values = (await http.get(f"/threads/{thread}/state")).json()["values"]
        assert values == {"steps": ["a 1", "b 2"]}


@pytest.mark.req("D04")
async def test_an_answer_that_comes_at_once_is_heard_and_a_second_one_is_not(http):
    thread = str(uuid4())
    async with opened(http, thread, channels=["input", "lifecycle"]) as events:
        await command(http, thread, "run.start", assistant_id="outer", input=STEPS)
        await events.until(lambda seen: any(each["method"] == "input.requested" for each in seen))
        [asked] = [each for each in events.seen if each["method"] == "input.requested"]
        assert asked["params"]["namespace"][0].startswith("inner:")
        given = {"namespace": asked["params"]["namespace"], "response": "x"}
        given["interrupt_id"] = asked["params"]["data"]["interrupt_id"]
        answers = await asyncio.gather(*(command(http, thread, "input.respond", **given) for _ in range(2)))
        await events.until(ended(2))

    assert sorted(answer.get("error", "") for answer in answers) == ["", "no_such_interrupt"]
    assert lifecycles(events.seen) == ["running", "interrupted", "running", "completed"]


async def test_what_a_client_of_a_new_thread_asks_for_first(http):
    thread = uuid4()

    assert (await http.get(f"/threads/{thread}/state")).status_code == 404
    await command(
        http, str(thread), "run.start", assistant_id="echo", input=HELLO, multitaskStrategy="reject"
    )
    assert (await http.get(f"/threads/{thread}/runs?status=pending")).json() == []
    assert (await http.post(f"/threads/{thread}/history", json={"limit": 20})).status_code == 200
