"""Graphs to run: each does one thing that an engine must be able to carry."""

import asyncio
import os
import time
from operator import add
from pathlib import Path
from typing import Annotated, Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.channels.delta import DeltaChannel
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.store.base import BaseStore
from langgraph.types import Send, interrupt
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    text: dict[str, str]
    steps: Annotated[list[str], add]


def note(line: str) -> None:
    """Write to the log that all processes of a test share."""
    if path := os.environ.get("TEST_LOG"):
        with Path(path).open("a") as log:
            log.write(f"{line} {os.getpid()} {time.time():.3f}\n")


def chain(*nodes: Any, name: str) -> Any:
    builder = StateGraph(State)
    builder.add_sequence(list(nodes))
    builder.add_edge(START, nodes[0].__name__)
    return builder.compile(name=name)


async def answer(state: State) -> dict[str, Any]:
    return {"steps": ["answer"]}


def step(number: int) -> Any:
    async def work(state: State) -> dict[str, Any]:
        note(f"begin {number}")
        get_stream_writer()({"step": number})
        await asyncio.sleep(float(os.environ.get("TEST_STEP", "0.1")))
        note(f"end {number}")
        get_stream_writer()({"last": number})
        return {"steps": [f"step_{number}"]}

    work.__name__ = f"step_{number}"
    return work


async def talk(state: State) -> dict[str, Any]:
    model = GenericFakeChatModel(messages=iter([AIMessage("once upon a time there was a fox")]))
    said = await model.ainvoke("go on")
    return {"steps": [str(said.content)]}


async def fail(state: State) -> dict[str, Any]:
    raise LookupError("the fog answers nothing")


async def fail_oddly(state: State) -> dict[str, Any]:
    raise ValueError("a\0b\ud800" + "c" * 100_000)


async def go_on_regardless(state: State) -> dict[str, Any]:
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        await asyncio.sleep(600)
    return {}


async def ask(state: State) -> dict[str, Any]:
    return {"steps": [interrupt({"question": "which door?"})]}


async def wait_for_ever(state: State) -> dict[str, Any]:
    note("waiting")
    try:
        await asyncio.sleep(600)
    finally:
        note("stopped")
    return {}


async def many(state: State) -> dict[str, Any]:
    writer = get_stream_writer()
    for number in range(int(os.environ.get("TEST_EVENTS", "3000"))):
        writer({"number": number})
        if number % 100 == 0:
            await asyncio.sleep(0)
    return {"steps": ["many"]}


async def branch(state: dict[str, Any]) -> dict[str, Any]:
    number = state["number"]
    note(f"begin {number}")
    await asyncio.sleep(0.05 if number < 2 else float(os.environ.get("TEST_STEP", "0.1")))
    note(f"end {number}")
    return {"steps": [f"branch_{number}"]}


def fan_out(state: State) -> list[Send]:
    return [Send("branch", {"number": number}) for number in range(3)]


def branches() -> Any:
    builder = StateGraph(State)
    builder.add_node(branch)
    builder.add_conditional_edges(START, fan_out, ["branch"])
    builder.add_edge("branch", END)
    return builder.compile(name="branches")


def parent(inner: Any, name: str) -> Any:
    builder = StateGraph(State)
    builder.add_node("inner", inner)
    builder.add_edge(START, "inner")
    return builder.compile(name=name)


class Told(TypedDict, total=False):
    steps: Annotated[list[str], add]


def secretive() -> Any:
    builder = StateGraph(State, output_schema=Told)
    builder.add_node(answer)
    builder.add_edge(START, "answer")
    return builder.compile(name="secretive")


def extend(lines: list[str] | None, added: list[list[str]]) -> list[str]:
    return [*(lines or []), *(line for lines in added for line in lines)]


class Growing(TypedDict, total=False):
    lines: Annotated[list[str], DeltaChannel(extend)]


async def grow(state: Growing) -> dict[str, Any]:
    return {"lines": [f"line {len(state.get('lines') or []) + 1}"]}


async def then_wait(state: Growing) -> dict[str, Any]:
    if len(state["lines"]) > 1:
        await asyncio.sleep(600)
    return {"lines": ["waited"]}


def growing() -> Any:
    builder = StateGraph(Growing)
    builder.add_sequence([grow, then_wait])
    builder.add_edge(START, "grow")
    return builder.compile(name="growing")


async def remember(state: State, *, store: BaseStore) -> dict[str, Any]:
    await store.aput(("notes",), "1", {"seen": "fog"})
    item = await store.aget(("notes",), "1")
    return {"steps": [str(item.value["seen"])]}


GRAPHS: dict[str, Any] = {
    "quick": chain(answer, name="quick"),
    "talk": chain(talk, name="talk"),
    "slow": chain(*(step(number) for number in range(1, 5)), name="slow"),
    "failing": chain(answer, fail, name="failing"),
    "failing_oddly": chain(fail_oddly, name="failing_oddly"),
    "stubborn": chain(answer, go_on_regardless, name="stubborn"),
    "asking": chain(answer, ask, name="asking"),
    "stuck": chain(answer, wait_for_ever, name="stuck"),
    "deep": parent(parent(chain(answer, wait_for_ever, name="innermost"), "middle"), "deep"),
    "nested": parent(chain(talk, name="inner"), "nested"),
    "secretive": secretive(),
    "growing": growing(),
    "remembering": chain(remember, name="remembering"),
    "many": chain(many, name="many"),
    "branches": branches(),
}
