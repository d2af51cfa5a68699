"""Creator sessions as threads: found by the user they were made for, and rid of their files."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from server.db.threads import ThreadRow

OF_USER = """
    SELECT * FROM threads WHERE graph_id = 'creator' AND owner = %s AND metadata->>'user_id' = %s
    ORDER BY created_at DESC, thread_id DESC LIMIT %s OFFSET %s
"""


async def list_sessions(
    conn: AsyncConnection[Any], owner: str, user_id: str, limit: int, offset: int
) -> list[ThreadRow]:
    """Return an owner's sessions that were made for a user, the newest first."""
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        return await (await cursor.execute(OF_USER, (owner, user_id, limit, offset))).fetchall()


async def take_deleted(conn: AsyncConnection[Any], most: int) -> list[UUID]:
    """Return deleted threads whose files are still there; when the transaction commits they are forgotten.

    Whoever else asks meanwhile gets others.
    """
    query = """
        DELETE FROM deleted_threads WHERE thread_id IN (
            SELECT thread_id FROM deleted_threads ORDER BY deleted_at LIMIT %s FOR UPDATE SKIP LOCKED)
        RETURNING thread_id
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, (most,))).fetchall()
