"""Runs from accept to settle, in one process."""

import asyncio
import json
from uuid import uuid4

import pytest

from server.db.checkpoints import saver
from server.db.threads import get_thread
from server.runs.errors import RunFinished, RunNotFound, ThreadNotFound, UnknownGraph
from tests.integration.runs.graphs import GRAPHS


async def seen(engine, run, after=-1):
    return [event async for event in engine.stream(run.thread_id, "ann", after=after, run_id=run.run_id)]


async def thread_of(pool, run):
    async with pool.connection() as conn:
        return await get_thread(conn, run.thread_id, "ann")


async def state_of(pool, run):
    graph = GRAPHS[run.graph_id].copy(update={"checkpointer": saver(pool)})
    return await graph.aget_state({"configurable": {"thread_id": str(run.thread_id)}})


async def until(engine, run, node):
    """Wait until the run has begun this node."""
    async with asyncio.timeout(20):
        async for event in engine.stream(run.thread_id, "ann", after=-1, run_id=run.run_id):
            if event.event.startswith("tasks") and json.loads(event.data)["name"] == node:
                return


async def test_a_run_is_executed_at_once_and_its_events_are_streamed(engine, new_run, pool):
    run = await engine.accept(await new_run("quick"))

    events = await seen(engine, run)

    assert run.status == "running"
    assert [event.event for event in events] == ["metadata", "tasks", "updates", "tasks"]
    assert json.loads(events[0].data) == {"run_id": str(run.run_id), "attempt": 1}
    assert json.loads(events[2].data) == {"answer": {"steps": ["answer"]}}
    assert (await engine.join(run.run_id, "ann")).status == "success"
    assert (await thread_of(pool, run)).status == "idle"


@pytest.mark.parametrize("asked", [[], ["tasks"]])
async def test_what_a_task_was_given_is_logged_for_who_asked(engine, new_run, asked):
    run = await engine.accept(await new_run("quick", stream_mode=asked))

    begun = json.loads((await seen(engine, run))[1].data)

    assert {"id", "name", "triggers"} <= begun.keys()
    assert begun.get("input") == ({"steps": []} if asked else None)


async def test_events_are_read_from_the_log_as_they_were_streamed(engine, new_run):
    run = await engine.accept(await new_run("talk"))
    live = await seen(engine, run)

    assert await seen(engine, run) == live
    assert await seen(engine, run, after=live[2].seq) == live[3:]
    words = [json.loads(event.data)[0]["content"] for event in live if event.event == "messages"]
    assert "".join(words) == "once upon a time there was a fox"


async def test_a_failing_run_keeps_its_error_and_leaves_its_thread_usable(engine, new_run, pool):
    run = await engine.accept(await new_run("failing"))
    events = await seen(engine, run)
    failed = await engine.join(run.run_id, "ann")

    assert events[-1].event == "error"
    assert json.loads(events[-1].data) == {"error": "LookupError", "message": "the fog answers nothing"}
    assert (failed.status, failed.error) == ("error", json.loads(events[-1].data))
    assert (await thread_of(pool, run)).status == "error"
    again = await engine.accept(await new_run("quick", run.thread_id))
    assert (await engine.join(again.run_id, "ann")).status == "success"


async def test_a_run_that_asks_leaves_its_thread_interrupted_and_is_resumed(engine, new_run, pool):
    run = await engine.accept(await new_run("asking"))
    assert (await engine.join(run.run_id, "ann")).status == "success"
    assert (await thread_of(pool, run)).status == "interrupted"
    waiting = (await state_of(pool, run)).interrupts[0]
    assert waiting.value == {"question": "which door?"}

    answer = await engine.accept(
        await new_run("asking", run.thread_id, input=None, command={"resume": {waiting.id: "left"}})
    )

    assert (await engine.join(answer.run_id, "ann")).status == "success"
    assert (await thread_of(pool, run)).status == "idle"
    assert (await state_of(pool, run)).values["steps"] == ["answer", "left"]


@pytest.mark.parametrize("where", [{"interrupt_before": ["step_2"]}, {"interrupt_after": ["step_1"]}])
async def test_a_run_stops_at_a_static_breakpoint(engine, new_run, pool, where):
    run = await engine.accept(await new_run("slow", **where))

    assert (await engine.join(run.run_id, "ann")).status == "success"
    assert (await thread_of(pool, run)).status == "interrupted"
    assert (await state_of(pool, run)).next == ("step_2",)


