"""The agent's calls to chat models: answered from the memo where the same was asked before."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from langchain_core.messages import BaseMessage
from langgraph.store.base import BaseStore, PutOp
from pydantic import BaseModel, ValidationError

import prompts
from domain.agent import legible
from domain.context import Context
from domain.errors import MalformedAnswer, ModelError
from domain.state import Json
from nodes.calls import Calls, Role, tell
from providers import models
from providers.models import Model

NAMESPACE = ("memo",)
# In minutes: what nobody has read for a month is forgotten.
LIFE = 30 * 24 * 60

Shape = TypeVar("Shape", bound=BaseModel)
Answered = TypeVar("Answered")


@dataclass(frozen=True)
class Draft:
    """A text that a model wrote, and the instructions it had. The memo keeps it under `key` once it was checked."""

    text: str
    key: str
    instructions: str
    is_cut: bool = False


@dataclass
class MemoCalls(Calls):
    """The calls of one node of the agent, under the story's seed. A call that fails is made once more."""

    seed: int = 0
    hits: int = 0
    kept: dict[str, Any] = field(default_factory=dict)

    async def consult(
        self,
        role: Role,
        name: str,
        shape: type[Shape],
        sound: Callable[[Shape], bool] = lambda _: True,
        **inputs: Any,
    ) -> Shape:
        """Ask for a typed answer; it is kept for the memo if it is `sound`. Raises `ModelError`."""
        prompt, model = await prompts.get(name, self.runtime.store), await self._model(role)
        messages, temperature = prompt.render(**inputs), prompt.front.temperature
        key = key_of(self.seed, model, temperature, messages, prompt.hash, shape.__name__)
        kept = await self._recall(key, name)
        if kept is not None:
            try:
                return shape.model_validate(kept)
            except ValidationError:
                pass
        try:
            typed, answer = await self._twice(lambda: model.ask(messages, shape, temperature=temperature))
        except MalformedAnswer as error:
            self._count(error.usage)
            raise
        self._count(answer.usage)
        if sound(typed):
            self.keep(key, typed.model_dump())
        return typed

    async def draft(self, role: Role, name: str, **inputs: Any) -> Draft:
        """Have a text written that nobody is shown yet: `keep` it once it has been checked. Raises `ModelError`."""
        prompt, model = await prompts.get(name, self.runtime.store), await self._model(role)
        messages, temperature = prompt.render(**inputs), prompt.front.temperature
        key, instructions = (
            key_of(self.seed, model, temperature, messages, prompt.hash),
            str(messages[0].content),
        )
        kept = await self._recall(key, name)
        if kept is not None:
            return Draft(str(kept), key, instructions)
        answer = await self._twice(lambda: model.write(messages, temperature=temperature, streamed=False))
        self._count(answer.usage)
        return Draft(
            legible(answer.text), key, instructions, is_cut=answer.finish_reason in ("length", "cut")
        )

    def keep(self, key: str, answer: Any) -> None:
        """Have a checked answer put into the memo by `remember`."""
        self.kept[key] = answer

    async def remember(self) -> None:
        """Put into the memo what was kept, all at once."""
        if self.kept and self.runtime.store:
            answers = {key: {"answer": answer} for key, answer in self.kept.items()}
            await remember(self.runtime.store, NAMESPACE, answers)
        self.kept.clear()

    @property
    def spent(self) -> Json:
        return {"usage": {**self.usage, "calls": self.calls, "memo_hits": self.hits}}

    async def _recall(self, key: str, name: str) -> Any:
        item = await self.runtime.store.aget(NAMESPACE, key) if self.runtime.store else None
        tell(self.runtime, "memo", prompt=name, hit=item is not None)
        self.hits += item is not None
        return item.value.get("answer") if item else None

    async def _twice(self, call: Callable[[], Awaitable[Answered]]) -> Answered:
        self.calls += 1
        try:
            return await call()
        except MalformedAnswer:
            raise
        except ModelError:
            self.calls += 1
            return await call()

    async def _model(self, role: Role) -> Model:
        context = Context.of(self.runtime)
        named = {"plan": context.plan_model, "write": context.write_model, "edit": context.edit_model}
        return await models.get(named[role], seed=self.seed)


def key_of(
    seed: int,
    model: Model,
    temperature: float | None,
    messages: list[BaseMessage],
    revision: str,
    shape: str = "",
) -> str:
    """Return the memo's key of a call: everything that decides the answer."""
    asked: list[Any] = [seed, model.name, model.options, temperature, revision, shape]
    asked += [[message.type, message.content] for message in messages]
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


async def remember(store: BaseStore, namespace: tuple[str, ...], values: Mapping[str, Json]) -> None:
    """Keep what can be made again for `LIFE` after it was read last, where the Store can forget."""
    ttl = LIFE if store.supports_ttl else None
    await store.abatch([PutOp(namespace, key, value, index=False, ttl=ttl) for key, value in values.items()])


def store_of(runtime: Any) -> BaseStore:
    """Return the run's Store, which the agent cannot do without."""
    store = runtime.store
    if not isinstance(store, BaseStore):
        raise ValueError("the agent needs a Store")
    return store
