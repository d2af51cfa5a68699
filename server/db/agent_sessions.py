"""Conversations as threads of the agent graph: found, and set back to before a turn that failed."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from server.db import sealing
from server.db.runs import newest_run
from server.db.threads import ThreadRow
from server.runs.models import RunRow

FAILED = ["error", "interrupted", "timeout"]


async def get_session(
    conn: AsyncConnection[Any], session_id: UUID, story_id: str, owner: str | None
) -> ThreadRow | None:
    """Return a conversation of a story, or `None`. Only who holds its reader's token asks without an owner."""
    query = """
        SELECT * FROM threads WHERE thread_id = %s AND graph_id = 'agent' AND metadata->>'story_id' = ANY (%s)
          AND (%s::text IS NULL OR owner = %s)
    """
    stories = sealing.get().alternatives(story_id)
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        return await (await cursor.execute(query, (session_id, stories, owner, owner))).fetchone()


async def keyed_run(conn: AsyncConnection[Any], thread_id: UUID, key: str) -> RunRow | None:
    """Return the run that a client's key made on the thread, or `None`."""
    query = "SELECT * FROM runs WHERE thread_id = %s AND graph_id = 'agent' AND idempotency_key = %s"
    async with conn.cursor(row_factory=class_row(RunRow)) as cursor:
        return await (await cursor.execute(query, (thread_id, key))).fetchone()


async def undo_failed(conn: AsyncConnection[Any], thread_id: UUID) -> RunRow | None:
    """Set the thread back to before its newest run if that has failed; return the run that is the newest then.

    The failed run, what it stored and its key are gone then, so that the same turn can be taken anew.
    """
    async with conn.transaction():
        await conn.execute("SELECT 1 FROM threads WHERE thread_id = %s FOR NO KEY UPDATE", (thread_id,))
        run = await newest_run(conn, thread_id)
        if run and run.status in FAILED:
            await conn.execute("SELECT roll_back(r) FROM runs r WHERE run_id = %s", (run.run_id,))
            query = "UPDATE threads SET status = %s, error = NULL, updated_at = now() WHERE thread_id = %s"
            await conn.execute(query, ((run.base or {}).get("status", "interrupted"), thread_id))
        return await newest_run(conn, thread_id)
