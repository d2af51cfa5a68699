"""Where a reader of a thread's events begins."""

from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

Conn = AsyncConnection[Any]


async def whose_thread(conn: Conn, thread_id: UUID, owner: str) -> Literal["own", "another's"] | None:
    """Say whether the thread is the owner's or another's, `None` when there is none."""
    query = "SELECT CASE owner WHEN %s THEN 'own' ELSE 'another''s' END FROM threads WHERE thread_id = %s"
    found: Literal["own", "another's"] | None = await _one(conn, query, (owner, thread_id))
    return found


async def newest_run(conn: Conn, thread_id: UUID, owner: str) -> UUID | None:
    """Return the run of the owner's thread that runs, else the one that ended last."""
    query = """
        SELECT run_id FROM runs WHERE thread_id = %s AND owner = %s AND attempt > 0
        ORDER BY settled_at DESC NULLS FIRST, number DESC LIMIT 1
    """
    found: UUID | None = await _one(conn, query, (thread_id, owner))
    return found


async def run_at(conn: Conn, thread_id: UUID, owner: str, seq: int) -> UUID | None:
    """Return the run that the event of this number is of, or the last one before it."""
    query = """
        SELECT e.run_id FROM run_events e JOIN runs r USING (run_id)
        WHERE e.thread_id = %s AND r.owner = %s AND e.seq <= %s ORDER BY e.seq DESC LIMIT 1
    """
    found: UUID | None = await _one(conn, query, (thread_id, owner, seq))
    return found


async def before_run(conn: Conn, thread_id: UUID, owner: str, run_id: UUID) -> int:
    """Return the number that comes before the run's first logged event, else the thread's last one."""
    query = """
        SELECT coalesce(
            (SELECT min(seq) - 1 FROM run_events WHERE run_id = r.run_id),
            (SELECT max(seq) FROM run_events WHERE thread_id = r.thread_id),
            0
        ) FROM runs r WHERE r.run_id = %s AND r.thread_id = %s AND r.owner = %s
    """
    return await _one(conn, query, (run_id, thread_id, owner)) or 0


async def _one(conn: Conn, query: str, values: tuple[Any, ...]) -> Any:
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, values)).fetchone()
