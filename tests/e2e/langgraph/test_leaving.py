"""Readers who leave, and runs that begin later."""

import asyncio

import pytest
from langgraph_sdk.schema import Run

STEPS = {"steps": []}


async def until(client, thread: str, run: Run, status: str) -> None:
    async with asyncio.timeout(15):
        while (await client.runs.get(thread, run["run_id"]))["status"] != status:
            await asyncio.sleep(0.05)


async def read_and_leave(http, thread: str, run: Run, query: str) -> None:
    """Join the stream from its start, read a line, close the connection."""
    path, headers = f"/threads/{thread}/runs/{run['run_id']}/stream{query}", {"Last-Event-ID": "-1"}
    async with http.stream("GET", path, headers=headers) as answer:
        async for line in answer.aiter_lines():
            assert line == "event: metadata"
            break


async def test_a_joined_reader_who_said_so_ends_the_run_by_leaving(client, http, thread):
    run = await client.runs.create(thread, "stuck", input=STEPS)
    await until(client, thread, run, "running")

    await read_and_leave(http, thread, run, "?cancel_on_disconnect=true")

    await until(client, thread, run, "interrupted")
    assert (await client.threads.get(thread))["status"] == "interrupted"


@pytest.mark.parametrize("query", ["", "?cancel_on_disconnect=false"])
async def test_other_joined_readers_come_and_go(client, http, thread, query):
    run = await client.runs.create(thread, "slow", input=STEPS)

    await read_and_leave(http, thread, run, query)

    assert await client.runs.join(thread, run["run_id"]) == {"steps": ["begin", "waited", "end"]}
    assert (await client.runs.get(thread, run["run_id"]))["status"] == "success"


async def test_a_run_that_is_to_begin_later_waits_while_others_go_first(client, thread):
    later = await client.runs.create(thread, "asking", input={"steps": ["later"]}, after_seconds=1)
    assert (await client.runs.get(thread, later["run_id"]))["status"] == "pending"
    sooner = await client.runs.wait(thread, "asking", input={"steps": ["sooner"]})
    assert sooner["steps"] == ["sooner", "begin"]

    await client.runs.join(thread, later["run_id"])

    assert (await client.runs.get(thread, later["run_id"]))["status"] == "success"
    state = await client.threads.get_state(thread)
    assert state["values"]["steps"] == ["sooner", "begin", "later", "begin"]


async def test_a_run_that_is_to_begin_later_can_be_called_off(client, thread):
    later = await client.runs.create(thread, "asking", input=STEPS, after_seconds=3_600)

    await client.runs.cancel(thread, later["run_id"], wait=True)

    assert (await client.runs.get(thread, later["run_id"]))["status"] == "interrupted"
    assert (await client.threads.get_state(thread))["values"] == {}
