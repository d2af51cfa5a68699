"""`/runs` and `/threads/{thread_id}/runs`: start runs, watch them, end them."""

import contextlib
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from server.db.threads import open_runs
from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.new_run import start
from server.routes.langgraph.run_stream import View, outcome, stream_run
from server.routes.langgraph.waiting import Gone, json_when_done, sse
from server.routes.langgraph.wire import (
    AHere,
    CancelMany,
    Here,
    Limit,
    Offset,
    RunBody,
    RunField,
    RunState,
    StreamMode,
    answer,
    run_json,
)
from server.runs.encoding import encode
from server.runs.errors import RunFinished, RunNotFound
from server.runs.models import CancelAction, RunRow
from server.thread_states import opened

router = APIRouter(route_class=StrictRoute)
THREAD = "/threads/{thread_id}/runs"
RUN = THREAD + "/{run_id}"
EventId = Annotated[int, Field(ge=-1, le=2**62)]
NONE_TO_CANCEL = "There is no run to cancel: it has ended, or there is none of this id."


@router.post(THREAD + "/stream")
@router.post("/runs/stream")
async def stream_new(body: RunBody, here: AHere, thread_id: UUID | None = None) -> Response:
    """Start a run and stream it."""
    run = await start(here, body, thread_id)
    view = View(body.modes(), bool(body.stream_subgraphs))
    return sse(stream_run(here.engine, run, view), headers_of(run, "stream"), on_leaving(here, run))


@router.post(THREAD + "/wait")
@router.post("/runs/wait")
async def wait_for_new(
    request: Request, body: RunBody, here: AHere, thread_id: UUID | None = None
) -> Response:
    """Start a run and answer with its last values, or its error."""
    run = await start(here, body, thread_id, "values")
    work = outcome(here.engine, run)
    return await json_when_done(request, work, headers_of(run, "join"), on_leaving(here, run))


@router.post(THREAD)
@router.post("/runs")
async def create(body: RunBody, here: AHere, thread_id: UUID | None = None) -> Response:
    """Start a run."""
    run = await start(here, body, thread_id)
    return answer(run_json(run), headers=content_location(run))


@router.post("/runs/cancel")
async def cancel_many(body: CancelMany, here: AHere, action: CancelAction = "interrupt") -> Response:
    """Cancel several runs."""
    cancelled = 0
    for run_id in await chosen(here, body):
        with contextlib.suppress(RunNotFound, RunFinished):
            await here.engine.cancel(run_id, here.owner, action=action)
            cancelled += 1
    if not cancelled:
        raise RunFinished(NONE_TO_CANCEL)
    return Response(status_code=204)


@router.get(THREAD)
async def list_runs(
    thread_id: UUID,
    here: AHere,
    limit: Limit = 10,
    offset: Offset = 0,
    status: RunState | None = None,
    select: Annotated[list[RunField] | None, Query()] = None,
) -> Response:
    """Return the thread's runs, newest first."""
    await here.thread(thread_id)
    runs = await here.engine.list(thread_id, here.owner, status=status, limit=limit, offset=offset)
    found = [run_json(run) for run in runs]
    return answer([{key: run[key] for key in select} for run in found] if select else found)


@router.get(RUN)
async def get(thread_id: UUID, run_id: UUID, here: AHere) -> Response:
    """Return a run."""
    return answer(run_json(await find(here, thread_id, run_id)))


@router.delete(RUN)
async def delete(thread_id: UUID, run_id: UUID, here: AHere) -> Response:
    """Delete a run; one that has not ended is cancelled first."""
    run = await find(here, thread_id, run_id)
    if not run.finished:
        await cancel_run(here, run, "interrupt", wait=True)
    await here.engine.delete(run_id, here.owner)
    return Response(status_code=204)


@router.post(RUN + "/cancel")
async def cancel(
    thread_id: UUID, run_id: UUID, here: AHere, wait: bool = False, action: CancelAction = "interrupt"
) -> Response:
    """Have a run end; with `wait`, answer with the run when it has."""
    run = await find(here, thread_id, run_id)
    ended = await cancel_run(here, run, action, wait=wait)
    if not wait:
        return Response(status_code=202)
    return answer(ended and run_json(ended), headers=content_location(run))


