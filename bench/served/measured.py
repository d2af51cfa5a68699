"""The graphs that every server is measured with: they cost next to nothing, so that what is left is the server."""

import asyncio
import os
from operator import add
from typing import Annotated, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

STEPS, STEP_SECONDS = 8, 0.25


class Work(TypedDict, total=False):
    """How much to say and how fast; what was done, and by which process."""

    count: int
    pace: float
    done: Annotated[list[str], add]


class Speaker(BaseChatModel):
    """A chat model that says a number of words, one each `pace` seconds."""

    count: int
    pace: float

    @property
    def _llm_type(self) -> str:
        return "speaker"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("word " * self.count))])

    async def _astream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Any:
        for number in range(1, self.count + 1):
            await asyncio.sleep(self.pace)
            position = "last" if number == self.count else None
            yield ChatGenerationChunk(message=AIMessageChunk("word ", chunk_position=position))


async def begin(state: Work) -> dict[str, Any]:
    return {"done": ["begin"]}


async def end(state: Work) -> dict[str, Any]:
    return {"done": ["end"]}


async def emit(state: Work) -> dict[str, Any]:
    write = get_stream_writer()
    for number in range(state["count"]):
        await asyncio.sleep(state["pace"])
        write({"number": number})
    return {"done": ["emit"]}


async def say(state: Work) -> dict[str, Any]:
    said = await Speaker(count=state["count"], pace=state["pace"]).ainvoke("Go on.")
    return {"done": [said.text[:10]]}


def step(number: int) -> Any:
    """Make a node that takes its time and says which process did it."""

    async def work(state: Work) -> dict[str, Any]:
        await asyncio.sleep(STEP_SECONDS)
        return {"done": [f"{number} {os.getpid()}"]}

    work.__name__ = f"step_{number}"
    return work


def chain(*nodes: Any, name: str) -> Any:
    builder = StateGraph(Work)
    builder.add_sequence(list(nodes))
    builder.add_edge(START, nodes[0].__name__)
    return builder.compile(name=name)


quick = chain(begin, end, name="quick")
events = chain(emit, name="events")
tokens = chain(say, name="tokens")
steps = chain(*(step(number) for number in range(STEPS)), name="steps")
