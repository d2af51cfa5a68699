"""OpenAI and every server that speaks its chat API, through langchain-openai.

Read from the environment: `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `FABULA_MODEL_TIMEOUT` (seconds without a word),
`FABULA_MODEL_RETRIES` (of a request that was not answered).
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from functools import cache, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

TIMEOUT, RETRIES = 120.0, 2
# Beside the SDK's own: ValueError of the JSON parser on a broken event, TypeError and AttributeError on an event that
# is JSON but no chat completion, TimeoutError of LangChain on a stream that fell silent.
ERRORS = (openai.OpenAIError, ValueError, TypeError, AttributeError, TimeoutError)
# Settings that a model may refuse, and can then go without.
OPTIONAL = ("temperature", "seed", "response_format")


class Connections(openai.DefaultAsyncHttpxClient):
    """An HTTP client whose connections belong to the running event loop and are closed with it."""

    def __init__(self) -> None:
        self._context = httpx2.create_ssl_context()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()
        self._keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncIterator[None]] = WeakKeyDictionary()
        super().__init__(verify=self._context)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = openai.DefaultAsyncHttpxClient(verify=self._context)
            self._keepers[loop] = keep(self._clients[loop])
            await anext(self._keepers[loop])
        return await self._clients[loop].send(request, **options)


async def keep(client: httpx2.AsyncClient) -> AsyncIterator[None]:
    """Close the client when the event loop shuts down: it ends its asynchronous generators."""
    try:
        yield
    finally:
        await client.aclose()


class Chat(ChatOpenAI):
    """ChatOpenAI that reads streamed refusals and goes without the settings that its model refuses."""

    _refused: set[str] = PrivateAttr(default_factory=set)

    async def _astream(self, *args: Any, **settings: Any) -> AsyncIterator[ChatGenerationChunk]:
        while True:
            accepted = {key: value for key, value in settings.items() if key not in self._refused}
            try:
                async for chunk in super()._astream(*args, **as_sent(accepted)):
                    yield chunk
                return
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                refused = {name for name in OPTIONAL if name in accepted and names(error, name)}
                if not refused:
                    raise
                self._refused |= refused

    def _convert_chunk_to_generation_chunk(self, chunk: Any, *args: Any) -> ChatGenerationChunk | None:
        generated = super()._convert_chunk_to_generation_chunk(chunk, *args)
        choices = chunk.get("choices") or [{}]
        refusal = (choices[0].get("delta") or {}).get("refusal")
        if generated and refusal and isinstance(generated.message, AIMessageChunk):
            generated.message.additional_kwargs["refusal"] = refusal
        return generated


def as_sent(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with the answer's shape where it is sent as it is.

    As a named argument the SDK would parse the whole answer again at each of its chunks.
    """
    sent = dict(settings)
    if shape := sent.pop("response_format", None):
        sent["extra_body"] = {"response_format": shape}
    return sent


def names(error: openai.APIStatusError, setting: str) -> bool:
    """Whether the error speaks of the setting."""
    return re.search(rf"\b{setting}\b", str(error)) is not None


def chat(model: str) -> ChatOpenAI:
    """Return the chat model; a local server may need no key."""
    return made(
        model,
        os.environ.get("OPENAI_BASE_URL") or None,
        key() or "none",
        float(os.environ.get("FABULA_MODEL_TIMEOUT", TIMEOUT)),
        int(os.environ.get("FABULA_MODEL_RETRIES", RETRIES)),
    )


def key() -> str:
    """Return the API key, or nothing."""
    return os.environ.get("OPENAI_API_KEY", "")


def secret() -> str:
    """Return the key that nobody may read, or nothing where it is a word such as local servers take."""
    return key() if len(key()) > 12 else ""


@lru_cache(maxsize=64)
def made(model: str, base_url: str | None, api_key: str, seconds: float, retries: int) -> ChatOpenAI:
    return Chat(
        model=model,
        base_url=base_url,
        api_key=SecretStr(api_key),
        timeout=openai.Timeout(seconds, connect=min(10.0, seconds)),
        stream_chunk_timeout=seconds,
        max_retries=retries,
        http_async_client=connections(),
        use_responses_api=False,
        stream_usage=True,
    )


@cache
def connections() -> Connections:
    return Connections()
