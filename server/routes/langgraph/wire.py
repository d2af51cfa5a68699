"""The requests of the LangGraph API, and the shapes of what it answers with."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from starlette.requests import HTTPConnection

from domain.errors import MediaFailed
from providers.fetch import check
from server.assistants import Assistants
from server.callers import Caller, get_caller
from server.db.assistants import AssistantRow
from server.db.pool import Pool
from server.db.threads import ThreadRow, get_thread
from server.db.webhooks import add_webhook
from server.retention import Retention
from server.runs.encoding import encode
from server.runs.engine import Also, Engine
from server.runs.errors import ThreadNotFound
from server.runs.models import RunRow
from server.settings import Settings
from server.story_jobs import GRAPH as STORY
from server.story_jobs import hold_story
from server.thread_states import States

Json = dict[str, Any]
Order = Literal["asc", "desc"]
Limit = Annotated[int, Field(ge=1, le=1_000)]
Offset = Annotated[int, Field(ge=0, le=2**31)]
StreamMode = Literal[
    "values",
    "messages",
    "messages-tuple",
    "updates",
    "events",
    "tasks",
    "checkpoints",
    "debug",
    "custom",
    "tools",
]
RunState = Literal["pending", "running", "error", "success", "timeout", "interrupted"]
ThreadState = Literal["idle", "busy", "interrupted", "error"]
ThreadField = Literal[
    "thread_id", "created_at", "updated_at", "state_updated_at", "metadata", "config", "status", "values", "error",
    "interrupts",
]  # fmt: skip
AssistantField = Literal[
    "assistant_id", "graph_id", "name", "description", "config", "context", "created_at", "updated_at", "metadata",
    "version",
]  # fmt: skip
RunField = Literal[
    "run_id", "thread_id", "assistant_id", "created_at", "updated_at", "status", "metadata", "kwargs",
    "multitask_strategy",
]  # fmt: skip
LONGEST_DELAY = timedelta(days=3650).total_seconds()
LONGEST_TTL = timedelta(days=36_500) / timedelta(minutes=1)


def without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a NUL character cannot be stored")
    return text


Text = Annotated[str, AfterValidator(without_nul)]


class Checkpoint(BaseModel):
    """A checkpoint of a thread, as states name theirs."""

    checkpoint_id: str | None = None
    checkpoint_ns: str | None = ""
    checkpoint_map: Json | None = None

    def named(self) -> Json:
        return {key: value for key, value in self.model_dump().items() if value}


class Send(BaseModel):
    """A node to go to, with an input of its own."""

    node: str
    input: Any = None


class Command(BaseModel):
    """How to go on: an answer to interrupts, writes, where to go."""

    update: Json | list[tuple[str, Any]] | None = None
    resume: Any = None
    goto: str | Send | list[str | Send] | None = None


class Config(BaseModel):
    """A run's config; what else a caller puts there is left out."""

    tags: list[str] | None = None
    recursion_limit: Annotated[int, Field(ge=1, le=100_000)] | None = None
    max_concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    run_name: str | None = None
    metadata: Json | None = None
    configurable: Json | None = None


class RunBody(BaseModel):
    """A run that is asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "assistant_id": "story",
                    "input": {"request": {"premise": "A keeper hears the fog answer.", "chapters": 2}},
                    "stream_mode": ["updates", "messages-tuple"],
                }
            ]
        }
    )

    assistant_id: str
    input: Any = None
    command: Command | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_id: str | None = None
    config: Config | None = None
    context: Json | None = None
    metadata: Json | None = None
    interrupt_before: Literal["*"] | list[str] | None = None
    interrupt_after: Literal["*"] | list[str] | None = None
    stream_mode: StreamMode | list[StreamMode] | None = None
    stream_subgraphs: bool | None = None
    stream_resumable: bool | None = None
    on_disconnect: Literal["cancel", "continue"] | None = None
    on_completion: Literal["delete", "keep"] | None = None
    multitask_strategy: Literal["reject", "interrupt", "rollback", "enqueue"] | None = None
    if_not_exists: Literal["create", "reject"] | None = None
    after_seconds: Annotated[float, Field(ge=0, le=LONGEST_DELAY)] | None = None
    durability: Literal["sync", "async", "exit"] | None = None
    checkpoint_during: bool | None = None
    webhook: Text | None = Field(
        None,
        min_length=1,
        max_length=2_000,
        description="Told by a POST when the run has ended: a public http or https address.",
    )

    def modes(self) -> list[str]:
        """Return the stream modes asked for, `values` when none are."""
        given = self.stream_mode or ["values"]
        return list(dict.fromkeys([given] if isinstance(given, str) else given))


class Ttl(BaseModel):
    """For how many minutes after its last change a thread is kept."""

    ttl: Annotated[float, Field(ge=0, le=LONGEST_TTL)] | None = None
    strategy: Literal["delete"] = "delete"


class Update(BaseModel):
    """One update of a superstep."""

    values: Any = None
    command: Command | None = None
    as_node: str


class Superstep(BaseModel):
    """Updates that are applied together."""

    updates: list[Update]


class ThreadCreate(BaseModel):
    """A thread that is asked for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"metadata": {"of": "docs"}, "ttl": {"ttl": 1_440}}]}
    )

    thread_id: UUID | None = None
    metadata: Json | None = None
    if_exists: Literal["raise", "do_nothing"] | None = None
    ttl: Ttl | None = None
    supersteps: list[Superstep] | None = None


class ThreadPatch(BaseModel):
    """Metadata to merge into a thread's."""

    metadata: Json | None = None
    ttl: Ttl | None = None


