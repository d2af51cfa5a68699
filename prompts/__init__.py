"""The prompts: files that are shipped, with the LangGraph Store above them.

A prompt is a Markdown file: front matter (version, description, inputs, temperature), a `# system` part and a
`# user` part, both strict, sandboxed Jinja. At run time the Store's text wins, under `("prompts",)`.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langgraph.store.base import BaseStore
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent
NAMESPACE = ("prompts",)
PARTS = re.compile(
    r"\A---\n(?P<front>.*?)\n---\n# system\n(?P<system>.*?)\n# user\n(?P<user>.*)\Z", re.DOTALL
)


class PromptInvalid(Exception):
    """The prompt cannot be used."""


class FrontMatter(BaseModel):
    """What a prompt says of itself."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)
    description: str
    inputs: list[str]
    temperature: float | None = Field(None, ge=0, le=2)


@dataclass(frozen=True)
class Prompt:
    """A prompt that was read and found sound."""

    name: str
    front: FrontMatter
    hash: str
    system: jinja2.Template
    user: jinja2.Template

    def render(self, **inputs: Any) -> list[BaseMessage]:
        """Return the system and the user message. `inputs` are JSON-shaped and exactly the declared ones.

        Name and inputs are attached to the last message, for models that do not read prompts.
        Raises `PromptInvalid` when an input is missing or unknown.
        """
        if set(inputs) != set(self.front.inputs):
            raise PromptInvalid(f"{self.name} takes {self.front.inputs}, it was given {sorted(inputs)}")
        try:
            system, user = self.system.render(inputs), self.user.render(inputs)
        except jinja2.TemplateError as error:
            raise PromptInvalid(f"{self.name}: {error}") from error
        about = {"prompt": self.name, "inputs": inputs}
        return [
            SystemMessage(system.strip()),
            HumanMessage(user.strip(), additional_kwargs={"fabula": about}),
        ]


def joined(addition: list[BaseMessage], messages: list[BaseMessage]) -> list[BaseMessage]:
    """Return a prompt's messages with another's: its system part after, its user part before their own.

    What stays the same all through a story comes first, so that a provider's cache can keep it.
    """
    (more, given), (system, user) = addition, messages
    return [
        SystemMessage(f"{system.content}\n\n{more.content}"),
        HumanMessage(f"{given.content}\n\n{user.content}", additional_kwargs=user.additional_kwargs),
    ]


def block(text: str, tag: str) -> str:
    """Set a text apart as data: nothing inside it can close the tag."""
    inside = re.sub(rf"<(\s*/?\s*{re.escape(tag)})", r"‹\1", text, flags=re.IGNORECASE)
    return f"<{tag}>\n{inside}\n</{tag}>"


environment = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)
environment.filters["block"] = block


def hash_of(text: str) -> str:
    """Return a prompt text's hash: 16 hex digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=256)
def parse(name: str, text: str) -> Prompt:
    """Read a prompt's text. Raises `PromptInvalid`, which names what is wrong."""
    parts = PARTS.match(text.replace("\r\n", "\n"))
    if not parts:
        raise PromptInvalid(f"{name} needs front matter, then the parts '# system' and '# user'")
    try:
        front = FrontMatter.model_validate(yaml.safe_load(parts["front"]))
        trees = [environment.parse(parts[part]) for part in ("system", "user")]
        system, user = (environment.from_string(parts[part]) for part in ("system", "user"))
    except (ValidationError, yaml.YAMLError, jinja2.TemplateSyntaxError) as error:
        raise PromptInvalid(f"{name}: {error}") from error
    used = set().union(*(jinja2.meta.find_undeclared_variables(tree) for tree in trees))
    if used != set(front.inputs):
        raise PromptInvalid(f"{name} declares {sorted(front.inputs)} but uses {sorted(used)}")
    return Prompt(name, front, hash_of(text), system, user)


def shipped() -> dict[str, str]:
    """Return the shipped prompts' texts by name."""
    return {
        path.relative_to(FOLDER).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(FOLDER.glob("*/*.md"))
    }


def shipped_hashes() -> dict[str, set[str]]:
    """Return every hash a prompt was ever shipped with, by name (from `shipped.txt`)."""
    hashes: dict[str, set[str]] = {}
    for line in (FOLDER / "shipped.txt").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        hashes.setdefault(name, set()).add(digest)
    return hashes


SHIPPED = shipped()


async def get(name: str, store: BaseStore | None) -> Prompt:
    """Return a prompt: the Store's text if there is one, else the file's.

    Raises `PromptInvalid` when there is no such prompt or its text is not sound.
    """
    item = await store.aget(NAMESPACE, name) if store else None
    if item:
        return parse(name, str(item.value.get("text", "")))
    if name not in SHIPPED:
        raise PromptInvalid(f"there is no prompt {name!r}")
    return parse(name, SHIPPED[name])


async def install(store: BaseStore) -> list[str]:
    """Put the shipped prompts into the Store; return the names of those kept because somebody edited them."""
    known, edited = shipped_hashes(), []
    for name, text in SHIPPED.items():
        item = await store.aget(NAMESPACE, name)
        stored = str(item.value.get("text", "")) if item else None
        if stored == text:
            continue
        if stored is not None and hash_of(stored) not in known.get(name, set()):
            edited.append(name)
            continue
        await store.aput(NAMESPACE, name, {"text": text, "hash": hash_of(text)})
    return edited
