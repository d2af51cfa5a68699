"""Graphs in every form that a `langgraph.json` may name, and what a run passes to them."""

from contextlib import asynccontextmanager

import pytest
from langgraph.graph import START, StateGraph

from server.db.checkpoints import saver
from server.runs.engine import Engine
from tests.integration.runs.graphs import GRAPHS, State
from tests.integration.runs.test_engine import seen, state_of

LEFT = []


def builder():
    builder = StateGraph(State)
    builder.add_node("answer", lambda state: {"steps": ["answer"]})
    return builder.add_edge(START, "answer")


async def of_config(config):
    return GRAPHS[config["configurable"]["wanted"]]


@asynccontextmanager
async def for_the_run(config):
    yield GRAPHS["quick"]
    LEFT.append(config["configurable"]["thread_id"])


FORMS = {"builder": builder(), "function": builder, "coroutine": of_config, "context": for_the_run}


@pytest.mark.parametrize("form", FORMS)
async def test_a_graph_comes_in_many_forms(pool, new_run, form):
    async with Engine(pool, FORMS) as engine:
        create = await new_run(form, config={"configurable": {"wanted": "quick"}})
        run = await engine.accept(create)
        assert "updates" in [event.event for event in await seen(engine, run)]
        assert (await engine.join(run.run_id, "ann")).status == "success"
    assert (str(run.thread_id) in LEFT) == (form == "context")


async def test_a_config_leads_to_no_other_thread(engine, new_run, pool):
    other = await engine.accept(await new_run("quick"))
    await engine.join(other.run_id, "ann")
    smuggled = {
        "thread_id": str(other.thread_id),
        "checkpoint_id": "1",
        "checkpoint_ns": "x",
        "__pregel_store": 1,
    }
    run = await engine.accept(await new_run("quick", config={"configurable": smuggled}))

    assert (await engine.join(run.run_id, "ann")).status == "success"
    assert (await state_of(pool, other)).values["steps"] == ["answer"]
    assert (await state_of(pool, run)).values["steps"] == ["answer"]


async def test_a_fork_goes_on_from_its_checkpoint(engine, new_run, pool):
    run = await engine.accept(await new_run("slow"))
    await engine.join(run.run_id, "ann")
    reading = GRAPHS["slow"].copy(update={"checkpointer": saver(pool)})
    where = {"configurable": {"thread_id": str(run.thread_id)}}
    history = [state async for state in reading.aget_state_history(where)]
    before_three = next(state for state in history if state.next == ("step_3",))
    checkpoint = {"checkpoint_id": before_three.config["configurable"]["checkpoint_id"]}

    fork = await engine.accept(await new_run("slow", run.thread_id, input=None, checkpoint=checkpoint))
    events = await seen(engine, fork)

    updates = [event.data.decode().split('"')[1] for event in events if event.event == "updates"]
    assert updates == ["step_3", "step_4"]
