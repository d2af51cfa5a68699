"""`/threads/{thread_id}/commands` of the thread stream (v2): start a run, answer one, show its graphs."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from domain.errors import FabulaError
from server.assistants import AssistantNotFound, AssistantUnknown
from server.db.thread_streams import before_run, newest_run
from server.errors import CreditsShort
from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.new_run import RequestRefused, checkpoint_of, start
from server.routes.langgraph.run_events import ROOM, RunEvents, Told
from server.routes.langgraph.wire import AHere, Command, Config, Here, Json, RunBody, answer
from server.runs.errors import RunNotFound, ThreadBusy, ThreadNotFound, UnknownGraph

router = APIRouter(route_class=StrictRoute)
MALFORMED = "Protocol commands must include an integer id and string method."
LARGEST_ID = 2**53
# A question is told before the run that asks it has settled, and its answer may come as soon.
SETTLES_WITHIN = 5.0
LOGGED = ("values", "tools")
Commands = Mapping[str, Callable[[Here, UUID, Json], Awaitable[Json]]]
Strategy = Literal["reject", "interrupt", "rollback", "enqueue"]
Code = Literal[
    "invalid_argument", "unknown_command", "unknown_error", "no_such_run", "no_such_subscription", "no_such_interrupt",
    "permission_denied", "not_supported",
]  # fmt: skip
CODES: dict[type[Exception], Code] = {
    AssistantNotFound: "invalid_argument",
    AssistantUnknown: "invalid_argument",
    UnknownGraph: "invalid_argument",
    RequestRefused: "invalid_argument",
    CreditsShort: "permission_denied",
    ThreadNotFound: "permission_denied",
}


class CommandFailed(FabulaError):
    """The command cannot be carried out."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class RunStart(BaseModel):
    """A run that is asked for; with input for a thread that asks something, the input is the answer."""

    assistant_id: Annotated[str, Field(min_length=1)]
    input: Any = None
    config: Config | None = None
    context: Json | None = None
    metadata: Json | None = None
    multitask_strategy: Strategy | None = Field(None, alias="multitaskStrategy")
    interrupt_before: Literal["*"] | list[str] | None = None
    interrupt_after: Literal["*"] | list[str] | None = None
    durability: Literal["sync", "async", "exit"] | None = None

    model_config = {"populate_by_name": True}


class Answer(BaseModel):
    """The answer to one interrupt."""

    interrupt_id: Annotated[str, Field(min_length=1)]
    response: Any = None


class InputRespond(BaseModel):
    """Answers to interrupts, and what else the resumed run is to heed."""

    responses: Annotated[list[Answer], Field(min_length=1)]
    update: Any = None
    goto: Any = None
    config: Config | None = None
    metadata: Json | None = None


@router.post("/threads/{thread_id}/commands")
async def command(thread_id: UUID, here: AHere, body: Annotated[Any, Body()] = None) -> Response:
    """Carry out a command; whether it succeeded is said in the answer's `type`."""
    if not is_command(body):
        return answer(malformed(body), status=400)
    return answer(await answer_to(here, thread_id, body, COMMANDS))


async def answer_to(here: Here, thread_id: UUID, body: Json, commands: Commands) -> Json:
    """Return the answer to a command: its result, or what kept it from being carried out."""
    id, method, params = body["id"], body["method"], body.get("params")
    try:
        through = await applied_through(here, thread_id)
        given = params if isinstance(params, dict) else {}
        result = await carry_out(here, thread_id, method, given, commands)
    except CommandFailed as error:
        return failure(id, error.code, str(error))
    except (ValidationError, RequestValidationError) as error:
        return failure(id, "invalid_argument", f"{method}: {reasons(error)}")
    except FabulaError as error:
        codes = [CODES[kind] for kind in type(error).__mro__ if kind in CODES]
        return failure(id, codes[0] if codes else "unknown_error", str(error))
    return {"type": "success", "id": id, "result": result, "meta": {"applied_through_seq": through}}


def is_command(body: Any) -> bool:
    """Whether it is an object with an id and a method."""
    given = body if isinstance(body, dict) else {}
    id = given.get("id")
    is_id = isinstance(id, int) and not isinstance(id, bool) and abs(id) <= LARGEST_ID
    return is_id and isinstance(given.get("method"), str)


def malformed(body: Any) -> Json:
    """Return the answer to what is no command."""
    return failure(body.get("id") if isinstance(body, dict) else None, "invalid_argument", MALFORMED)


def failure(id: Any, code: Code, message: str) -> Json:
    return {"type": "error", "id": id, "error": code, "message": message}


def reasons(error: ValidationError | RequestValidationError) -> str:
    """Return what is wrong with the parameters, each by its name."""
    found = [(".".join(str(part) for part in each["loc"]), each["msg"]) for each in error.errors()]
    return "; ".join(f"{name}: {message}" if name else message for name, message in found)


async def carry_out(here: Here, thread_id: UUID, method: str, params: Json, commands: Commands) -> Json:
    """Carry out a command. Raises `CommandFailed`, or what keeps a run from being started."""
    if method in commands:
        return await commands[method](here, thread_id, params)
    if method.startswith("subscription."):
        raise CommandFailed(
            "not_supported",
            "Subscriptions are streams of their own: POST .../stream/events, or its WebSocket.",
        )
    raise CommandFailed("unknown_command", f"Unknown protocol command: {method}")