class ThreadCount(BaseModel):
    """Which threads are meant."""

    metadata: Json | None = None
    values: Json | None = None
    status: ThreadState | None = None


class ThreadSearch(ThreadCount):
    """Which threads are meant, and what of them."""

    ids: list[UUID] | None = None
    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["thread_id", "status", "created_at", "updated_at", "state_updated_at"] | None = None
    sort_order: Order | None = None
    select: list[ThreadField] | None = None
    extract: dict[str, str] | None = Field(None, max_length=10)


class StateAt(BaseModel):
    """A state that is asked for."""

    checkpoint: Checkpoint
    subgraphs: bool = False


class StateUpdate(BaseModel):
    """Values to write into a thread's state; without `values` and `as_node` it is read."""

    values: Any = None
    as_node: str | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_id: str | None = None
    subgraphs: bool = False

    @property
    def reads(self) -> bool:
        return not self.model_fields_set & {"values", "as_node"}


class HistoryQuery(BaseModel):
    """Which states of a thread are asked for; `before` comes in three forms."""

    limit: Limit = 10
    before: Checkpoint | None = None
    metadata: Json | None = None
    checkpoint: Checkpoint | None = None

    @field_validator("before", mode="before")
    @classmethod
    def named(cls, before: Any) -> Any:
        if isinstance(before, str):
            return {"checkpoint_id": before}
        if isinstance(before, dict) and isinstance(before.get("configurable"), dict):
            return before["configurable"]
        return before


class CancelMany(BaseModel):
    """Which runs to cancel: some of a thread's, or all of a status."""

    thread_id: UUID | None = None
    run_ids: list[UUID] | None = None
    status: Literal["pending", "running", "all"] | None = None

    @model_validator(mode="after")
    def one_way(self) -> "CancelMany":
        if (self.status is None) == (self.thread_id is None or not self.run_ids):
            raise ValueError("either thread_id and run_ids, or status")
        return self


class AssistantCount(BaseModel):
    """Which assistants are meant."""

    metadata: Json | None = None
    graph_id: Text | None = None
    name: Text | None = None


class AssistantSearch(AssistantCount):
    """Which assistants are meant, and what of them."""

    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["assistant_id", "created_at", "updated_at", "name", "graph_id"] | None = None
    sort_order: Order | None = None
    select: list[AssistantField] | None = None


class Here:
    """What a route of the LangGraph API works with: the server's parts, for one caller."""

    def __init__(self, request: HTTPConnection, caller: Caller) -> None:
        self.pool: Pool = request.state.pool
        self.engine: Engine = request.state.engine
        self.settings: Settings = request.state.settings
        self.retention: Retention = request.state.retention
        self.graphs = self.engine.graphs
        self.caller, self.owner = caller, caller.owner
        self.states = States(self.pool, self.graphs)
        self.assistants = Assistants(self.pool, self.graphs, caller.owner)

    async def also(self, webhook: str | None) -> Also | None:
        """Return what is done as a run is accepted. Raises `RequestValidationError` for a forbidden webhook."""
        if webhook:
            await check_webhook(webhook)
        elif not self.caller.keyed:
            return None

        async def also(conn: Any, run: RunRow) -> None:
            await self.hold(conn, run)
            if webhook:
                await add_webhook(conn, run.run_id, webhook)

        return also

    async def hold(self, conn: Any, run: RunRow) -> None:
        """Hold what a story costs, however it is started. Raises `CreditsShort`."""
        if self.caller.keyed and run.graph_id == STORY:
            await hold_story(conn, run, self.settings)

    async def thread(self, thread_id: UUID) -> ThreadRow:
        """Return the caller's thread. Raises `ThreadNotFound`."""
        async with self.pool.connection() as conn:
            thread = await get_thread(conn, thread_id, self.owner)
        if thread is None:
            raise ThreadNotFound(f"Thread with ID {thread_id} not found")
        return thread


async def check_webhook(url: str) -> None:
    try:
        await check(url, "")
    except MediaFailed as error:
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("body", "webhook"), "msg": str(error)}]
        ) from None


async def get_here(request: HTTPConnection, caller: Annotated[Caller, Depends(get_caller)]) -> Here:
    return Here(request, caller)


AHere = Annotated[Here, Depends(get_here)]


def answer(data: Any, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """Return data as JSON, with messages as LangGraph's servers show them."""
    return Response(encode(data), status, headers=headers, media_type="application/json")


def page(found: list[Json], total: int, offset: int, select: list[Any] | None) -> Response:
    """Return a page of a search, with the headers that say how it goes on."""
    headers = {"X-Pagination-Total": str(total)}
    if offset + len(found) < total:
        headers["X-Pagination-Next"] = str(offset + len(found))
    kept = (
        [{key: value for key, value in each.items() if key in select} for each in found] if select else found
    )
    return answer(kept, headers)


def assistant_json(row: AssistantRow) -> Json:
    fields = AssistantField.__args__  # type: ignore[attr-defined]
    return {name: getattr(row, name) for name in fields}


def run_json(run: RunRow) -> Json:
    kwargs = run.kwargs
    config = {key: value for key, value in kwargs["config"].items() if key != "stream_events"}
    shown = {**kwargs, "config": config, "subgraphs": kwargs["stream_subgraphs"], "temporary": run.temporary}
    return {
        "run_id": run.run_id,
        "thread_id": run.thread_id,
        "assistant_id": run.assistant_id,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "status": run.status,
        "metadata": run.metadata,
        "kwargs": shown,
        "multitask_strategy": run.multitask_strategy,
    }
