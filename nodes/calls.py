"""A node's calls to chat models: by role, with the prompt's text from the Store, counted against the run's cap."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from langchain_core.messages import BaseMessage
from langgraph.runtime import Runtime
from pydantic import BaseModel

import prompts
from domain.context import Context
from domain.errors import MalformedAnswer
from domain.languages import is_english
from domain.manner import language_of, manner_of
from domain.state import Json
from domain.story import TextOrigin
from providers import models
from providers.models import Answer, Model

Shape = TypeVar("Shape", bound=BaseModel)
Role = Literal["plan", "write", "edit"]


@dataclass
class Calls:
    """The calls of one node. `spent` is what they cost, as an update of the state's counters.

    `request`: whose language and manner every prompt is told in.
    """

    runtime: Runtime[Context]
    request: Mapping[str, Any] = field(default_factory=dict)
    calls: int = 0
    usage: dict[str, int] = field(default_factory=dict)

    async def write(
        self, role: Role, name: str, *, streamed: bool = True, about: Json | None = None, **inputs: Any
    ) -> tuple[Answer, TextOrigin]:
        """Render a prompt and have text written, to readers' eyes if `streamed`. Raises `ModelError`.

        `about` goes with every streamed chunk, in its metadata.
        """
        prompt, model = await prompts.get(name, self.runtime.store), await self._model(role)
        messages = await self._messages(prompt, inputs, prose=True)
        self.calls += 1
        answer = await model.write(
            messages, temperature=prompt.front.temperature, streamed=streamed, about=about
        )
        self._count(answer.usage)
        return answer, self._origin(prompt, model)

    async def tokens(self, name: str, **inputs: Any) -> int:
        """Return about how many tokens a prompt comes to: a token is four characters, as in English prose.

        Of other languages it is four bytes: their signs are rarer in what models were taught.
        """
        prompt = await prompts.get(name, self.runtime.store)
        texts = [str(message.content) for message in await self._messages(prompt, inputs, prose=True)]
        in_english = is_english(language_of(self.request))
        return sum(len(text) if in_english else len(text.encode()) for text in texts) // 4

    async def ask(
        self, role: Role, name: str, shape: type[Shape], *, prose: bool = False, **inputs: Any
    ) -> Shape:
        """Render a prompt and ask for a typed answer; a malformed one is repaired once. Raises `ModelError`.

        `prose`: the answer holds words of the book, to be told in its manner.
        """
        try:
            return await self._ask(role, name, shape, inputs, prose)
        except MalformedAnswer as error:
            self._count(error.usage)
            repair = {"answer": error.answer, "problem": str(error), "shape": shape.model_json_schema()}
            return await self._ask(role, "model/repair_answer", shape, repair, prose)

    @property
    def spent(self) -> Json:
        return {"calls": {run_of(self.runtime): self.calls}, "usage": self.usage}

    async def _ask(self, role: Role, name: str, shape: type[Shape], inputs: Json, prose: bool) -> Shape:
        prompt, model = await prompts.get(name, self.runtime.store), await self._model(role)
        messages = await self._messages(prompt, inputs, prose=prose)
        self.calls += 1
        typed, answer = await model.ask(messages, shape, temperature=prompt.front.temperature)
        self._count(answer.usage)
        return typed

    async def _messages(self, prompt: prompts.Prompt, inputs: Json, *, prose: bool) -> list[BaseMessage]:
        """Return the prompt, with the story's language and manner where it has any of its own."""
        messages, manner = prompt.render(**inputs), manner_of(self.request, prose=prose)
        if not manner:
            return messages
        return prompts.joined(
            (await prompts.get("model/manner", self.runtime.store)).render(**manner), messages
        )

    async def _model(self, role: Role) -> Model:
        """Return the role's model. Raises `FieldInvalid` when it does not write the request's language."""
        context = Context.of(self.runtime)
        named = {"plan": context.plan_model, "write": context.write_model, "edit": context.edit_model}
        models.check_language(language_of(self.request), named[role])
        return await models.get(named[role], seed=context.seed)

    def _count(self, usage: dict[str, int]) -> None:
        for key, count in usage.items():
            self.usage[key] = self.usage.get(key, 0) + count

    def _origin(self, prompt: prompts.Prompt, model: Model) -> TextOrigin:
        return TextOrigin(
            prompt=prompt.name, version=prompt.front.version, hash=prompt.hash, model=model.name
        )


def run_of(runtime: Runtime[Context]) -> str:
    """Return the id of the run, under which its calls and attempts are counted."""
    info = runtime.execution_info
    return (info.run_id if info else None) or "run"


def may_spend(state: Any, runtime: Runtime[Context], optional: int) -> bool:
    """Whether `optional` calls still fit under the run's cap of 4N + 8, N being the story's chapters.

    What is still owed comes first: each chapter not yet written, and its one retry.
    """
    chapters = len(state["outline"]["chapters"])
    owed = 2 * (chapters - len(state.get("chapters") or []))
    spent = (state.get("calls") or {}).get(run_of(runtime), 0)
    return bool(spent + owed + optional <= 4 * chapters + 8)


def tell(runtime: Runtime[Context], event: str, **about: Any) -> None:
    """Write an event to the custom stream."""
    runtime.stream_writer({"event": event, **about})


def tell_progress(runtime: Runtime[Context], phase: str, message: str) -> None:
    """Say what the run is doing; `phase` is planning, writing or polishing."""
    tell(runtime, "progress", phase=phase, message=message)
