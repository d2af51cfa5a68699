"""Processes that are killed, stopped and ended: their runs go on elsewhere."""

import asyncio
import json
import os
import signal
import time
from collections import Counter

import pytest

from server.runs.heart import LEASE
from tests.integration.runs.test_engine import state_of


async def logged(engine, run):
    return [event async for event in engine.stream(run.thread_id, "ann", after=-1, run_id=run.run_id)]


def updates(events):
    return Counter(event.data for event in events if event.event == "updates")


async def charges(pool):
    async with pool.connection() as conn:
        return [row["status"] for row in await (await conn.execute("SELECT status FROM charges")).fetchall()]


async def test_a_run_survives_a_kill_at_every_node(team, observer, new_run, pool):
    await asyncio.gather(*(team.start(TEST_STEP="0.3") for _ in range(4)))
    run = await observer.accept(await new_run("slow"))
    gaps = []
    for number in (2, 3, 4):
        holder = await team.until(f"begin {number}")
        await holder.kill()
        killed = time.time()
        await team.until(f"begin {number}", times=2)
        gaps.append(time.time() - killed)

    async with asyncio.timeout(20):
        settled = await observer.join(run.run_id, "ann")

    print("taken over after", [round(gap, 2) for gap in gaps], "s")
    assert max(gaps) < 4 * LEASE
    assert (settled.status, settled.attempt) == ("success", 4)
    assert [len(team.lines(f"end {number}")) for number in range(1, 5)] == [1, 1, 1, 1]
    pids = [line[1] for line in team.lines("begin")]
    assert len(set(pids)) == 4
    events = await logged(observer, run)
    assert list(updates(events).values()) == [1, 1, 1, 1]
    assert [event.seq for event in events] == sorted({event.seq for event in events})
    attempts = [json.loads(event.data)["attempt"] for event in events if event.event == "metadata"]
    assert attempts == [1, 2, 3, 4]
    assert await charges(pool) == ["success"]


# The update of a node, the end of its task, and what it says last before it ends.
DEADLY = {"update": '{"step_2":{"steps":', "task": '"result":{"steps":["step_2"]}', "words": '"last":2'}


@pytest.mark.parametrize("durability", ["sync", "async"])
@pytest.mark.parametrize("at", DEADLY)
async def test_who_dies_the_moment_it_has_told_a_result_has_told_it_once(
    team, observer, new_run, durability, at
):
    holder = await team.start(TEST_STEP="0.2")
    run = await observer.accept(await new_run("slow", durability=durability))
    seen = await holder.follow(run.thread_id, run.run_id, -1, DEADLY[at])
    await team.start(TEST_STEP="0")
    rest = observer.stream(run.thread_id, "ann", after=seen[-1][0], run_id=run.run_id)
    async with asyncio.timeout(15):
        seen += [(event.seq, event.event, event.data.decode()) async for event in rest]

    told = Counter(data for _, name, data in seen if name == "updates")
    ended = Counter(
        json.loads(data)["name"] for _, name, data in seen if name == "tasks" and "result" in data
    )
    words = Counter(data for _, name, data in seen if name == "custom")
    numbers = [number for number, _, _ in seen]
    assert list(told.values()) == list(ended.values()) == [1, 1, 1, 1]
    assert {words.pop('{"step":2}'), words.pop('{"last":2}')} == {2 if at == "words" else 1}
    assert {words[f'{{"{word}":{step}}}'] for word in ("step", "last") for step in (1, 4)} == {1}
    assert numbers == sorted(set(numbers))
    assert [json.loads(data)["attempt"] for _, name, data in seen if name == "metadata"] == [1, 2]


async def test_siblings_that_had_finished_are_neither_run_nor_told_again(team, observer, new_run):
    await asyncio.gather(*(team.start(TEST_STEP="0.6") for _ in range(2)))
    run = await observer.accept(await new_run("branches"))
    await team.until("end 1")
    holder = await team.until("end 0")
    await asyncio.sleep(0.2)
    await holder.kill()

    async with asyncio.timeout(20):
        assert (await observer.join(run.run_id, "ann")).status == "success"

    assert [len(team.lines(f"end {number}")) for number in range(3)] == [1, 1, 1]
    assert list(updates(await logged(observer, run)).values()) == [1, 1, 1]


