"""The story graph, with its delta channels, run by the engine."""

from dataclasses import asdict

from graphs.story import graph
from server.runs.engine import Engine
from tests.integration.runs.graphs import GRAPHS
from tests.integration.runs.test_engine import seen, state_of


async def test_a_story_is_written_and_its_state_is_whole(pool, new_run, context, script, monkeypatch):
    monkeypatch.setitem(GRAPHS, "story", graph)
    async with Engine(pool, {"story": graph}) as engine:
        given = {"request": {"premise": "A keeper hears the fog answer."}}
        create = await new_run("story", input=given, context=asdict(context), stream_mode=["values"])
        run = await engine.accept(create)
        live = await seen(engine, run)
        assert (await engine.join(run.run_id, "ann")).error is None
    state = await state_of(pool, run)

    assert [chapter["number"] for chapter in state.values["chapters"]] == [1, 2, 3]
    assert state.values["report"]
    async with Engine(pool, {"story": graph}, slots={}) as other:
        assert await seen(other, run) == live
