"""What threads hold: their states as clients see them, read and updated through their graphs."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import EmptyChannelError, InvalidUpdateError
from langgraph.types import Command, StateUpdate

from domain.errors import FabulaError
from server.db.checkpoints import saver, saver_on, store
from server.db.pool import Pool
from server.db.threads import ThreadRow, lock_idle_thread, update_thread
from server.runs.errors import ThreadBusy, ThreadNotFound
from server.runs.models import RunRow

Json = dict[str, Any]
NOTHING: Json = {
    "values": {},
    "next": [],
    "tasks": [],
    "metadata": None,
    "created_at": None,
    "checkpoint": None,
    "parent_checkpoint": None,
    "interrupts": [],
    "checkpoint_id": None,
    "parent_checkpoint_id": None,
}
CHECKPOINT = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")


class GraphNotAssigned(FabulaError):
    """The thread has no graph yet: a run assigns one, or `graph_id` in the thread's metadata."""


class UpdateInvalid(FabulaError):
    """The graph does not take this update."""


class States:
    """The states of threads; `graphs` are those that the engine runs."""

    def __init__(self, pool: Pool, graphs: Mapping[str, Any]) -> None:
        self.pool, self.graphs = pool, graphs

    async def read(
        self, thread: ThreadRow, checkpoint: Mapping[str, Any] | None = None, *, subgraphs: bool = False
    ) -> Json:
        """Return the thread's newest state, or the state at a checkpoint."""
        if thread.graph_id not in self.graphs:
            return dict(NOTHING)
        async with self._graph(thread) as graph:
            return state_json(await graph.aget_state(config_of(thread, checkpoint), subgraphs=subgraphs))

    async def history(
        self,
        thread: ThreadRow,
        *,
        limit: int,
        before: Mapping[str, Any] | None,
        metadata: Json | None,
        checkpoint: Mapping[str, Any] | None,
    ) -> list[Json]:
        """Return the thread's states, newest first."""
        if thread.graph_id not in self.graphs:
            return []
        async with self._graph(thread) as graph:
            states = graph.aget_state_history(
                config_of(thread, checkpoint),
                filter=metadata or None,
                before=config_of(thread, before) if before else None,
                limit=limit,
            )
            return [state_json(state) async for state in states]

    async def of_run(self, thread: ThreadRow, run: RunRow) -> Json:
        """Return what the run's graph put out, as its newest checkpoint has it."""
        async with self._graph(thread, run.graph_id) as graph:
            states = graph.aget_state_history(config_of(thread), filter={"run_id": str(run.run_id)}, limit=1)
            async for state in states:
                return output_json(state, graph.output_channels)
        return {}

    async def overview(self, thread: ThreadRow) -> Json:
        """Return the values, the time of the newest state, and the interrupts by task."""
        state = await self.read(thread)
        if state["created_at"] is None:
            return {"values": None, "state_updated_at": thread.created_at, "interrupts": {}}
        asked = {task["id"]: task["interrupts"] for task in state["tasks"] if task["interrupts"]}
        return {"values": state["values"], "state_updated_at": state["created_at"], "interrupts": asked}

    async def update(
        self,
        thread: ThreadRow,
        values: Any,
        *,
        as_node: str | None,
        checkpoint: Mapping[str, Any] | None,
    ) -> Json:
        """Write values as if a node had. Raises `ThreadBusy`, `UpdateInvalid` or `GraphNotAssigned`."""
        async with self._idle(thread) as graph:
            return await graph.aupdate_state(config_of(thread, checkpoint), values, as_node)  # type: ignore[no-any-return]

    async def put_supersteps(self, thread: ThreadRow, steps: Sequence[Sequence[Json]]) -> None:
        """Write a thread's first states, step by step."""
        updates = [[update_of(each) for each in step] for step in steps if step]
        async with self._idle(thread) as graph:
            await graph.abulk_update_state(config_of(thread), updates)

    @contextlib.asynccontextmanager
    async def _graph(self, thread: ThreadRow, graph_id: str = "") -> AsyncIterator[Any]:
        served = self.graphs[graph_id or thread.graph_id]
        parts = {"checkpointer": saver(self.pool), "store": store(self.pool)}
        async with opened(served, parts, config_of(thread)) as graph:
            yield graph

    @contextlib.asynccontextmanager
    async def _idle(self, thread: ThreadRow) -> AsyncIterator[Any]:
        """Yield the graph to update the thread with, in one transaction that no run begins in."""
        if thread.graph_id not in self.graphs:
            raise GraphNotAssigned
        async with self.pool.connection() as conn, conn.transaction():
            idle = await lock_idle_thread(conn, thread.thread_id, thread.owner)
            if not idle:
                raise ThreadNotFound if idle is None else ThreadBusy
            parts = {"checkpointer": saver_on(conn)}
            async with opened(self.graphs[thread.graph_id], parts, config_of(thread)) as graph:
                with refused():
                    yield graph
                state = await graph.aget_state(config_of(thread))
            status: Any = "interrupted" if state.next else "idle"
            await update_thread(conn, thread.thread_id, thread.owner, status=status)


