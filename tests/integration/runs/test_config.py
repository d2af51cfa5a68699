"""What a caller's config and checkpoint may say, and what the nodes see of the Store."""

from server.db.checkpoints import saver, store
from tests.integration.runs.graphs import GRAPHS
from tests.integration.runs.test_engine import seen, state_of


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


async def test_nodes_have_their_owners_part_of_the_store(engine, new_run, pool):
    run = await engine.accept(await new_run("remembering"))

    assert (await engine.join(run.run_id, "ann")).error is None
    kept = await store(pool).asearch(("owners", "ann"))
    assert [(item.namespace, item.value) for item in kept] == [(("owners", "ann", "notes"), {"seen": "fog"})]
