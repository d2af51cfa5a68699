"""A conversation whose answers are told word by word, and can be held in the middle by a file that is not there yet."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk, AnyMessage
from langchain_core.outputs import ChatGenerationChunk
from langgraph.graph import START, StateGraph, add_messages
from langgraph.types import interrupt
from typing_extensions import TypedDict

GATES = Path(os.environ["TEST_GATES"])


class Conversation(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    answers: list[str]


class Teller(GenericFakeChatModel):
    """Tells the words it is given; before one like `<gate` it waits for that file."""

    words: list[str]

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        id = str(uuid4())
        for word in self.words:
            if word.startswith("<"):
                while not (GATES / word[1:]).exists():
                    await asyncio.sleep(0.02)
            yield ChatGenerationChunk(message=AIMessageChunk(content=word + " ", id=id))


async def ask(state: Conversation) -> dict[str, Any]:
    asked = state["messages"][-1].text
    return {"answers": [str(interrupt({"question": asked}))]} if asked.endswith("?") else {"answers": []}


async def tell(state: Conversation) -> dict[str, Any]:
    said = " and ".join([state["messages"][-1].text, *state.get("answers", [])])
    teller = Teller(messages=iter([]), words=f"You said {said} .".split())
    return {"messages": [await teller.ainvoke(state["messages"])]}


builder = StateGraph(Conversation)
builder.add_sequence([ask, tell])
builder.add_edge(START, "ask")
graph = builder.compile(name="chat")
