"""`/threads`: make them, find them, copy them, delete them."""

import asyncio
import contextlib
import re
from collections.abc import Coroutine, Iterable
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Response

from server.db.errors import ThreadExists
from server.db.threads import (
    ThreadFilter,
    ThreadRow,
    copy_thread,
    count_threads,
    create_thread,
    delete_thread,
    get_thread,
    search_threads,
    update_thread,
)
from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.wire import (
    AHere,
    Here,
    Json,
    ThreadCount,
    ThreadCreate,
    ThreadPatch,
    ThreadSearch,
    answer,
    page,
)
from server.runs.errors import RunFinished, RunNotFound, ThreadNotFound
from server.thread_states import GraphNotAssigned

router = APIRouter(prefix="/threads", route_class=StrictRoute)
# What is read from a thread's newest checkpoint, not from its row.
OF_STATE = {"values", "interrupts", "state_updated_at"}
BATCH = 200
AT_ONCE = 4


@router.post("")
async def create(body: ThreadCreate, here: AHere) -> Response:
    """Make a thread, with a state of its own if supersteps are given."""
    thread_id, metadata = body.thread_id or uuid4(), body.metadata or {}
    graph_id = str(metadata.get("graph_id") or "")
    if body.supersteps and graph_id not in here.graphs:
        raise GraphNotAssigned
    ttl = here.retention.thread_minutes if body.ttl is None else body.ttl.ttl
    anew = body.if_exists != "do_nothing"
    thread = await make(here, thread_id, graph_id, metadata, ttl, anew=anew)
    if body.supersteps:
        steps = [
            [update.model_dump(exclude_none=True) for update in step.updates] for step in body.supersteps
        ]
        await here.states.put_supersteps(thread, steps)
        thread = await here.thread(thread_id)
    return answer(await thread_json(here, thread))


async def make(
    here: Here, thread_id: UUID, graph_id: str, metadata: Json, ttl: float | None, *, anew: bool
) -> ThreadRow:
    """Make a thread, or take the caller's own of this id when it need not be new. Raises `ThreadExists`."""
    async with here.pool.connection() as conn:
        try:
            return await create_thread(
                conn, graph_id=graph_id, owner=here.owner, thread_id=thread_id, metadata=metadata, ttl=ttl
            )
        except ThreadExists:
            thread = None if anew else await get_thread(conn, thread_id, here.owner)
    if thread is None:
        raise ThreadExists(f"Thread with ID {thread_id} already exists")
    return thread


@router.post("/search")
async def search(body: ThreadSearch, here: AHere) -> Response:
    """Find threads, newest first unless said otherwise."""
    found = ThreadFilter(here.owner, ids=body.ids, status=body.status, metadata=body.metadata)
    order: Json = {"sort_by": column(body.sort_by), "descending": body.sort_order != "asc"}
    if body.values:
        matching = await with_values(here, found, body.values, order)
        total, rows = len(matching), matching[body.offset : body.offset + body.limit]
    else:
        async with here.pool.connection() as conn:
            total = await count_threads(conn, found)
            rows = await search_threads(conn, found, limit=body.limit, offset=body.offset, **order)
    wanted: list[str] = [*(body.select or [])]
    needs_state = bool(body.extract) or not wanted or bool(OF_STATE & set(wanted))
    threads = await gathered(thread_json(here, row, state=needs_state) for row in rows)
    if body.extract:
        wanted = [*wanted, "extracted"] if wanted else []
        threads = [{**each, "extracted": extracted(each, body.extract)} for each in threads]
    return page(threads, total, body.offset, wanted)


@router.post("/count")
async def count(body: ThreadCount, here: AHere) -> Response:
    """Count threads."""
    found = ThreadFilter(here.owner, status=body.status, metadata=body.metadata)
    if body.values:
        return answer(len(await with_values(here, found, body.values, {})))
    async with here.pool.connection() as conn:
        return answer(await count_threads(conn, found))


@router.get("/{thread_id}")
async def get(thread_id: UUID, here: AHere, include: Annotated[list[str] | None, Query()] = None) -> Response:
    """Return a thread with its values and interrupts; `include=ttl` adds how long it is kept."""
    thread = await here.thread(thread_id)
    shown = await thread_json(here, thread)
    if "ttl" in ",".join(include or []).split(","):
        shown["ttl"] = ttl_json(thread)
    return answer(shown)