async def start_run(here: Here, thread_id: UUID, params: Json) -> Json:
    """Start a run, on a thread that is made for it if there is none."""
    given = RunStart.model_validate(params)
    asked = given.model_dump(exclude_unset=True, by_alias=False)
    body = RunBody.model_validate({**asked, "if_not_exists": "create", "stream_mode": LOGGED})
    forks = bool(checkpoint_of(body))
    if body.input is not None and not forks and await pending(here, thread_id):
        body.command, body.input = Command(resume=body.input), None
    run = await start(here, body, thread_id)
    return {"run_id": run.run_id}


async def respond(here: Here, thread_id: UUID, params: Json) -> Json:
    """Answer interrupts, by a run that goes on from there."""
    one = {name: params[name] for name in ("interrupt_id", "response") if name in params}
    given = InputRespond.model_validate({"responses": [one], **params})
    try:
        thread = await here.thread(thread_id)
    except ThreadNotFound:
        raise CommandFailed("no_such_run", "No interrupted run is bound to this thread.") from None
    await settle(here, thread_id)
    unknown = {each.interrupt_id for each in given.responses} - await pending(here, thread_id)
    if unknown:
        raise no_such_interrupt(unknown)
    command = {"resume": {each.interrupt_id: each.response for each in given.responses}}
    more = given.model_dump(exclude_none=True, include={"update", "goto"})
    body = {
        "assistant_id": thread.metadata.get("assistant_id") or thread.graph_id,
        "command": {**command, **more},
        "multitask_strategy": "reject",
        "stream_mode": LOGGED,
        **given.model_dump(exclude_none=True, include={"config", "metadata"}),
    }
    try:
        await start(here, RunBody.model_validate(body), thread_id)
    except ThreadBusy:
        raise no_such_interrupt({each.interrupt_id for each in given.responses}) from None
    return {}


def no_such_interrupt(ids: set[str]) -> CommandFailed:
    return CommandFailed(
        "no_such_interrupt", f"Unknown or already-consumed interrupt: {', '.join(sorted(ids))}"
    )


async def settle(here: Here, thread_id: UUID) -> None:
    """Wait for a run that is about to end."""
    for run in await here.engine.list(thread_id, here.owner, status="running", limit=1):
        with contextlib.suppress(RunNotFound, TimeoutError):
            async with asyncio.timeout(SETTLES_WITHIN):
                await here.engine.join(run.run_id, here.owner)


async def pending(here: Here, thread_id: UUID) -> set[str]:
    """Return the interrupts that wait for an answer."""
    try:
        thread = await here.thread(thread_id)
    except ThreadNotFound:
        return set()
    if thread.status != "interrupted":
        return set()
    asked = (await here.states.overview(thread))["interrupts"]
    return {each["id"] for interrupts in asked.values() for each in interrupts}


async def get_tree(here: Here, thread_id: UUID, params: Json) -> Json:
    """Return the graphs of a run, the thread's newest if none is named, and how each stands."""
    async with here.pool.connection() as conn:
        run_id = as_uuid(params.get("run_id")) or await newest_run(conn, thread_id, here.owner)
        after = await before_run(conn, thread_id, here.owner, run_id) if run_id else 0
    try:
        run = run_id and await here.engine.get(run_id, here.owner)
    except RunNotFound:
        run = None
    if not run or run.thread_id != thread_id:
        raise CommandFailed("no_such_run", "No active run is bound to this thread.")
    events = RunEvents(run, words=False)
    told = [
        each.told
        async for event in here.engine.reader.so_far(run, after)
        for each in events.tell(event)
        if each.told.method == "lifecycle"
    ]
    if run.finished:
        told += [each.told for each in events.end(run)]
    return {"tree": tree_of(told, run.graph_id)}


def tree_of(told: list[Told], graph_name: str) -> Json:
    """Return the graphs of a run below each other, as their lifecycle events have them."""
    nodes: dict[tuple[str, ...], Json] = {
        (): {"namespace": [], "status": "started", "graph_name": graph_name, "children": []}
    }
    for each in told:
        if each.namespace not in nodes:
            above = max((ns for ns in nodes if each.namespace[: len(ns)] == ns), key=len)
            nodes[each.namespace] = {"namespace": each.namespace, "children": []}
            nodes[above]["children"].append(nodes[each.namespace])
        nodes[each.namespace] |= {"status": each.data["event"], "graph_name": each.data["graph_name"]}
    return nodes[()]


def as_uuid(given: Any) -> UUID | None:
    """Return the run's id, `None` when none is given. Raises `CommandFailed`."""
    if given is None:
        return None
    try:
        return UUID(given)
    except (ValueError, AttributeError, TypeError):
        raise CommandFailed("invalid_argument", "agent.getTree: run_id is not a run's id.") from None


async def applied_through(here: Here, thread_id: UUID) -> int:
    """Return the number after which a stream has what follows the command."""
    last = await here.engine.reader.last(thread_id, here.owner)
    return last * ROOM + ROOM - 1 if last else 0


COMMANDS: Commands = {
    "run.start": start_run,
    "input.respond": respond,
    "agent.getTree": get_tree,
}
