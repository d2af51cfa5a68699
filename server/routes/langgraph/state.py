"""`/threads/{thread_id}/state` and `/history`: what a thread holds, and held."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.wire import (
    AHere,
    Checkpoint,
    Here,
    HistoryQuery,
    Limit,
    StateAt,
    StateUpdate,
    answer,
)
from server.runs.errors import ThreadBusy

router = APIRouter(prefix="/threads/{thread_id}", route_class=StrictRoute)


@router.get("/state")
async def get_state(thread_id: UUID, here: AHere, subgraphs: bool = False) -> Response:
    """Return the newest state."""
    return answer(await here.states.read(await here.thread(thread_id), subgraphs=subgraphs))


@router.post("/state/checkpoint")
async def get_state_at(thread_id: UUID, body: StateAt, here: AHere) -> Response:
    """Return the state at a checkpoint, which may be a subgraph's."""
    return await state_at(here, thread_id, body.checkpoint, body.subgraphs)


@router.get("/state/{checkpoint_id}")
async def get_state_of(
    thread_id: UUID, checkpoint_id: UUID, here: AHere, subgraphs: bool = False, checkpoint_ns: str = ""
) -> Response:
    """Return the state at a checkpoint."""
    checkpoint = Checkpoint(checkpoint_id=str(checkpoint_id), checkpoint_ns=checkpoint_ns)
    return await state_at(here, thread_id, checkpoint, subgraphs)


@router.post("/state")
async def update_state(thread_id: UUID, body: StateUpdate, here: AHere) -> Response:
    """Write values as if a node had; without `values` and `as_node`, return the state."""
    at = body.checkpoint or Checkpoint(checkpoint_id=body.checkpoint_id)
    if body.reads:
        return await state_at(here, thread_id, at, body.subgraphs)
    thread = await here.thread(thread_id)
    try:
        config: Any = await here.states.update(
            thread, body.values, as_node=body.as_node, checkpoint=at.named()
        )
    except ThreadBusy:
        raise ThreadBusy(f"Thread {thread_id} has a run that has not ended") from None
    kept = ("thread_id", "checkpoint_ns", "checkpoint_id")
    checkpoint = {key: config["configurable"][key] for key in kept}
    return answer(
        {"checkpoint": checkpoint, "configurable": checkpoint, "checkpoint_id": checkpoint["checkpoint_id"]}
    )


@router.post("/history")
async def get_history(thread_id: UUID, body: HistoryQuery, here: AHere) -> Response:
    """Return the states, newest first."""
    return await history(here, thread_id, body)


@router.get("/history")
async def list_history(
    thread_id: UUID, here: AHere, limit: Limit = 10, before: str | None = None
) -> Response:
    """Return the states, newest first."""
    return await history(here, thread_id, HistoryQuery.model_validate({"limit": limit, "before": before}))


async def history(here: Here, thread_id: UUID, query: HistoryQuery) -> Response:
    states = await here.states.history(
        await here.thread(thread_id),
        limit=query.limit,
        before=query.before.named() if query.before else None,
        metadata=query.metadata,
        checkpoint=query.checkpoint.named() if query.checkpoint else None,
    )
    return answer(states)


async def state_at(here: Here, thread_id: UUID, checkpoint: Checkpoint, subgraphs: bool) -> Response:
    thread = await here.thread(thread_id)
    return answer(await here.states.read(thread, checkpoint.named(), subgraphs=subgraphs))
