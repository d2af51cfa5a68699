"""Creator sessions as threads: found by the user they were made for, and rid of their files."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from server.db import sealing
from server.db.collaborators import SessionRow

# What names the user may be sealed with one key or another: each is an index scan.
OF_USER = """
    SELECT t.* FROM unnest(%(users)s::text[]) AS named CROSS JOIN LATERAL (
        SELECT * FROM threads WHERE graph_id = 'creator' AND owner = %(owner)s AND metadata->>'user_id' = named
        ORDER BY created_at DESC, thread_id DESC LIMIT %(limit)s + %(offset)s) AS t
    ORDER BY t.created_at DESC, t.thread_id DESC LIMIT %(limit)s OFFSET %(offset)s
"""


async def list_sessions(
    conn: AsyncConnection[Any], owner: str, user_id: str, limit: int, offset: int
) -> list[SessionRow]:
    """Return an owner's sessions that were made for a user, the newest first."""
    users = sealing.get().alternatives(user_id)
    values = {"users": users, "owner": owner, "limit": limit, "offset": offset}
    async with conn.cursor(row_factory=class_row(SessionRow)) as cursor:
        return await (await cursor.execute(OF_USER, values)).fetchall()


async def take_deleted(conn: AsyncConnection[Any], before: datetime) -> UUID | None:
    """Return the thread that was deleted first, before a time, and whose files are still there; `None` without one.

    Whoever else asks before the transaction ends gets another.
    """
    query = """
        SELECT thread_id FROM deleted_threads WHERE deleted_at < %s
        ORDER BY deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, (before,))).fetchone()


async def forget_deleted(conn: AsyncConnection[Any], thread_id: UUID) -> None:
    """Note that a deleted thread's files are gone."""
    await conn.execute("DELETE FROM deleted_threads WHERE thread_id = %s", (thread_id,))


async def postpone_deleted(conn: AsyncConnection[Any], thread_id: UUID) -> None:
    """Have the files of a deleted thread tried again after those of all others."""
    await conn.execute("UPDATE deleted_threads SET deleted_at = now() WHERE thread_id = %s", (thread_id,))
