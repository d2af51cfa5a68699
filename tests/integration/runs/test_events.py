"""The log of events: replay, readers, bounds, values by reference, retention."""

import asyncio
import contextlib
import json
import os
import signal

import pytest

from server.db.threads import delete_thread, get_thread
from server.runs import topics
from server.runs.errors import RunNotFound
from tests.integration.runs.test_engine import seen, until


async def test_a_stream_is_taken_up_after_any_event_in_any_process(team, engine, new_run):
    run = await engine.accept(await new_run("talk"))
    live = await seen(engine, run)
    one, other = await asyncio.gather(team.start(0), team.start(0))

    for member, after in ((one, -1), (other, live[3].seq), (other, live[-1].seq)):
        told = await member.ask(run.thread_id, run.run_id, after)
        assert told == [[event.seq, event.event] for event in live if event.seq > after]


async def test_a_reader_elsewhere_gets_events_as_they_happen(team, engine, new_run, monkeypatch):
    monkeypatch.setenv("TEST_STEP", "0.2")
    reader = await team.start(0)
    run = await engine.accept(await new_run("slow"))

    told = await reader.ask(run.thread_id, run.run_id, -1)

    assert told == [[event.seq, event.event] for event in await seen(engine, run)]
    assert (await engine.join(run.run_id, "ann")).status == "success"


async def test_live_only_skips_what_was(engine, new_run):
    first = await engine.accept(await new_run("quick"))
    await engine.join(first.run_id, "ann")
    stream = engine.stream(first.thread_id, "ann")
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.1)
    second = await engine.accept(await new_run("quick", first.thread_id))

    assert (await waiting).run_id == second.run_id
    await stream.aclose()


async def test_a_reader_that_never_reads_costs_bounded_memory_and_loses_nothing(engine, new_run, monkeypatch):
    monkeypatch.setenv("TEST_EVENTS", "12000")
    run = await engine.accept(await new_run("many"))
    stream = engine.stream(run.thread_id, "ann", after=-1, run_id=run.run_id)
    first = await anext(stream)
    with engine.topics.use(run.thread_id) as topic:
        ended = await engine.join(run.run_id, "ann")
        assert len(topic._ring) <= topics.RING_EVENTS

    rest = [event async for event in stream]

    assert ended.status == "success"
    numbers = [json.loads(event.data)["number"] for event in rest if event.event == "custom"]
    assert first.event == "metadata"
    assert numbers == list(range(12000))
    seqs = [event.seq for event in rest]
    assert seqs == sorted(set(seqs))


async def test_what_is_not_in_the_log_yet_has_been_told_all_the_same(engine, new_run, pool):
    create = await new_run("slow", durability="exit")
    async with pool.connection() as other, other.transaction():
        await other.execute("LOCK TABLE run_events IN EXCLUSIVE MODE")
        run = await engine.accept(create)
        stream = engine.stream(run.thread_id, "ann", after=-1, run_id=run.run_id)
        live = [await anext(stream) for _ in range(3)]
        told = [event async for event in engine.reader.so_far(run, 0)]
    rest = [event async for event in stream]

    assert told[:3] == live and rest[-1] not in told
    assert [event async for event in engine.reader.so_far(run, 0)] == live + rest


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_values_are_filled_when_they_are_read(engine, observer, new_run, pool, durability):
    create = await new_run("slow", stream_mode=["values"], durability=durability)
    run = await engine.accept(create)
    live = await seen(engine, run)

    stored = await seen(observer, run)

    assert stored == live
    values = [json.loads(event.data) for event in live if event.event == "values"]
    assert [len(value["steps"]) for value in values] == [0, 1, 2, 3, 4]
    assert not [event for event in live if event.event == "checkpoints"]
    async with pool.connection() as conn:
        query = "SELECT count(checkpoint_id) AS count FROM run_events WHERE event = 'values'"
        row = await (await conn.execute(query)).fetchone()
    assert row["count"] == (0 if durability == "exit" else 5)


async def test_events_of_subgraphs_name_where_they_come_from(engine, new_run):
    run = await engine.accept(await new_run("nested"))
    events = await seen(engine, run)

    words = [json.loads(e.data)[0]["content"] for e in events if e.event.startswith("messages|inner:")]
    assert "".join(words) == "once upon a time there was a fox"