@router.get(RUN + "/join")
async def join(request: Request, thread_id: UUID, run_id: UUID, here: AHere) -> Response:
    """Answer with the run's last values, or its error, once it has ended."""
    run = await find(here, thread_id, run_id)
    return await json_when_done(request, ending(here, run), headers_of(run, "join"), None)


@router.get(RUN + "/stream")
async def join_stream(
    thread_id: UUID,
    run_id: UUID,
    here: AHere,
    stream_mode: Annotated[list[StreamMode] | None, Query()] = None,
    cancel_on_disconnect: bool = False,
    last_event_id: Annotated[EventId | Literal[""] | None, Header()] = None,
) -> Response:
    """Stream a run: what follows `Last-Event-ID`, all of it from -1 on, what is new without one."""
    run = await find(here, thread_id, run_id)
    after = None if last_event_id == "" else last_event_id
    modes: list[Any] = stream_mode or run.kwargs["stream_mode"]
    nested = after is not None and await has_subgraphs(here, run.graph_id)
    view = View(modes, run.kwargs["stream_subgraphs"], after, nested=nested)
    gone = on_leaving(here, run, cancels=cancel_on_disconnect)
    return sse(stream_run(here.engine, run, view), headers_of(run, "stream"), gone)


async def has_subgraphs(here: Here, graph_id: str) -> bool:
    async with opened(here.graphs[graph_id], {}) as graph:
        return any([True async for _ in graph.aget_subgraphs()])


def headers_of(run: RunRow, way: str) -> dict[str, str]:
    """Return where the run is, and where to go on reading it."""
    path = f"/threads/{run.thread_id}/runs/{run.run_id}"
    return {"Content-Location": path, "Location": f"{path}/{way}"}


def content_location(run: RunRow) -> dict[str, str]:
    return {"Content-Location": headers_of(run, "")["Content-Location"]}


def on_leaving(here: Here, run: RunRow, cancels: bool | None = None) -> Gone | None:
    """Return what to do when the reader leaves before the end."""
    if not (run.kwargs["on_disconnect"] == "cancel" if cancels is None else cancels):
        return None

    async def gone() -> None:
        with contextlib.suppress(RunFinished, RunNotFound):
            await here.engine.cancel(run.run_id, run.owner)

    return gone


async def find(here: Here, thread_id: UUID, run_id: UUID) -> RunRow:
    """Return the thread's run. Raises `RunNotFound`."""
    run = await here.engine.get(run_id, here.owner)
    if run.thread_id != thread_id:
        raise RunNotFound
    return run


async def cancel_run(here: Here, run: RunRow, action: CancelAction, *, wait: bool) -> RunRow | None:
    try:
        return await here.engine.cancel(run.run_id, here.owner, action=action, wait=wait)
    except RunFinished:
        raise RunFinished(NONE_TO_CANCEL) from None


async def ending(here: Here, run: RunRow) -> bytes:
    """Return how a run ended, once it has: its output as its newest checkpoint has it, or its error."""
    ended = await here.engine.join(run.run_id, here.owner)
    if ended.error:
        return encode({"__error__": ended.error})
    return encode(await here.states.of_run(await here.thread(run.thread_id), ended))


async def chosen(here: Here, body: CancelMany) -> list[UUID]:
    """Return the ids of the caller's runs that are meant."""
    if body.thread_id:
        runs = [run for run_id in body.run_ids or [] if (run := await sought(here, run_id))]
        return [run.run_id for run in runs if run.thread_id == body.thread_id]
    statuses: list[str] = ["pending", "running"] if body.status == "all" else [str(body.status)]
    async with here.pool.connection() as conn:
        return await open_runs(conn, here.owner, statuses)


async def sought(here: Here, run_id: UUID) -> Any:
    with contextlib.suppress(RunNotFound):
        return await here.engine.get(run_id, here.owner)
