"""Graphs that wait, fail, ask, and stream words from a subgraph."""

import asyncio
from operator import add
from typing import Annotated, Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import START, StateGraph, add_messages
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict


class Steps(TypedDict, total=False):
    steps: Annotated[list[str], add]


class Chat(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    steps: Annotated[list[str], add]


def chain(state: type, *nodes: Any, name: str) -> Any:
    builder = StateGraph(state)
    builder.add_sequence(list(nodes))
    builder.add_edge(START, nodes[0].__name__)
    return builder.compile(name=name)


async def begin(state: Steps) -> dict[str, Any]:
    return {"steps": ["begin"]}


async def ask(state: Steps) -> dict[str, Any]:
    return {"steps": [f"answered {interrupt({'question': 'which door?'})}"]}


async def end(state: Steps) -> dict[str, Any]:
    return {"steps": ["end"]}


async def fail(state: Steps) -> dict[str, Any]:
    raise LookupError("the fog answers nothing")


async def wait(state: Steps) -> dict[str, Any]:
    await asyncio.sleep(0.4)
    return {"steps": ["waited"]}


async def wait_long(state: Steps) -> dict[str, Any]:
    await asyncio.sleep(60)
    return {"steps": ["waited long"]}


async def talk(state: Chat) -> dict[str, Any]:
    model = GenericFakeChatModel(messages=iter([AIMessage("once upon a time", id="said-1")]))
    return {"messages": [await model.ainvoke(state["messages"])]}


async def greet(state: Chat) -> dict[str, Any]:
    return {"messages": [HumanMessage("go on", id="greeting")], "steps": ["greet"]}


def step(number: int) -> Any:
    async def work(state: Steps) -> dict[str, Any]:
        await asyncio.sleep(0.3)
        return {"steps": [f"step_{number}"]}

    work.__name__ = f"step_{number}"
    return work


asking = chain(Steps, begin, ask, end, name="asking")
failing = chain(Steps, begin, fail, name="failing")
slow = chain(Steps, begin, wait, end, name="slow")
stuck = chain(Steps, begin, wait_long, name="stuck")
long = chain(Steps, *(step(number) for number in range(8)), name="long")
talking = chain(Chat, talk, name="talking")

nested_builder = StateGraph(Chat)
nested_builder.add_node(greet)
nested_builder.add_node("teller", chain(Chat, talk, name="teller"))
nested_builder.add_edge(START, "greet")
nested_builder.add_edge("greet", "teller")
nested = nested_builder.compile(name="nested")

outer_builder = StateGraph(Steps)
outer_builder.add_node("inner", asking)
outer_builder.add_edge(START, "inner")
outer = outer_builder.compile(name="outer")


async def branch_a(state: Steps) -> dict[str, Any]:
    return {"steps": [f"a {interrupt('a?')}"]}


async def branch_b(state: Steps) -> dict[str, Any]:
    return {"steps": [f"b {interrupt('b?')}"]}


two_builder = StateGraph(Steps)
two_builder.add_node(branch_a)
two_builder.add_node(branch_b)
two_builder.add_edge(START, "branch_a")
two_builder.add_edge(START, "branch_b")
two = two_builder.compile(name="two")


async def choose(state: Steps) -> Command[Any]:
    return Command(goto="end", update={"steps": ["chosen"]})


jumping_builder = StateGraph(Steps)
jumping_builder.add_node(choose, destinations=("end",))
jumping_builder.add_node(begin)
jumping_builder.add_node(end)
jumping_builder.add_edge(START, "choose")
jumping = jumping_builder.compile(name="jumping")
