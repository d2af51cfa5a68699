"""Runs and their events, as callers make them and as they are stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

RunStatus = Literal["pending", "running", "success", "error", "interrupted", "timeout"]
MultitaskStrategy = Literal["reject", "enqueue", "interrupt", "rollback"]
CancelAction = Literal["interrupt", "rollback"]
Durability = Literal["sync", "async", "exit"]
Nodes = list[str] | Literal["*"]

# How many numbers for events a run gets with its claim, and each time they run low.
BLOCK = 4096
TERMINAL: frozenset[str] = frozenset({"success", "error", "interrupted", "timeout"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreate:
    """A run that is asked for.

    `command` is `{update, resume, goto}`; `checkpoint` is where to fork, `{checkpoint_id, checkpoint_ns}`. Messages,
    updates, custom and tasks are always logged, `stream_mode` adds to them; the input of tasks only with its `tasks`.
    The run of a key that was used on the thread with the same graph is the run that the key made. A temporary run's
    thread is deleted after it.
    With `about` the thread is noted to be of the graph, and that is added to its metadata; with `make_thread` it is
    made if there is none, to be deleted `ttl` minutes after its last change.
    """

    thread_id: UUID
    graph_id: str
    owner: str = ""
    run_id: UUID = field(default_factory=uuid4)
    assistant_id: UUID | None = None
    queue: str = "default"
    input: Any = None
    command: dict[str, Any] | None = None
    config: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    checkpoint: dict[str, Any] | None = None
    interrupt_before: Nodes | None = None
    interrupt_after: Nodes | None = None
    stream_mode: list[str] = field(default_factory=list)
    stream_subgraphs: bool = False
    multitask_strategy: MultitaskStrategy = "enqueue"
    durability: Durability = "async"
    due_at: datetime | None = None
    on_disconnect: Literal["cancel", "continue"] = "continue"
    idempotency_key: str | None = None
    temporary: bool = False
    about: dict[str, str] | None = None
    make_thread: bool = False
    ttl: float | None = None

    def kwargs(self) -> dict[str, Any]:
        """Return what the execution needs, as it is stored in the row."""
        return {name: getattr(self, name) for name in KWARGS}


KWARGS = (
    "input",
    "command",
    "config",
    "context",
    "checkpoint",
    "interrupt_before",
    "interrupt_after",
    "stream_mode",
    "stream_subgraphs",
    "durability",
    "on_disconnect",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as it is stored. `error` is `{error: class, message}`; `kwargs` has the fields of `KWARGS`."""

    run_id: UUID
    number: int
    thread_id: UUID
    graph_id: str
    assistant_id: UUID | None
    owner: str
    queue: str
    status: RunStatus
    multitask_strategy: MultitaskStrategy
    kwargs: dict[str, Any]
    metadata: dict[str, Any]
    error: dict[str, Any] | None
    idempotency_key: str | None
    temporary: bool
    due_at: datetime | None
    attempt: int
    holder: str | None
    claimed_at: datetime | None
    numbered_to: int
    cancel: CancelAction | None
    base: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime
    settled_at: datetime | None
    swept: bool

    @property
    def finished(self) -> bool:
        return self.status in TERMINAL


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run. `seq` numbers it within the thread, `event` is its LangGraph name, `data` its JSON.

    The names are `metadata`, a stream mode (`messages` with `[chunk, metadata]`), or `error`; a subgraph's events
    have `|node:task_id` after them for each level.
    """

    seq: int
    run_id: UUID
    event: str
    data: bytes


@dataclass(slots=True)
class Entry:
    """An event as it is written: as it is, or as the checkpoint that has its values."""

    event: Event
    checkpoint_id: str | None = None

    @property
    def data(self) -> bytes:
        return b"" if self.checkpoint_id else self.event.data
