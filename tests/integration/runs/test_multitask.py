"""Runs that meet on one thread, and what waits for a slot or for its time."""

import asyncio
import itertools
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from server.runs import heart
from server.runs.errors import RunNotFound, ThreadBusy
from tests.integration.runs.test_engine import state_of, thread_of, until


async def test_reject_refuses_a_second_run(engine, new_run):
    first = await engine.accept(await new_run("stuck"))

    with pytest.raises(ThreadBusy):
        await engine.accept(await new_run("quick", first.thread_id, multitask_strategy="reject"))


async def test_enqueue_runs_one_after_the_other_in_order(engine, new_run):
    first = await engine.accept(await new_run("slow"))
    others = [await engine.accept(await new_run("quick", first.thread_id)) for _ in range(3)]
    assert [run.status for run in others] == ["pending"] * 3

    ended = [await engine.join(run.run_id, "ann") for run in (first, *others)]

    assert [run.status for run in ended] == ["success"] * 4
    assert all(a.settled_at <= b.claimed_at for a, b in itertools.pairwise(ended))


async def test_interrupt_keeps_what_the_first_run_did(engine, new_run, pool):
    first = await engine.accept(await new_run("stuck"))
    await until(engine, first, "wait_for_ever")
    second = await engine.accept(await new_run("quick", first.thread_id, multitask_strategy="interrupt"))

    assert (await engine.join(second.run_id, "ann")).status == "success"
    assert (await engine.get(first.run_id, "ann")).status == "interrupted"
    assert (await state_of(pool, second)).values["steps"] == ["answer", "answer"]


async def test_rollback_takes_back_what_the_first_run_did(engine, new_run, pool):
    zero = await engine.accept(await new_run("quick"))
    await engine.join(zero.run_id, "ann")
    before = await state_of(pool, zero)
    first = await engine.accept(await new_run("stuck", zero.thread_id))
    await until(engine, first, "wait_for_ever")
    second = await engine.accept(await new_run("quick", zero.thread_id, multitask_strategy="rollback"))

    assert (await engine.join(second.run_id, "ann")).status == "success"
    with pytest.raises(RunNotFound):
        await engine.get(first.run_id, "ann")
    after = await state_of(pool, second)
    assert before.values["steps"] == ["answer"]
    assert after.values["steps"] == ["answer", "answer"]


async def test_a_rolled_back_resume_leaves_the_question_open(engine, new_run, pool):
    asked = await engine.accept(await new_run("asking"))
    await engine.join(asked.run_id, "ann")
    before = await state_of(pool, asked)
    answer = await new_run("asking", asked.thread_id, input=None, command={"resume": "left"})
    run = await engine.accept(answer)
    await engine.cancel(run.run_id, "ann", action="rollback", wait=True)

    after = await state_of(pool, asked)

    assert (after.config, after.interrupts, after.next) == (before.config, before.interrupts, before.next)
    assert (await thread_of(pool, asked)).status == "interrupted"


async def test_a_pending_run_is_cancelled_and_the_next_takes_its_place(engine, new_run):
    first = await engine.accept(await new_run("stuck"))
    second = await engine.accept(await new_run("quick", first.thread_id))
    third = await engine.accept(await new_run("quick", first.thread_id))

    assert (await engine.cancel(second.run_id, "ann")).status == "interrupted"
    await engine.cancel(first.run_id, "ann")
    assert (await engine.join(third.run_id, "ann")).status == "success"


async def test_runs_queue_for_a_slot_and_start_as_another_settles(start, new_run):
    engine = await start(slots={"default": 2})
    runs = [await engine.accept(await new_run("slow")) for _ in range(6)]

    ended = [await engine.join(run.run_id, "ann") for run in runs]

    assert [run.status for run in ended] == ["success"] * 6
    assert [run.status for run in runs] == ["running"] * 2 + ["pending"] * 4
    assert {run.claimed_at for run in ended[2:]} <= {run.settled_at for run in ended}


async def test_a_run_goes_to_a_process_with_a_free_slot(start, new_run, monkeypatch):
    monkeypatch.setattr(heart, "EVERY", 60)
    full, _ = await start(slots={"default": 1}), await start(slots={"default": 1})
    await full.accept(await new_run("stuck"))
    waiting = [await full.accept(await new_run("quick")) for _ in range(10)]

    async with asyncio.timeout(20):
        ended = [await full.join(run.run_id, "ann") for run in waiting]

    assert {run.holder for run in ended} == {None}
    assert [run.status for run in ended] == ["success"] * 10


async def test_a_run_starts_when_it_is_due(engine, new_run):
    due = datetime.now(UTC) + timedelta(seconds=2)
    run = await engine.accept(await new_run("quick", due_at=due))
    at_once = await engine.accept(await new_run("quick", run.thread_id))
    assert (await engine.join(at_once.run_id, "ann")).settled_at < due

    ended = await engine.join(run.run_id, "ann")

    assert 0 <= (ended.claimed_at - due).total_seconds() < 20


async def test_a_run_accepted_in_the_callers_transaction_starts_when_that_commits(engine, new_run, pool):
    create = await new_run("quick")
    async with pool.connection() as conn:
        with pytest.raises(LookupError):
            async with conn.transaction():
                await engine.accept(create, conn)
                raise LookupError
        with pytest.raises(RunNotFound):
            await engine.get(create.run_id, "ann")
        async with conn.transaction():
            await engine.accept(create, conn)
            await asyncio.sleep(0.1)
            committed = datetime.now(UTC)
    ended = await engine.join(create.run_id, "ann")

    assert ended.status == "success"
    assert ended.settled_at >= committed


async def test_what_is_refused_in_the_accepting_transaction_makes_no_run(engine, new_run):
    async def refuse(conn, run):
        raise LookupError

    create = await new_run("quick")
    with pytest.raises(LookupError):
        await engine.accept(create, also=refuse)
    with pytest.raises(RunNotFound):
        await engine.get(create.run_id, "ann")
    assert engine.worker.free["default"] == 16


async def test_fifty_runs_at_once_do_not_mix(start, new_run):
    engine = await start(slots={"default": 50})
    runs = [
        await engine.accept(await new_run("talk", input={"steps": [str(uuid4())]}, stream_mode=["tasks"]))
        for _ in range(50)
    ]

    async def seen(run):
        return [event async for event in engine.stream(run.thread_id, "ann", after=-1, run_id=run.run_id)]

    told = await asyncio.gather(*(seen(run) for run in runs))

    for run, events in zip(runs, told, strict=True):
        assert {event.run_id for event in events} == {run.run_id}
        words = [json.loads(event.data)[0]["content"] for event in events if event.event == "messages"]
        assert "".join(words) == "once upon a time there was a fox"
        start_of_task = next(json.loads(event.data) for event in events if event.event == "tasks")
        assert start_of_task["input"]["steps"] == run.kwargs["input"]["steps"]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_rollback_leaves_a_growing_channel_as_it_was(engine, new_run, pool, durability):
    first = await engine.accept(await new_run("growing", input={}, durability=durability))
    assert (await engine.join(first.run_id, "ann")).status == "success"
    before = (await state_of(pool, first)).values
    run = await engine.accept(await new_run("growing", first.thread_id, input={}, durability=durability))
    await until(engine, run, "then_wait")
    await engine.cancel(run.run_id, "ann", action="rollback", wait=True)

    assert (await state_of(pool, first)).values == before == {"lines": ["line 1", "waited"]}
    assert (await thread_of(pool, first)).status == "idle"
