"""What owners learn of their creator sessions and shared stories, and an admin of everybody's."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from domain.creator_figures import figures_of
from server.callers import Caller
from server.db import creator_figures as db
from server.db.pool import Pool
from server.db.threads import get_thread
from server.errors import AdminOnly
from server.runs.models import RunRow
from server.thread_states import States


class Analytics(BaseModel):
    """Sessions that there are now, by how far they are and by what was chosen; what was shared, of either kind.

    A completed session stays one when it is taken up again. `popular_genres` are those of shared stories, by views.
    """

    sessions: int
    stages: dict[str, int]
    completed: int
    completion_rate: float | None
    genres: dict[str, int]
    tones: dict[str, int]
    formats: dict[str, int]
    rewrites_per_scene: float | None
    median_seconds_to_complete: float | None
    shared: int
    views: int
    popular_genres: dict[str, int]


async def analyse(pool: Pool, caller: Caller, everybodys: bool) -> Analytics:
    """Return the caller's figures, or all owners' for an admin. Raises `AdminOnly`."""
    if everybodys and not caller.admin:
        raise AdminOnly
    owner = None if everybodys else caller.owner
    async with pool.connection() as conn:
        totals, read = await db.sum_up(conn, owner), await db.count_read(conn, owner)
        return Analytics(
            sessions=totals.sessions,
            stages=await db.count_by(conn, owner, "stage"),
            completed=totals.completed,
            completion_rate=totals.completed / totals.sessions if totals.sessions else None,
            genres=await db.count_by(conn, owner, "genre"),
            tones=await db.count_by(conn, owner, "tone"),
            formats=await db.count_by(conn, owner, "format"),
            rewrites_per_scene=totals.rewrites_per_scene,
            median_seconds_to_complete=totals.median_seconds,
            shared=read.shared,
            views=read.views,
            popular_genres=await db.views_by_genre(conn, owner),
        )


async def note_figures(pool: Pool, graphs: Mapping[str, Any], run: RunRow) -> None:
    """Note what is counted of the session whose run has ended."""
    async with pool.connection() as conn:
        thread = await get_thread(conn, run.thread_id, run.owner)
    if thread is None:
        return
    state = await States(pool, graphs).read(thread)
    if state["values"].get("request") and state["checkpoint_id"]:
        async with pool.connection() as conn:
            await db.put_figures(conn, thread.thread_id, state["checkpoint_id"], figures_of(state["values"]))