async def test_old_events_and_temporary_threads_are_swept(engine, new_run, pool):
    run = await engine.accept(await new_run("quick"))
    gone = await engine.accept(await new_run("quick", temporary=True))
    for each in (run, gone):
        await engine.join(each.run_id, "ann")
    async with pool.connection() as conn:
        await conn.execute("UPDATE runs SET settled_at = settled_at - interval '25 hours'")
    await engine._sweeper.sweep()

    assert await seen(engine, run) == []
    assert (await engine.get(run.run_id, "ann")).status == "success"
    async with pool.connection() as conn:
        assert await get_thread(conn, gone.thread_id, "ann") is None
        assert await get_thread(conn, run.thread_id, "ann")


async def test_a_stopped_reader_process_slows_nobody(team, engine, new_run, monkeypatch):
    monkeypatch.setenv("TEST_EVENTS", "3000")
    reader = await team.start(0)
    os.kill(reader.pid, signal.SIGSTOP)
    run = await engine.accept(await new_run("many"))
    async with asyncio.timeout(20):
        await engine.join(run.run_id, "ann")
    os.kill(reader.pid, signal.SIGCONT)

    told = await reader.ask(run.thread_id, run.run_id, -1)

    assert len(told) == len(await seen(engine, run))


async def test_a_thread_is_followed_from_process_to_process(team, engine, new_run, pool):
    await team.start()
    here = await engine.accept(await new_run("quick"))
    stream = engine.stream(here.thread_id, "ann", after=-1)
    heard = [(await anext(stream)).run_id for _ in range(4)]
    async with pool.connection() as conn:
        engine.worker.closing = True
        there = await engine.accept(await new_run("quick", here.thread_id), conn)
    heard += [(await anext(stream)).run_id for _ in range(4)]
    engine.worker.closing = False
    back = await engine.accept(await new_run("quick", here.thread_id))
    heard.append((await anext(stream)).run_id)

    assert heard == [here.run_id] * 4 + [there.run_id] * 4 + [back.run_id]
    await stream.aclose()


async def test_an_event_that_postgres_refuses_holds_up_nothing(engine, new_run):
    run = await engine.accept(await new_run("stuck"))
    other = await engine.accept(await new_run("stuck"))
    await until(engine, run, "wait_for_ever")
    for number in range(3):
        engine.worker.executions[run.run_id].log.add("custom", b"%d" % number)
        engine.worker.executions[run.run_id].log.add("custom|a\0b", b"{}")
        engine.worker.executions[other.run_id].log.add("custom", b"%d" % number)
    async with asyncio.timeout(20):
        while any(engine.worker.executions[each.run_id].log.unwritten for each in (run, other)):
            await asyncio.sleep(0.01)
    engine.worker.executions[run.run_id].log.add("custom|a\0b", b"{}")
    for each in (run, other):
        await engine.cancel(each.run_id, "ann", wait=True)

    for each in (run, other):
        engine.topics._topics.clear()
        told = [event for event in await seen(engine, each) if event.event.startswith("custom")]
        assert [(event.event, event.data) for event in told] == [("custom", b"%d" % n) for n in range(3)]


@pytest.mark.parametrize("of_run", [True, False])
async def test_the_stream_of_a_thread_that_is_deleted_ends(start, observer, new_run, pool, of_run):
    await start()
    run = await observer.accept(await new_run("stuck"))
    chosen = {"run_id": run.run_id} if of_run else {}
    stream = observer.stream(run.thread_id, "ann", after=-1, **chosen)
    await anext(stream)
    async with pool.connection() as conn:
        await delete_thread(conn, run.thread_id, "ann")

    async with asyncio.timeout(20):
        with contextlib.suppress(RunNotFound):
            async for _ in stream:
                pass


async def test_values_of_a_graph_with_another_output_are_filled_as_they_were_told(engine, observer, new_run):
    run = await engine.accept(await new_run("secretive", stream_mode=["values"], input={"text": {"a": "b"}}))
    live = [event for event in await seen(engine, run) if event.event == "values"]

    stored = [event for event in await seen(observer, run) if event.event == "values"]

    assert len(live) == 2
    assert stored == live
