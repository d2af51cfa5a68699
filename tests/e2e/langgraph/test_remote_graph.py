"""Our server as a graph of somebody else's: `RemoteGraph`."""

from typing import Any

import pytest
from langgraph.graph import START, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command
from langgraph_sdk.client import LangGraphClient

from tests.e2e.langgraph.served.flows import Steps

HELLO = {"messages": [{"role": "user", "content": "hello", "id": "u1"}]}


def remote(client: LangGraphClient, graph: str) -> RemoteGraph:
    return RemoteGraph(graph, client=client)


@pytest.fixture
async def config(client) -> dict[str, Any]:
    return {"configurable": {"thread_id": (await client.threads.create())["thread_id"]}}


async def test_it_is_invoked_and_streamed(client):
    graph = remote(client, "echo")

    answer = await graph.ainvoke(HELLO)
    chunks = [chunk async for chunk in graph.astream(HELLO, stream_mode=["updates", "custom"])]

    assert answer["messages"][-1]["content"] == "you said: hello"
    assert [chunk.event for chunk in chunks] == ["custom", "updates"]


async def test_its_state_is_read_and_written(client, config):
    graph = remote(client, "echo")
    await graph.ainvoke(HELLO, config)

    await graph.aupdate_state(config, {"data": {"by": "hand"}}, as_node="echo")

    state = await graph.aget_state(config)
    assert state.values["data"] == {"by": "hand"}
    history = [each async for each in graph.aget_state_history(config)]
    assert [each.metadata["source"] for each in history] == ["update", "loop", "loop", "input"]
    before = await graph.aget_state(history[1].config)
    assert before.values["data"] == {"length": 5}


async def test_an_interrupt_is_answered(client, config):
    graph = remote(client, "asking")
    asked = await graph.ainvoke({"steps": []}, config)
    state = await graph.aget_state(config)

    done = await graph.ainvoke(Command(resume="red"), config)

    assert asked["__interrupt__"][0]["value"] == {"question": "which door?"}
    assert state.next == ("ask",) and state.tasks[0].interrupts[0].value == {"question": "which door?"}
    assert done["steps"] == ["begin", "answered red", "end"]


async def test_it_is_drawn(client):
    drawn = await remote(client, "nested").aget_graph(xray=True)

    assert {"greet", "teller:talk"} <= drawn.nodes.keys()


async def test_it_is_a_node_of_another_graph(client):
    builder = StateGraph(Steps)
    builder.add_node("far", remote(client, "slow"))
    builder.add_edge(START, "far")

    parts = [
        (namespace, chunk)
        async for namespace, chunk in builder.compile().astream(
            {"steps": []}, stream_mode="updates", subgraphs=True
        )
    ]

    assert [next(iter(chunk)) for namespace, chunk in parts if namespace] == ["begin", "wait", "end"]
    assert parts[-1][1]["far"]["steps"] == ["begin", "waited", "end"]