@pytest.mark.parametrize("graph", ["stuck", "deep"])
async def test_a_cancelled_run_stops(engine, new_run, pool, graph):
    run = await engine.accept(await new_run(graph))
    await until(engine, run, "wait_for_ever")

    async with asyncio.timeout(20):
        cancelled = await engine.cancel(run.run_id, "ann", wait=True)

    assert cancelled.status == "interrupted"
    assert (await thread_of(pool, run)).status == "interrupted"
    with pytest.raises(RunFinished):
        await engine.cancel(run.run_id, "ann")


async def test_the_thread_stays_open_over_its_runs(engine, new_run):
    first = await engine.accept(await new_run("quick"))
    stream = engine.stream(first.thread_id, "ann", after=-1)
    heard = [(await anext(stream)).run_id for _ in range(4)]
    second = await engine.accept(await new_run("quick", first.thread_id))
    heard += [(await anext(stream)).run_id for _ in range(4)]

    assert heard == [first.run_id] * 4 + [second.run_id] * 4
    await stream.aclose()


async def test_nobody_reaches_the_run_of_another(engine, new_run):
    run = await engine.accept(await new_run("quick"))
    await engine.join(run.run_id, "ann")

    for ask in (engine.get, engine.join, engine.cancel, engine.delete):
        with pytest.raises(RunNotFound):
            await ask(run.run_id, "bob")
    with pytest.raises(RunNotFound):
        await anext(engine.stream(run.thread_id, "bob", after=-1, run_id=run.run_id))
    with pytest.raises(ThreadNotFound):
        await anext(engine.stream(run.thread_id, "bob", after=-1))
    assert await engine.list(run.thread_id, "bob") == []


async def test_a_run_needs_a_thread_and_a_graph(engine, new_run):
    with pytest.raises(ThreadNotFound):
        await engine.accept(await new_run("quick", uuid4()))
    with pytest.raises(UnknownGraph):
        await engine.accept(await new_run("none"))


async def test_a_key_makes_one_run(engine, new_run):
    create = await new_run("quick", idempotency_key="once")
    first = await engine.accept(create)
    second = await engine.accept(await new_run("quick", create.thread_id, idempotency_key="once"))

    assert first.run_id == second.run_id


async def test_an_error_that_cannot_be_stored_as_it_is_ends_its_run(engine, new_run):
    run = await engine.accept(await new_run("failing_oddly"))
    failed = await engine.join(run.run_id, "ann")

    assert failed.status == "error"
    assert failed.error["message"].startswith("ab?ccc")
    assert len(failed.error["message"]) < 21_000


async def test_a_node_that_will_not_be_cancelled_is_told_again(engine, new_run):
    run = await engine.accept(await new_run("stubborn"))
    await until(engine, run, "go_on_regardless")

    async with asyncio.timeout(20):
        assert (await engine.cancel(run.run_id, "ann", wait=True)).status == "interrupted"


@pytest.mark.parametrize("graph", ["stuck", "stubborn"])
async def test_a_run_that_takes_too_long_ends(start, new_run, pool, graph):
    settled = []

    async def note(conn, run, status):
        settled.append(status)

    engine = await start(run_timeout=1.0, on_settle=[note])
    run = await engine.accept(await new_run(graph))
    events = await seen(engine, run)
    ended = await engine.join(run.run_id, "ann")

    assert (ended.status, (await thread_of(pool, run)).status, settled) == ("timeout", "error", ["timeout"])
    assert json.loads(events[-1].data) == ended.error
    assert ended.error == {"error": "RunTimedOut", "message": "The run took longer than 1 seconds."}
    again = await engine.accept(await new_run("quick", run.thread_id))
    assert (await engine.join(again.run_id, "ann")).status == "success"


async def test_a_run_that_stores_at_its_end_is_stored_where_it_asks(engine, new_run, pool):
    run = await engine.accept(await new_run("asking", durability="exit"))
    await engine.join(run.run_id, "ann")
    assert (await state_of(pool, run)).interrupts[0].value == {"question": "which door?"}

    answer = await new_run("asking", run.thread_id, input=None, command={"resume": "left"}, durability="exit")
    answer = await engine.accept(answer)

    assert (await engine.join(answer.run_id, "ann")).status == "success"
    assert (await state_of(pool, run)).values["steps"] == ["answer", "left"]


async def test_a_run_that_is_being_claimed_is_not_given_back(engine, new_run):
    run = await engine.accept(await new_run("stuck"))
    execution = engine.worker.executions.pop(run.run_id)
    held = {(run.run_id, run.attempt)}
    with engine.worker.claiming():
        for _ in range(3):
            await engine._give_back(held)
        assert (await engine.get(run.run_id, "ann")).attempt == 1
    await engine._give_back(held)

    async with asyncio.timeout(20):
        while (await engine.get(run.run_id, "ann")).attempt == 1:
            await asyncio.sleep(0.01)
    execution.stop("lost")
