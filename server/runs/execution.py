"""The execution of one attempt at a run: the graph's stream becomes the run's events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Send

from server.runs.encoding import encode, event_name
from server.runs.errors import RunLost
from server.runs.flusher import Flusher
from server.runs.log import RunLog

ALWAYS = ("messages", "updates", "custom", "tasks")
OFFERED = frozenset({*ALWAYS, "values", "checkpoints", "debug", "tools"})
OURS = ("thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map", "run_id", "graph_id", "assistant_id")
Stop = Literal["interrupt", "rollback", "hand_over", "lost"]

logger = structlog.get_logger(__name__)


class Execution:
    """One attempt at a run in this process."""

    def __init__(self, log: RunLog, flusher: Flusher) -> None:
        self.run, self.log, self.flusher = log.run, log, flusher
        self.stopped: Stop | None = None
        self.interrupted = False
        self.error: dict[str, str] | None = None
        self._task: asyncio.Task[None] | None = None

    def stop(self, how: Stop) -> None:
        """Cancel what runs; the first reason counts, but for a lost run."""
        if self.stopped is None or how == "lost":
            self.stopped = how
        if self._task:
            self._task.cancel()

    async def perform(self, graph: Any, given: Any) -> None:
        """Run the graph to its end, whatever that is: see `stopped`, `interrupted` and `error` then."""
        self._task = asyncio.create_task(self._perform(graph, given), name=f"run {self.run.run_id}")
        if self.stopped:
            self._task.cancel()
        await asyncio.wait([self._task])
        if self._task.cancelled():
            self.stopped = self.stopped or "interrupt"
        elif error := self._task.exception():
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, RunLost):
            self.stopped = "lost"
        elif not self.stopped:
            self.error = {"error": type(error).__name__, "message": str(error)}
            self.log.add("error", encode(self.error))
            logger.warning("run_failed", run_id=str(self.run.run_id), **self.error)

    async def _perform(self, graph: Any, given: Any) -> None:
        async with aclosing(self._stream(graph, given)) as stream:
            async for namespace, mode, data in stream:
                if mode == "updates" and not namespace and "__interrupt__" in data:
                    self.interrupted = True
                self.log.add(event_name(mode, namespace), encode(data))
                if self.log.is_full:
                    await self.flusher.write(self.log)
                if self.log.lost:
                    raise RunLost

    def _stream(self, graph: Any, given: Any) -> AsyncGenerator[Any]:
        asked = self.run.kwargs
        return graph.astream(  # type: ignore[no-any-return]
            given,
            self.config(),
            context=asked["context"],
            stream_mode=list(dict.fromkeys([*ALWAYS, *(set(asked["stream_mode"]) & OFFERED)])),
            subgraphs=True,
            interrupt_before=asked["interrupt_before"],
            interrupt_after=asked["interrupt_after"],
            durability=asked["durability"],
        )

    def config(self) -> RunnableConfig:
        """Return the graph's config: what the caller gave, but for what says where the run reads and writes."""
        run, given = self.run, dict(self.run.kwargs["config"])
        configurable = {
            key: value
            for key, value in (given.pop("configurable", None) or {}).items()
            if key not in OURS and not key.startswith("__")
        }
        named = {
            "run_id": str(run.run_id),
            "thread_id": str(run.thread_id),
            "graph_id": run.graph_id,
            "assistant_id": str(run.assistant_id or ""),
        }
        if run.kwargs["checkpoint"] and run.attempt == 1:
            configurable |= run.kwargs["checkpoint"]
        given["metadata"] = {**(given.pop("metadata", None) or {}), **run.metadata, **named}
        return {**given, "run_id": run.run_id, "configurable": configurable | named}  # type: ignore[typeddict-item]


def input_of(kwargs: dict[str, Any]) -> Any:
    """Return what the graph is invoked with: a `Command`, or the input."""
    command = kwargs["command"]
    if command is None:
        return kwargs["input"]
    return Command(
        update=command.get("update"), resume=command.get("resume"), goto=_goto(command.get("goto"))
    )


def _goto(given: Any) -> Any:
    if isinstance(given, list):
        return [_goto(each) for each in given]
    if isinstance(given, dict):
        return Send(given["node"], given.get("input"))
    return given or ()