async def test_a_zombie_writes_nothing(team, observer, new_run, pool):
    await asyncio.gather(*(team.start(TEST_STEP="0.4") for _ in range(2)))
    run = await observer.accept(await new_run("slow"))
    zombie = await team.until("begin 2")
    os.kill(zombie.pid, signal.SIGSTOP)
    assert await team.until("begin 2", times=2) is not zombie
    os.kill(zombie.pid, signal.SIGCONT)

    settled = await observer.join(run.run_id, "ann")
    await asyncio.sleep(1)

    assert (settled.status, settled.attempt) == ("success", 2)
    events = await logged(observer, run)
    assert list(updates(events).values()) == [1, 1, 1, 1]
    assert await charges(pool) == ["success"]
    async with pool.connection() as conn:
        rows = await (
            await conn.execute("SELECT metadata->>'step' AS step FROM checkpoints ORDER BY 1")
        ).fetchall()
    assert [row["step"] for row in rows] == ["-1", "0", "1", "2", "3", "4"]


async def test_a_process_that_is_told_to_end_hands_its_runs_on(team, observer, new_run, pool):
    await asyncio.gather(*(team.start(TEST_STEP="0.3") for _ in range(2)))
    run = await observer.accept(await new_run("slow"))
    holder = await team.until("begin 2")
    os.kill(holder.pid, signal.SIGTERM)
    asked = time.time()

    assert await team.until("begin 2", times=2) is not holder
    print("handed over after", round(time.time() - asked, 3), "s")

    assert time.time() - asked < LEASE
    assert (await observer.join(run.run_id, "ann")).status == "success"
    assert list(updates(await logged(observer, run)).values()) == [1, 1, 1, 1]
    assert await charges(pool) == ["success"]


@pytest.mark.parametrize("graph", ["stuck", "deep"])
async def test_a_run_is_cancelled_from_another_process(team, observer, new_run, graph):
    await team.start()
    run = await observer.accept(await new_run(graph))
    await team.until("waiting")

    async with asyncio.timeout(20):
        cancelled = await observer.cancel(run.run_id, "ann", wait=True)

    assert cancelled.status == "interrupted"
    await team.until("stopped")


async def test_a_run_that_stores_at_its_end_starts_over_and_ends_right(team, observer, new_run, pool):
    holder = await team.start(TEST_STEP="0.2")
    run = await observer.accept(await new_run("slow", durability="exit"))
    await holder.follow(run.thread_id, run.run_id, -1, DEADLY["update"])
    await team.start(TEST_STEP="0")

    async with asyncio.timeout(15):
        settled = await observer.join(run.run_id, "ann")

    assert (settled.status, settled.attempt) == ("success", 2)
    assert (await state_of(pool, run)).values["steps"] == ["step_1", "step_2", "step_3", "step_4"]
    assert [len(team.lines(f"end {number}")) for number in range(1, 5)] == [2, 2, 1, 1]


@pytest.mark.parametrize("at", ['"name":"ask","triggers"', '{"ask":{"steps":["left"]}}'])
async def test_an_answer_whose_run_is_killed_before_its_first_checkpoint_counts_once(
    team, observer, new_run, pool, at
):
    holder = await team.start()
    run = await observer.accept(await new_run("asking"))
    assert (await observer.join(run.run_id, "ann")).status == "success"
    answer = await new_run(
        "asking", run.thread_id, input=None, command={"resume": "left"}, durability="async"
    )
    answer = await observer.accept(answer)
    seen = await holder.follow(run.thread_id, answer.run_id, -1, at)
    await team.start()
    rest = observer.stream(run.thread_id, "ann", after=seen[-1][0], run_id=answer.run_id)
    async with asyncio.timeout(15):
        seen += [(event.seq, event.event, event.data.decode()) async for event in rest]

    assert (await observer.join(answer.run_id, "ann")).status == "success"
    assert (await state_of(pool, run)).values["steps"] == ["answer", "left"]
    assert [data for _, name, data in seen if name == "updates"] == ['{"ask":{"steps":["left"]}}']