@contextlib.contextmanager
def refused() -> Any:
    """Whatever a reducer makes of a caller's values is the caller's to mend."""
    try:
        yield
    except (
        InvalidUpdateError,
        EmptyChannelError,
        TypeError,
        ValueError,
        LookupError,
        AttributeError,
    ) as error:
        raise UpdateInvalid(str(error) or type(error).__name__) from error
    except NotImplementedError as error:
        raise UpdateInvalid(f"this is not a message: {error}") from error


@contextlib.asynccontextmanager
async def opened(served: Any, parts: Json, config: RunnableConfig | None = None) -> AsyncIterator[Any]:
    """Yield a compiled graph with its parts, whether it is made for each use or not."""
    graph = served.copy(update=parts)
    if hasattr(graph, "open"):
        async with graph.open(config) as made:
            yield made
    else:
        yield graph


def config_of(thread: ThreadRow, checkpoint: Mapping[str, Any] | None = None) -> RunnableConfig:
    """Return the config that names the thread, and a checkpoint of it."""
    named = {key: (checkpoint or {}).get(key) for key in CHECKPOINT[1:]}
    chosen = {key: value for key, value in named.items() if value}
    return {"configurable": {"checkpoint_ns": "", **chosen, "thread_id": str(thread.thread_id)}}


def update_of(given: Json) -> StateUpdate:
    values = given.get("values")
    if command := given.get("command"):
        values = Command(**{key: command[key] for key in ("update", "resume", "goto") if command.get(key)})
    return StateUpdate(values, given.get("as_node"), None)


def checkpoint_json(config: Any) -> Json | None:
    """Return the checkpoint that a config names."""
    named = (config or {}).get("configurable") or {}
    return {key: named[key] for key in CHECKPOINT if key in named} if named.get("checkpoint_id") else None


def state_json(state: Any) -> Json:
    """Return a state as clients get it; its values are still objects."""
    checkpoint, parent = checkpoint_json(state.config), checkpoint_json(state.parent_config)
    return {
        "values": state.values or {},
        "next": list(state.next),
        "tasks": [task_json(task) for task in state.tasks],
        "metadata": state.metadata,
        "created_at": state.created_at,
        "checkpoint": checkpoint,
        "parent_checkpoint": parent,
        "interrupts": [interrupt_json(each) for each in state.interrupts],
        "checkpoint_id": checkpoint and checkpoint["checkpoint_id"],
        "parent_checkpoint_id": parent and parent["checkpoint_id"],
    }


def task_json(task: Any) -> Json:
    inner = task.state
    is_config = isinstance(inner, dict)
    return {
        "id": task.id,
        "name": task.name,
        "path": list(task.path),
        "error": None
        if task.error is None
        else repr(task.error)
        if isinstance(task.error, Exception)
        else task.error,
        "interrupts": [interrupt_json(each) for each in task.interrupts],
        "checkpoint": inner["configurable"] if is_config else None,
        "state": None if inner is None or is_config else state_json(inner),
        "result": task.result,
    }


def interrupt_json(interrupt: Any) -> Json:
    return {"id": interrupt.id, "value": interrupt.value}


def output_json(state: Any, channels: str | Sequence[str]) -> Json:
    """Return the output that a state holds, with what it waits for."""
    values = state.values
    if isinstance(values, dict) and not isinstance(channels, str):
        values = {key: values[key] for key in channels if key in values}
    if state.interrupts and isinstance(values, dict):
        values["__interrupt__"] = [{"value": each.value, "id": each.id} for each in state.interrupts]
    return values or {}
