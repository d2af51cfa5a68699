"""Graphs that answer at once: a compiled one, a builder, and factories."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph, add_messages
from langgraph.runtime import Runtime
from typing_extensions import TypedDict


@dataclass
class Context:
    """What a caller may set."""

    shout: bool = False


class State(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    data: dict[str, Any]


async def echo(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    get_stream_writer()({"heard": len(state.get("messages") or [])})
    text = state["messages"][-1].text if state.get("messages") else "nothing"
    if runtime.context and runtime.context.shout:
        text = text.upper()
    return {"messages": [AIMessage(f"you said: {text}")], "data": {"length": len(text)}}


builder = StateGraph(State, context_schema=Context)
builder.add_node(echo)
builder.add_edge(START, "echo")
graph = builder.compile(name="echo")


def make() -> Any:
    """Make the graph anew."""
    return builder.compile(name="made")


def make_for(config: RunnableConfig) -> StateGraph[Any, Any, Any, Any]:
    """Give the builder, whatever the config says."""
    return builder


async def make_later(config: RunnableConfig) -> Any:
    """Make the graph, asynchronously."""
    return builder.compile(name="made_later")


@asynccontextmanager
async def make_within(config: RunnableConfig) -> AsyncIterator[Any]:
    """Make the graph for as long as it is used."""
    yield builder.compile(name="made_within")
