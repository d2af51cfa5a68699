"""The graphs of a `langgraph.json`: compiled ones, builders, and factories of either."""

import contextlib
import importlib
import importlib.util
import inspect
import json
import os
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.store.base import TTLConfig

from domain.errors import FabulaError
from server.retention import retention_of

CONFIG = Path(__file__).parent.parent / "langgraph.json"
# The key of a run's config that asks for `astream_events`; LangGraph itself drops it.
EVENTS = "stream_events"
VARIABLE = re.compile(
    r"""^[ \t]*(?:export )?[ \t]*(\w+)[ \t]*=[ \t]*(?:("[^"\n]*"|'[^'\n]*')|((?:(?!\s#)[^\n])*))""", re.M
)


class GraphUnusable(FabulaError):
    """A graph of langgraph.json cannot be used."""


class Served:
    """A graph as the server uses it: made anew for each use where it comes from a factory.

    Like a compiled graph it is copied with the parts of a run (`checkpointer`, `store`) and then streamed.
    `items` says how long what it puts into the store is kept.
    """

    def __init__(
        self,
        name: str,
        source: Any,
        description: str | None = None,
        items: TTLConfig | None = None,
        **parts: Any,
    ) -> None:
        self.name, self.source, self.description = name, source, description
        self.items, self.parts = items, parts

    def copy(self, update: dict[str, Any]) -> Self:
        parts = self.parts | update
        if self.items and parts.get("store"):
            parts["store"].ttl_config = self.items
        return type(self)(self.name, self.source, self.description, self.items, **parts)

    @contextlib.asynccontextmanager
    async def open(self, config: RunnableConfig | None = None) -> AsyncIterator[Any]:
        """Yield the compiled graph with its parts. Raises `GraphUnusable`."""
        async with contextlib.AsyncExitStack() as stack:
            made = self.source
            if not isinstance(made, Pregel | StateGraph):
                made = made(config or {}) if takes_config(made) else made()
                made = await stack.enter_async_context(made) if is_context(made) else made
                made = await made if inspect.isawaitable(made) else made
            yield self._compiled(made).copy(update=self.parts)

    def _compiled(self, made: Any) -> Any:
        if isinstance(made, StateGraph):
            return made.compile(name=self.name)
        if isinstance(made, Pregel):
            return made
        raise GraphUnusable(f"graph {self.name!r}: its factory made a {type(made).__name__}, not a graph")

    async def astream(self, given: Any, config: RunnableConfig, **options: Any) -> AsyncIterator[Any]:
        """Stream the graph; when its config asks for them, its events too, as a mode of their own."""
        plain: Any = {key: value for key, value in config.items() if key != EVENTS}
        async with self.open(plain) as graph:
            parts: Any = stream_events if config.get(EVENTS) else Pregel.astream
            async with contextlib.aclosing(parts(graph, given, plain, **options)) as stream:
                async for part in stream:
                    yield part

    async def aget_state(self, config: RunnableConfig, **options: Any) -> Any:
        async with self.open(config) as graph:
            return await graph.aget_state(config, **options)


async def stream_events(graph: Any, given: Any, config: Any, **options: Any) -> AsyncGenerator[Any]:
    """Yield what `astream` would, and each of `astream_events` as `((), "events", event)`."""
    run_id = str(config["run_id"])
    async with contextlib.aclosing(graph.astream_events(given, config, version="v2", **options)) as events:
        async for event in events:
            if event["event"] == "on_chain_stream" and event["run_id"] == run_id:
                yield event["data"]["chunk"]
            else:
                yield (), "events", event


def takes_config(factory: Any) -> bool:
    """Whether a factory wants the run's config."""
    return bool(inspect.signature(factory).parameters)


def is_context(made: Any) -> bool:
    return hasattr(made, "__aenter__")


def load(config: Path | None = None) -> dict[str, Served]:
    """Return the graphs that a `langgraph.json` names, ours without one. Raises `GraphUnusable`, `RetentionInvalid`."""
    path = (config or CONFIG).resolve()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GraphUnusable(f"{path}: {error}") from None
    graphs = told.get("graphs") if isinstance(told, dict) else None
    if not isinstance(graphs, dict) or not graphs:
        raise GraphUnusable(f"{path}: it names no graphs")
    set_environment(told.get("env"), path.parent)
    for folder in (".", *filter(is_local, told.get("dependencies") or [])):
        if (found := str((path.parent / folder).resolve())) not in sys.path:
            sys.path.append(found)
    items = retention_of(told).items
    return {name: find(name, about, path.parent, items) for name, about in graphs.items()}


def is_local(dependency: str) -> bool:
    return dependency.startswith(".")


def set_environment(env: Any, folder: Path) -> None:
    """Set what a config's `env` holds, a mapping or a file's name, where it is not set already."""
    if isinstance(env, str):
        path = folder / env
        env = read_env(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name, value in (env or {}).items():
        os.environ.setdefault(name, str(value))


def read_env(text: str) -> dict[str, str]:
    """Return the variables of an env file: `NAME=value` lines, quotes and `export` allowed."""
    return {name: quoted[1:-1] or plain.strip() for name, quoted, plain in VARIABLE.findall(text)}


def find(name: str, about: Any, folder: Path, items: TTLConfig | None = None) -> Served:
    """Return the graph that an entry of a config names: `place:variable`, or a mapping with `path`."""
    about = about if isinstance(about, dict) else {"path": about}
    place, _, variable = str(about.get("path") or "").rpartition(":")
    if not place or not variable:
        raise GraphUnusable(f"graph {name!r}: its path is not like ./file.py:variable")
    try:
        source = getattr(import_place(place, folder), variable)
    except AttributeError:
        raise GraphUnusable(f"graph {name!r}: {place} has no {variable}") from None
    except Exception as error:
        raise GraphUnusable(f"graph {name!r}: {place}: {type(error).__name__}: {error}") from error
    check(name, source)
    return Served(name, source, about.get("description"), items)


def check(name: str, source: Any) -> None:
    if isinstance(source, Pregel | StateGraph):
        return
    if not callable(source):
        raise GraphUnusable(f"graph {name!r}: it is a {type(source).__name__}, not a graph or a factory")
    if len(required(source)) > 1:
        raise GraphUnusable(f"graph {name!r}: its factory must take nothing or a config")


def required(factory: Callable[..., Any]) -> list[str]:
    parameters = inspect.signature(factory).parameters.values()
    return [
        each.name for each in parameters if each.default is each.empty and each.kind < each.VAR_POSITIONAL
    ]


def import_place(place: str, folder: Path) -> ModuleType:
    """Import a module by its name, or a file: by the name it has below the folder, if it has one."""
    if not place.endswith(".py") and "/" not in place:
        return importlib.import_module(place)
    path = (folder / place).resolve()
    if not path.exists():
        raise FileNotFoundError(f"there is no {path.name}")
    if path.is_relative_to(folder):
        dotted = ".".join(path.relative_to(folder).with_suffix("").parts)
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(dotted)
            if spec and spec.origin and Path(spec.origin).resolve() == path:
                return importlib.import_module(dotted)
    return import_file(path)


def import_file(path: Path) -> ModuleType:
    """Import a file that no name leads to."""
    spec = importlib.util.spec_from_file_location(f"langgraph_json.{path.stem}_{abs(hash(path))}", path)
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
