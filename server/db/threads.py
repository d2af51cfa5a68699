"""Threads: one row for each story, creator session and conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from server.db.errors import ThreadExists

ThreadStatus = Literal["idle", "busy", "interrupted", "error"]


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread as it is stored."""

    thread_id: UUID
    graph_id: str
    owner: str
    status: ThreadStatus
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    error: dict[str, Any] | None = None
    reserved: int = 0


async def create_thread(
    conn: AsyncConnection[Any],
    *,
    graph_id: str,
    owner: str = "",
    thread_id: UUID | None = None,
    metadata: dict[str, Any] | None = None,
) -> ThreadRow:
    """Create an idle thread; raise `ThreadExists` when the id is taken, by whomever."""
    query = """
        INSERT INTO threads (thread_id, graph_id, owner, metadata) VALUES (%s, %s, %s, %s)
        ON CONFLICT DO NOTHING RETURNING *
    """
    values = (thread_id or uuid4(), graph_id, owner, Jsonb(metadata or {}))
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        row = await (await cursor.execute(query, values)).fetchone()
    if row is None:
        raise ThreadExists
    return row


async def get_thread(conn: AsyncConnection[Any], thread_id: UUID, owner: str = "") -> ThreadRow | None:
    """Return the owner's thread, or `None`."""
    query = "SELECT * FROM threads WHERE thread_id = %s AND owner = %s"
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        return await (await cursor.execute(query, (thread_id, owner))).fetchone()


async def list_threads(
    conn: AsyncConnection[Any],
    owner: str = "",
    *,
    status: ThreadStatus | None = None,
    graph_id: str | None = None,
    limit: int = 10,
) -> list[ThreadRow]:
    """Return the owner's threads, newest first."""
    query = """
        SELECT * FROM threads
        WHERE owner = %(owner)s
          AND (%(status)s::text IS NULL OR status = %(status)s)
          AND (%(graph_id)s::text IS NULL OR graph_id = %(graph_id)s)
        ORDER BY created_at DESC, thread_id DESC
        LIMIT %(limit)s
    """
    values = {"owner": owner, "status": status, "graph_id": graph_id, "limit": limit}
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        return await (await cursor.execute(query, values)).fetchall()


async def update_thread(
    conn: AsyncConnection[Any],
    thread_id: UUID,
    owner: str = "",
    *,
    status: ThreadStatus | None = None,
    metadata: dict[str, Any] | None = None,
) -> ThreadRow | None:
    """Set the status and merge the metadata, where given; return the owner's thread, or `None`."""
    query = """
        UPDATE threads
        SET status = coalesce(%s, status), metadata = metadata || %s, updated_at = now()
        WHERE thread_id = %s AND owner = %s
        RETURNING *
    """
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        await cursor.execute(query, (status, Jsonb(metadata or {}), thread_id, owner))
        return await cursor.fetchone()


async def try_to_hold(conn: AsyncConnection[Any], thread_id: UUID) -> bool:
    """Hold the thread for as long as the connection lives; `False` when another process holds it."""
    query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS held"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return bool(await (await cursor.execute(query, (str(thread_id),))).fetchone())
