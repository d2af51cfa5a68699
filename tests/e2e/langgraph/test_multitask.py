"""Runs that meet on a thread, and runs that are told to end."""

import asyncio
from typing import Any

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient

from tests.e2e.langgraph.test_sdk import STEPS, run, status_of


async def started(client: LangGraphClient, thread: str, **given: Any) -> Any:
    """Start a run that stays, and return it when its first node is done."""
    made = await client.runs.create(thread, "stuck", input=STEPS, **given)
    async with asyncio.timeout(20):
        while not (await client.threads.get_state(thread))["values"].get("steps"):
            await asyncio.sleep(0.02)
    return made


async def test_a_run_that_is_cancelled_stands_interrupted(client, thread):
    made = await started(client, thread)

    async with asyncio.timeout(20):
        await client.runs.cancel(thread, made["run_id"], wait=True)

    assert (await client.runs.get(thread, made["run_id"]))["status"] == "interrupted"
    assert (await client.threads.get(thread))["status"] == "interrupted"
    assert await client.runs.join(thread, made["run_id"]) == {"steps": ["begin"]}
    with pytest.raises(httpx.HTTPStatusError) as twice:
        await client.runs.cancel(thread, made["run_id"])
    assert status_of(twice) == 404


async def test_a_run_that_is_rolled_back_never_was(client, thread):
    await run(client, thread, "asking")
    made = await started(client, thread)

    await client.runs.cancel(thread, made["run_id"], wait=True, action="rollback")

    with pytest.raises(httpx.HTTPStatusError) as gone:
        await client.runs.get(thread, made["run_id"])
    assert status_of(gone) == 404
    assert (await client.threads.get_state(thread))["values"] == {"steps": ["begin"]}


async def test_many_runs_are_cancelled_at_once(client, thread):
    made = await started(client, thread)
    waiting = await client.runs.create(thread, "slow", input=STEPS)
    ids = [made["run_id"], waiting["run_id"]]

    await client.runs.cancel_many(thread_id=thread, run_ids=ids)
    await client.runs.join(thread, made["run_id"])

    assert [(await client.runs.get(thread, each))["status"] for each in ids] == ["interrupted", "interrupted"]


async def test_a_busy_thread_refuses(client, thread):
    made = await started(client, thread)

    with pytest.raises(httpx.HTTPStatusError) as refused:
        await client.runs.create(thread, "slow", input=STEPS, multitask_strategy="reject")
    with pytest.raises(httpx.HTTPStatusError) as unwritten:
        await client.threads.update_state(thread, {"steps": ["x"]})

    assert status_of(refused) == status_of(unwritten) == 409
    await client.runs.cancel(thread, made["run_id"])


async def test_a_busy_thread_queues(client, thread):
    first = await client.runs.create(thread, "slow", input=STEPS)
    second = await client.runs.create(thread, "slow", input=STEPS)

    assert await client.runs.join(thread, second["run_id"]) == {"steps": ["begin", "waited", "end"] * 2}
    assert await client.runs.join(thread, first["run_id"]) == {"steps": ["begin", "waited", "end"]}


@pytest.mark.parametrize(("strategy", "steps"), [("interrupt", 4), ("rollback", 3)])
async def test_a_busy_thread_makes_room(client, thread, strategy, steps):
    first = await started(client, thread)

    done = await run(client, thread, "slow", multitask_strategy=strategy)

    assert len(done["steps"]) == steps
    statuses = {each["run_id"]: each["status"] for each in await client.runs.list(thread)}
    assert statuses.get(first["run_id"]) == ("interrupted" if strategy == "interrupt" else None)
