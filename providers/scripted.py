"""A chat model that is told what to say and remembers what it was asked."""

import json
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import BaseModel

from domain.errors import UnknownModel

Said = str | dict[str, Any] | BaseModel | Exception


@dataclass(frozen=True)
class Asked:
    """One call: the prompt's name and inputs, the messages as they would be sent, the call's settings."""

    prompt: str
    inputs: dict[str, Any]
    messages: list[BaseMessage]
    settings: dict[str, Any]

    @property
    def text(self) -> str:
        return "\n".join(str(message.content) for message in self.messages)


class Script:
    """What a scripted model says: queued answers first, by prompt, then what `answer` makes of the inputs.

    `gate`, when there is one, is awaited with the prompt's name and inputs before each answer.
    """

    def __init__(self, answer: Callable[[str, dict[str, Any]], Said] | None = None, name: str = "") -> None:
        self.name = name
        self.gate: Callable[[str, dict[str, Any]], Awaitable[None]] | None = None
        self.answer = answer
        self.queued: dict[str, deque[Said]] = defaultdict(deque)
        self.asked: list[Asked] = []

    def say(self, prompt: str, *answers: Said) -> "Script":
        """Queue answers to a prompt; an exception is raised instead."""
        self.queued[prompt].extend(answers)
        return self

    def calls(self, prompt: str) -> list[Asked]:
        """Return the calls that were made with a prompt."""
        return [asked for asked in self.asked if asked.prompt == prompt]

    def reply(self, messages: list[BaseMessage], settings: dict[str, Any]) -> str:
        """Remember the call and return its answer as text."""
        about = about_of(messages)
        self.asked.append(Asked(about["prompt"], about["inputs"], list(messages), settings))
        said: Said
        if queue := self.queued[about["prompt"]]:
            said = queue.popleft()
        elif self.answer:
            said = self.answer(about["prompt"], about["inputs"])
        else:
            raise AssertionError(f"nothing was scripted for {about['prompt']!r}")
        if isinstance(said, Exception):
            raise said
        if isinstance(said, BaseModel):
            return said.model_dump_json()
        return said if isinstance(said, str) else json.dumps(said)


def about_of(messages: list[BaseMessage]) -> dict[str, Any]:
    """Return the prompt's name and inputs that came with the messages."""
    about: dict[str, Any] = messages[-1].additional_kwargs.get("fabula", {"prompt": "", "inputs": {}})
    return about


SCRIPTS: dict[str, Script] = {}


class ScriptedChat(BaseChatModel):
    """The chat model over a `Script`; it streams word by word."""

    name: str
    script: Any

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs):
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        if self.script.gate:
            about = about_of(messages)
            await self.script.gate(about["prompt"], about["inputs"])
        for chunk in self._chunks(messages, kwargs):
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return generate_from_stream(self._stream(messages, **kwargs))

    def _chunks(self, messages: list[BaseMessage], settings: dict[str, Any]) -> Iterator[ChatGenerationChunk]:
        text = self.script.reply(messages, settings)
        for word in re.findall(r"\s*\S+\s*", text):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        words = len(text.split())
        usage = UsageMetadata(input_tokens=10, output_tokens=words, total_tokens=10 + words)
        end = AIMessageChunk(content="", response_metadata={"finish_reason": "stop"}, usage_metadata=usage)
        yield ChatGenerationChunk(message=end)


def chat(name: str) -> ScriptedChat:
    """Return the model that says what `SCRIPTS[name]` holds. Raises `UnknownModel`."""
    if name not in SCRIPTS:
        raise UnknownModel(f"there is no script {name!r}")
    return ScriptedChat(name=name, script=SCRIPTS[name])