@router.patch("/{thread_id}")
async def patch(thread_id: UUID, body: ThreadPatch, here: AHere) -> Response:
    """Merge metadata into a thread's, and say how long it is kept."""
    ttl = body.ttl.ttl if body.ttl else None
    async with here.pool.connection() as conn:
        thread = await update_thread(conn, thread_id, here.owner, metadata=body.metadata, ttl=ttl)
    if thread is None:
        raise ThreadNotFound(f"Thread with ID {thread_id} not found")
    return answer(await thread_json(here, thread))


@router.delete("/{thread_id}")
async def delete(thread_id: UUID, here: AHere) -> Response:
    """Delete a thread with all it holds; its runs are cancelled first."""
    await here.thread(thread_id)
    for status in ("pending", "running"):
        for run in await here.engine.list(thread_id, here.owner, status=status, limit=1_000):
            with contextlib.suppress(RunFinished, RunNotFound):
                await here.engine.cancel(run.run_id, here.owner, wait=True)
    async with here.pool.connection() as conn:
        await delete_thread(conn, thread_id, here.owner)
    return Response(status_code=204)


@router.post("/{thread_id}/copy")
async def copy(thread_id: UUID, here: AHere) -> Response:
    """Copy a thread with its whole history, without its runs."""
    async with here.pool.connection() as conn, conn.transaction():
        thread = await copy_thread(conn, thread_id, here.owner)
    if thread is None:
        raise ThreadNotFound(f"Thread with ID {thread_id} not found")
    return answer(await thread_json(here, thread))


def column(sort_by: str | None) -> str:
    return "updated_at" if sort_by == "state_updated_at" else sort_by or "created_at"


async def with_values(here: Here, found: ThreadFilter, values: Json, order: Json) -> list[ThreadRow]:
    """Return the threads whose values hold these: each is read, since values are only in checkpoints."""
    matching: list[ThreadRow] = []
    offset = 0
    while True:
        async with here.pool.connection() as conn:
            rows = await search_threads(conn, found, limit=BATCH, offset=offset, **order)
        states = await gathered(here.states.read(row) for row in rows)
        matching += [row for row, state in zip(rows, states, strict=True) if holds(state["values"], values)]
        offset += BATCH
        if len(rows) < BATCH:
            return matching


def holds(values: Any, wanted: Json) -> bool:
    return isinstance(values, dict) and all(values.get(key) == value for key, value in wanted.items())


async def gathered(work: Iterable[Coroutine[Any, Any, Json]]) -> list[Json]:
    """Return the results in order, of a few at once: each takes a connection."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(each: Coroutine[Any, Any, Json]) -> Json:
        async with room:
            return await each

    return await asyncio.gather(*map(one, work))


async def thread_json(here: Here, thread: ThreadRow, *, state: bool = True) -> Json:
    """Return a thread as clients get it."""
    return {
        "thread_id": thread.thread_id,
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "metadata": thread.metadata,
        "status": thread.status,
        "config": {},
        "error": thread.error,
        **({"usage": thread.usage} if thread.usage else {}),
        **(await here.states.overview(thread) if state else {}),
    }


def ttl_json(thread: ThreadRow) -> Json | None:
    if thread.ttl_minutes is None:
        return None
    return {
        "strategy": "delete",
        "ttl_minutes": thread.ttl_minutes,
        "expires_at": thread.expires_at,
    }


def extracted(thread: Json, paths: dict[str, str]) -> Json:
    """Return what the paths lead to, like `values.messages[-1].content`; `None` where they lead nowhere."""
    return {name: follow(thread, path) for name, path in paths.items()}


def follow(data: Any, path: str) -> Any:
    for name, index in re.findall(r"([^.\[\]]+)|\[(-?\d{1,6})\]", path):
        try:
            data = data[int(index)] if index else of(data, name)
        except (LookupError, TypeError):
            return None
    return data


def of(data: Any, name: str) -> Any:
    return data[name] if isinstance(data, dict) else getattr(data, name, None)
