"""The execution of one attempt at a run: the graph's stream becomes the run's events."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, Literal

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Send

from server.runs.encoding import encode, event_name
from server.runs.errors import RunLost, RunTimedOut
from server.runs.flusher import Flusher
from server.runs.log import RunLog
from server.runs.models import Entry
from server.runs.takeover import Told

ALWAYS = ("messages", "updates", "custom", "tasks")
OFFERED = ("values", "checkpoints", "debug", "tools")
OURS = ("thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map", "run_id", "graph_id", "assistant_id")
VALUES = "values"
LONGEST_MESSAGE = 20_000
AGAIN = 1.0
Stop = Literal["interrupt", "rollback", "hand_over", "lost", "timeout"]

logger = structlog.get_logger(__name__)


class Execution:
    """One attempt at a run in this process."""

    def __init__(self, log: RunLog, flusher: Flusher) -> None:
        self.run, self.log, self.flusher = log.run, log, flusher
        self.began = time.monotonic()
        self.stopped: Stop | None = None
        self.interrupted = False
        self.error: dict[str, str] | None = None
        self.told = Told()
        self._asked = {*ALWAYS, *self.run.kwargs["stream_mode"]}
        self._logs_input = "tasks" in self.run.kwargs["stream_mode"]
        self._durable = self.run.kwargs["durability"] != "exit"
        self._by_reference = VALUES in self._asked and self._durable
        self._values: Entry | None = None
        self._first_result: Entry | None = None
        self._over = False
        self._task: asyncio.Task[None] | None = None

    def stop(self, how: Stop) -> None:
        """Cancel what runs. The first reason counts; that the run was lost outweighs it."""
        if self._over:
            return
        if self.stopped is None or how == "lost":
            self.stopped = how
        if self._task:
            self._task.cancel()

    @contextlib.contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Stop what takes longer, again and again if it goes on regardless."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            self.stop("timeout")
            timers.append(loop.call_later(AGAIN, stop))

        timers = [loop.call_later(seconds, stop)]
        try:
            yield
        finally:
            timers[-1].cancel()
        if self.stopped == "timeout":
            self.tell_error(RunTimedOut(f"The run took longer than {seconds:g} seconds."))

    async def perform(self, graph: Any, given: Any) -> None:
        """Run the graph to its end, whatever that is: `stopped`, `interrupted` and `error` say."""
        self._task = asyncio.create_task(self._perform(graph, given), name=f"run {self.run.run_id}")
        if self.stopped:
            self._task.cancel()
        await asyncio.wait([self._task])
        self._over = True
        if self._task.cancelled():
            self.stopped = self.stopped or "interrupt"
        elif error := self._task.exception():
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End the run with this error, unless it is stopped for another reason."""
        if isinstance(error, RunLost):
            self.stopped = "lost"
        elif not self.stopped:
            self.tell_error(error)

    def tell_error(self, error: BaseException) -> None:
        self.error = {"error": type(error).__name__, "message": storable(str(error))}
        self.log.add("error", encode(self.error))
        logger.warning("run_failed", run_id=str(self.run.run_id), **self.error)

    async def _perform(self, graph: Any, given: Any) -> None:
        async with aclosing(self._stream(graph, given)) as stream:
            async for namespace, mode, data in stream:
                self._tell(namespace, mode, data)
                if self.log.is_full and not self._values and not self._first_result:
                    await self.flusher.relieve(self.log)
                if self.log.lost:
                    raise RunLost

    def _tell(self, namespace: tuple[str, ...], mode: str, data: Any) -> None:
        name = event_name(mode, namespace)
        if mode == "updates":
            self._tell_update(name, namespace, data)
            self.interrupted |= not namespace and "__interrupt__" in data
        elif mode == "tasks" and "result" in data:
            durable = self._keeps(namespace)
            entry = self.log.add(name, encode(data), result=durable)
            if durable:
                self.log.hold(data["id"], self._first_result or entry)
            self._first_result = None
        elif mode == VALUES and not namespace:
            self._tell_values(name, data)
        else:
            if mode == "checkpoints" and not namespace:
                self._refer_to(data["config"]["configurable"]["checkpoint_id"])
            if mode in self._asked:
                self.log.add(name, encode(self._shortened(data) if mode == "tasks" else data))

    def _shortened(self, task: dict[str, Any]) -> dict[str, Any]:
        """Leave a task's input out unless it was asked for: it is the whole state, again for every task."""
        return task if self._logs_input else {key: task[key] for key in task if key != "input"}

    def _keeps(self, namespace: tuple[str, ...]) -> bool:
        """Whether what a node of this graph wrote outlives the process, so that the node is not run again."""
        return self._durable and "|".join(namespace) in self.log.checkpointed

    def _tell_update(self, name: str, namespace: tuple[str, ...], data: Any) -> None:
        told = self.told.again(name, data)
        if told is not None:
            entry = self.log.add(name, told, result=self._keeps(namespace))
            if "__metadata__" not in data:
                self._first_result = self._first_result or entry

    def _tell_values(self, name: str, data: Any) -> None:
        self.log.release(VALUES)
        self._values = self.log.add(name, encode(data), result=self._by_reference)
        if self._by_reference and "__interrupt__" not in data:
            self.log.hold(VALUES, self._values)

    def _refer_to(self, checkpoint_id: str) -> None:
        """The values that were told last are those of this checkpoint."""
        if self._by_reference and self._values:
            self._values.checkpoint_id = checkpoint_id
            self.log.hold(checkpoint_id, self._values)
        self.log.release(VALUES)
        self._values = None

    def _stream(self, graph: Any, given: Any) -> AsyncGenerator[Any]:
        asked = self.run.kwargs
        modes = [*ALWAYS, *(mode for mode in OFFERED if mode in self._asked)]
        if self._by_reference and "checkpoints" not in modes:
            modes.append("checkpoints")
        return graph.astream(  # type: ignore[no-any-return]
            given,
            self.config(),
            context=asked["context"],
            stream_mode=modes,
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
        if run.kwargs["checkpoint"] and not self.told.goes_on:
            configurable |= {"checkpoint_ns": "", **run.kwargs["checkpoint"]}
        given["metadata"] = {**(given.pop("metadata", None) or {}), **run.metadata, **named}
        return {**given, "run_id": run.run_id, "configurable": configurable | named}  # type: ignore[typeddict-item]


def storable(message: str) -> str:
    """Return the message without what Postgres cannot store, and of bounded length."""
    return message[:LONGEST_MESSAGE].replace("\0", "").encode("utf-8", "replace").decode()


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
