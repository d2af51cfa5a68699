"""Chat models by name, `provider:model`: one way to write text and one to ask for a typed answer."""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.utils.function_calling import convert_to_openai_function
from pydantic import BaseModel, ValidationError

from domain.errors import FieldInvalid, MalformedAnswer, ModelError, ModelRefused, UnknownModel
from domain.languages import is_english

Shape = TypeVar("Shape", bound=BaseModel)
Maker = Callable[[str, int], "Model"]

OFFLINE = "offline:storyteller"
OPENAI_DEFAULT = "openai:gpt-5-mini"
NEEDS_MODEL = "the offline storyteller {}: this needs a model, such as FABULA_MODEL=openai:gpt-5-mini"
UNFOLLOWED = "the prose style was not followed: the offline storyteller writes in a manner of its own"
LONGEST_ANSWER = 200_000
REFUSED_KEYWORDS = {"default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
REFUSED_KEYWORDS |= {"minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems"}


@dataclass(frozen=True)
class Answer:
    """What a model answered. `usage` counts tokens: input, cached (a part of input) and output.

    `remarks` is what it says that it left undone, which only the offline model does.
    """

    text: str
    model: str
    finish_reason: str
    usage: dict[str, int]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A chat model under its full name, with the errors its provider raises."""

    name: str
    chat: BaseChatModel
    errors: tuple[type[Exception], ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    secret: str = field(default="", repr=False)

    async def write(
        self,
        messages: list[BaseMessage],
        *,
        temperature: float | None = None,
        streamed: bool = True,
        about: dict[str, Any] | None = None,
    ) -> Answer:
        """Write text, streamed through LangChain's callbacks unless told otherwise.

        `about` goes with every streamed chunk, in its metadata.
        Raises `ModelRefused` when the model declines and `ModelError` when it cannot be reached or fails.
        """
        config: RunnableConfig = {"tags": [] if streamed else ["nostream"], "metadata": about or {}}
        return await self._answer(messages, self._settings(temperature), config)

    async def ask(
        self, messages: list[BaseMessage], shape: type[Shape], *, temperature: float | None = None
    ) -> tuple[Shape, Answer]:
        """Ask for an answer of a shape, by JSON schema; it is not streamed to readers.

        Raises `MalformedAnswer` when the answer does not have it, else as `write`.
        """
        settings = self._settings(temperature) | {"response_format": response_format(shape)}
        answer = await self._answer(messages, settings, {"tags": ["nostream"]})
        try:
            return shape.model_validate_json(strip_fence(answer.text)), answer
        except ValidationError as error:
            problem = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
            raise MalformedAnswer(problem, answer.text, answer.usage) from error

    def _explain(self, error: Exception) -> str:
        """Say what went wrong in one line, without the key: some servers repeat it."""
        said = str(error).replace(self.secret, "***") if self.secret else str(error)
        return f"{type(error).__name__}: {said[:500]}"

    def _settings(self, temperature: float | None) -> dict[str, Any]:
        return self.options | ({} if temperature is None else {"temperature": temperature})

    async def _answer(
        self, messages: list[BaseMessage], settings: dict[str, Any], config: RunnableConfig
    ) -> Answer:
        texts, size = [], 0
        last: dict[str, Any] = {"finish_reason": ""}
        usage, refusal = {"input": 0, "cached": 0, "output": 0}, ""
        stream: Any = self.chat.astream(messages, config, **settings)
        try:
            async with aclosing(stream):
                async for chunk in stream:
                    texts.append(chunk.text)
                    size += len(texts[-1])
                    refusal += str(chunk.additional_kwargs.get("refusal") or "")
                    last |= {key: value for key, value in chunk.response_metadata.items() if value}
                    add_usage(usage, chunk)
                    if size > LONGEST_ANSWER:
                        raise ModelError(f"{self.name} did not stop after {LONGEST_ANSWER:,} characters")
        except self.errors as error:
            tells = self.secret and self.secret in str(error)
            raise ModelError(f"{self.name}: {self._explain(error)}") from (None if tells else error)
        if refusal or last["finish_reason"] == "content_filter":
            raise ModelRefused(f"{self.name} declined: {refusal or 'its content filter stopped the answer'}")
        finished, remarks = str(last["finish_reason"] or "cut"), tuple(map(str, last.get("remarks") or ()))
        return Answer("".join(texts), self.name, finished, usage, remarks)


def add_usage(usage: dict[str, int], message: AIMessage | AIMessageChunk) -> None:
    """Add a message's token counts to `usage`."""
    counts = message.usage_metadata
    if counts:
        usage["input"] += counts["input_tokens"]
        usage["output"] += counts["output_tokens"]
        usage["cached"] += (counts.get("input_token_details") or {}).get("cache_read") or 0


@cache
def response_format(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAI `response_format` that asks for this shape, strictly."""
    function = convert_to_openai_function(shape, strict=True)
    schema = {"name": function["name"], "schema": strictly(function["parameters"]), "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def strictly(schema: Any) -> Any:
    """Return a JSON schema without the keywords that strict servers refuse; the answer is held to them later.

    OpenAI takes some of them, Azure and fine-tuned models do not:
    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    if isinstance(schema, list):
        return [strictly(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: strictly(value) for key, value in schema.items() if key not in REFUSED_KEYWORDS}
    if "properties" in schema:
        kept["properties"] = {name: strictly(value) for name, value in schema["properties"].items()}
    return kept


def strip_fence(text: str) -> str:
    """Return the text without the Markdown fence that some models put around JSON."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        return text[3:-3].removeprefix("json").strip()
    return text


def default_model() -> str:
    """Return the name of the model to use when none is named: the offline one unless OpenAI is configured."""
    if name := os.environ.get("FABULA_MODEL"):
        return name
    configured = os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL")
    return OPENAI_DEFAULT if configured else OFFLINE


def check_name(name: str) -> None:
    """Raise `UnknownModel` when no provider goes by this name; nothing is imported."""
    provider, _, model = name.partition(":")
    if provider not in PROVIDERS or not model:
        known = ", ".join(f"{known}:..." for known in PROVIDERS)
        raise UnknownModel(f"there is no chat model {name!r}; a name is one of {known}")


def check_language(language: str, *names: str) -> None:
    """Raise `FieldInvalid` when one of the models, of which an empty name is the default, does not write a language."""
    if not is_english(language) and OFFLINE in {name or default_model() for name in names}:
        raise FieldInvalid("language", NEEDS_MODEL.format("writes English alone"))


def check_style(*names: str) -> None:
    """Raise `FieldInvalid` when one of the models, of which an empty name is the default, imitates no style."""
    if OFFLINE in {name or default_model() for name in names}:
        raise FieldInvalid("prose_style", NEEDS_MODEL.format("imitates no style"))


def unfollowed(request: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Return the warning that a style was not followed, where one was asked for and a model imitates none."""
    asked = request.get("prose_style") or request.get("style_sample")
    return [UNFOLLOWED] if asked and OFFLINE in names else []


async def get(name: str = "", *, seed: int = 0) -> Model:
    """Return a model by its name; an empty name is the default. Raises `UnknownModel`."""
    name = name or default_model()
    if name in MADE:
        return make(name, seed)
    model = await asyncio.to_thread(make, name, seed)
    MADE.add(name)
    return model


def make(name: str, seed: int) -> Model:
    """Make a model. Its provider's library is imported here, and only here."""
    check_name(name)
    provider, _, model = name.partition(":")
    return PROVIDERS[provider](model, seed)


def make_openai(model: str, seed: int) -> Model:
    from providers import openai

    options = {"seed": seed} if seed else {}
    return Model(f"openai:{model}", openai.chat(model), openai.ERRORS, options, openai.secret())


def make_offline(model: str, seed: int) -> Model:
    from providers.storyteller import Storyteller

    if model != "storyteller":
        raise UnknownModel(f"there is no offline model {model!r}; there is {OFFLINE}")
    pace = float(os.environ.get("FABULA_PACE", "0"))
    return Model(OFFLINE, Storyteller(seed=seed, pace=pace))


def make_scripted(model: str, seed: int) -> Model:
    from providers import scripted

    return Model(f"scripted:{model}", scripted.chat(model))


# Making one of these takes no thread any more: its provider's library is there.
MADE: set[str] = set()
PROVIDERS: dict[str, Maker] = {"openai": make_openai, "offline": make_offline, "scripted": make_scripted}
