"""The chat model: LangChain's interface around the storyteller's answers."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from providers.storyteller.answers import answer, remarks

MODEL_NAME = "offline:storyteller"
_CHUNK = re.compile(r"(?:\s*\S+){1,4}\s*")


class Storyteller(BaseChatModel):
    """A chat model that needs no network and writes whole stories from a premise."""

    seed: int = 0
    pace: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "storyteller"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": MODEL_NAME, "seed": self.seed}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(messages, answer(messages, self.seed))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(messages, await asyncio.to_thread(answer, messages, self.seed))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(messages, answer(messages, self.seed)):
            if self.pace:
                time.sleep(self.pace)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        text = await asyncio.to_thread(answer, messages, self.seed)
        for chunk in _chunks(messages, text):
            await asyncio.sleep(self.pace)
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


def _usage(messages: list[BaseMessage], text: str) -> UsageMetadata:
    asked = sum(len(str(message.content).split()) for message in messages)
    told = len(text.split())
    return UsageMetadata(input_tokens=asked, output_tokens=told, total_tokens=asked + told)


def _metadata(messages: list[BaseMessage]) -> dict[str, Any]:
    told: dict[str, Any] = {"finish_reason": "stop", "model_name": MODEL_NAME}
    undone = remarks(messages)
    return told | {"remarks": undone} if undone else told


def _result(messages: list[BaseMessage], text: str) -> ChatResult:
    message = AIMessage(
        content=text, response_metadata=_metadata(messages), usage_metadata=_usage(messages, text)
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunks(messages: list[BaseMessage], text: str) -> Iterator[ChatGenerationChunk]:
    pieces = _CHUNK.findall(text)
    for piece in pieces[:-1]:
        yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
    last = AIMessageChunk(
        content=pieces[-1] if pieces else "",
        response_metadata=_metadata(messages),
        usage_metadata=_usage(messages, text),
        chunk_position="last",
    )
    yield ChatGenerationChunk(message=last)
