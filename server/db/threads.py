"""Threads: one row for each story, creator session and conversation."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg import AsyncConnection, OperationalError, sql
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from server.db import large_values, sealing
from server.db.encryption import holding
from server.db.errors import ThreadExists
from server.metrics import count_session

ThreadStatus = Literal["idle", "busy", "interrupted", "error"]
FOUND = sql.SQL("""
    owner = %(owner)s
    AND (%(ids)s::uuid[] IS NULL OR thread_id = ANY (%(ids)s))
    AND (%(status)s::text IS NULL OR status = %(status)s)
""")


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
    ttl_minutes: float | None = None
    usage: dict[str, float] = field(default_factory=dict)

    @property
    def expires_at(self) -> datetime | None:
        """When the thread is deleted, unless it changes before."""
        return None if self.ttl_minutes is None else self.updated_at + timedelta(minutes=self.ttl_minutes)


async def create_thread(
    conn: AsyncConnection[Any],
    *,
    graph_id: str,
    owner: str = "",
    thread_id: UUID | None = None,
    metadata: dict[str, Any] | None = None,
    ttl: float | None = None,
) -> ThreadRow:
    """Create an idle thread; raise `ThreadExists` when the id is taken, by whomever.

    It is deleted `ttl` minutes after its last change, never without.
    """
    query = """
        INSERT INTO threads (thread_id, graph_id, owner, metadata, ttl_minutes) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT DO NOTHING RETURNING *
    """
    values = (thread_id or uuid4(), graph_id, owner, Jsonb(sealing.get().seal_fields(metadata or {})), ttl)
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        row = await (await cursor.execute(query, values)).fetchone()
    if row is None:
        raise ThreadExists
    count_session(graph_id)
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
    ttl: float | None = None,
) -> ThreadRow | None:
    """Set the status and the ttl and merge the metadata, where given; return the owner's thread, or `None`."""
    query = """
        UPDATE threads
        SET status = coalesce(%s, status), metadata = metadata || %s, ttl_minutes = coalesce(%s, ttl_minutes),
            updated_at = now()
        WHERE thread_id = %s AND owner = %s
        RETURNING *
    """
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        await cursor.execute(
            query, (status, Jsonb(sealing.get().seal_fields(metadata or {})), ttl, thread_id, owner)
        )
        return await cursor.fetchone()


async def let_go(conn: AsyncConnection[Any], thread_id: UUID) -> None:
    """Let go of a thread that the connection holds; one that was lost with its connection is let go already."""
    with suppress(OperationalError):
        await conn.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (str(thread_id),))


async def try_to_hold(conn: AsyncConnection[Any], thread_id: UUID) -> bool:
    """Hold the thread for as long as the connection lives; `False` when another process holds it."""
    query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS held"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return bool(await (await cursor.execute(query, (str(thread_id),))).fetchone())


@dataclass(frozen=True, slots=True)
class ThreadFilter:
    """Which of an owner's threads are meant."""

    owner: str
    ids: list[UUID] | None = None
    status: ThreadStatus | None = None
    metadata: dict[str, Any] | None = None

    def query(self) -> tuple[sql.Composed, dict[str, Any]]:
        """Return the condition on rows, and its values."""
        holds, values = holding(self.metadata or {})
        given = {"owner": self.owner, "ids": self.ids, "status": self.status}
        return sql.Composed([FOUND, holds]), given | values


async def search_threads(
    conn: AsyncConnection[Any],
    found: ThreadFilter,
    *,
    limit: int = 10,
    offset: int = 0,
    sort_by: str = "created_at",
    descending: bool = True,
) -> list[ThreadRow]:
    """Return threads, sorted by a column."""
    condition, values = found.query()
    query = sql.SQL(
        "SELECT * FROM threads WHERE {} ORDER BY {} {}, thread_id DESC LIMIT {} OFFSET {}"
    ).format(condition, sql.Identifier(sort_by), sql.SQL("DESC" if descending else "ASC"), limit, offset)
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        return await (await cursor.execute(query, values)).fetchall()


async def count_threads(conn: AsyncConnection[Any], found: ThreadFilter) -> int:
    """Return how many threads there are."""
    condition, values = found.query()
    query = sql.SQL("SELECT count(*) FROM threads WHERE {}").format(condition)
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return int(await (await cursor.execute(query, values)).fetchone() or 0)


async def add_usage(conn: AsyncConnection[Any], thread_id: UUID, used: dict[str, float]) -> None:
    """Add what a run's model calls used, by kind, to what the thread's others did."""
    query = """
        UPDATE threads SET usage = usage || (
            SELECT jsonb_object_agg(key, value::numeric + coalesce((usage->>key)::numeric, 0))
            FROM jsonb_each_text(%s)
        ) WHERE thread_id = %s
    """
    await conn.execute(query, (Jsonb(used), thread_id))


async def lock_idle_thread(conn: AsyncConnection[Any], thread_id: UUID, owner: str) -> bool | None:
    """Keep runs from the owner's thread until the transaction ends.

    Returns whether none is there now, `None` when there is no such thread.
    """
    query = "SELECT thread_id FROM threads WHERE thread_id = %s AND owner = %s FOR UPDATE"
    runs = "SELECT EXISTS (SELECT FROM runs WHERE thread_id = %s AND status IN ('pending', 'running'))"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        if await (await cursor.execute(query, (thread_id, owner))).fetchone() is None:
            return None
        return not await (await cursor.execute(runs, (thread_id,))).fetchone()


async def open_runs(conn: AsyncConnection[Any], owner: str, statuses: list[str]) -> list[UUID]:
    """Return the ids of the owner's runs of these statuses."""
    query = "SELECT run_id FROM runs WHERE owner = %s AND status = ANY (%s::text[]) ORDER BY number"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, (owner, statuses))).fetchall()


async def delete_thread(conn: AsyncConnection[Any], thread_id: UUID, owner: str) -> bool:
    """Delete the owner's thread with its runs, events and checkpoints; say whether there was one."""
    query = """
        WITH gone AS (DELETE FROM threads WHERE thread_id = %s AND owner = %s RETURNING thread_id::text),
        writes AS (DELETE FROM checkpoint_writes WHERE thread_id IN (SELECT thread_id FROM gone)),
        blobs AS (DELETE FROM checkpoint_blobs WHERE thread_id IN (SELECT thread_id FROM gone)),
        checkpoints AS (DELETE FROM checkpoints WHERE thread_id IN (SELECT thread_id FROM gone))
        SELECT thread_id FROM gone
    """
    return bool(await (await conn.execute(query, (thread_id, owner))).fetchall())


async def copy_thread(conn: AsyncConnection[Any], thread_id: UUID, owner: str) -> ThreadRow | None:
    """Copy the owner's thread with its checkpoints, without its runs; `None` when there is no such thread.

    Values in the object store are copied too, so this belongs into a transaction.
    """
    query = """
        WITH source AS (SELECT * FROM threads WHERE thread_id = %(source)s AND owner = %(owner)s),
        checkpoints AS (
            INSERT INTO checkpoints
                (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata)
            SELECT %(copy)s::text, c.checkpoint_ns, c.checkpoint_id, c.parent_checkpoint_id, c.type, c.checkpoint,
                   c.metadata || jsonb_build_object('thread_id', %(copy)s::text)
            FROM checkpoints c JOIN source ON c.thread_id = source.thread_id::text
        ), blobs AS (
            INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
            SELECT %(copy)s::text, b.checkpoint_ns, b.channel, b.version, b.type,
                   copied_value(b.type, b.blob, %(source)s, %(copy)s)
            FROM checkpoint_blobs b JOIN source ON b.thread_id = source.thread_id::text
        ), writes AS (
            INSERT INTO checkpoint_writes
                (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob, task_path)
            SELECT %(copy)s::text, w.checkpoint_ns, w.checkpoint_id, w.task_id, w.idx, w.channel, w.type,
                   copied_value(w.type, w.blob, %(source)s, %(copy)s), w.task_path
            FROM checkpoint_writes w JOIN source ON w.thread_id = source.thread_id::text
        )
        INSERT INTO threads (thread_id, graph_id, owner, status, metadata, error, ttl_minutes)
        SELECT %(copy)s::text::uuid, graph_id, owner, CASE status WHEN 'busy' THEN 'idle' ELSE status END, metadata,
               error, ttl_minutes
        FROM source RETURNING *
    """
    values = {"source": thread_id, "owner": owner, "copy": uuid4()}
    async with conn.cursor(row_factory=class_row(ThreadRow)) as cursor:
        copied = await (await cursor.execute(query, values)).fetchone()
    if copied:
        await copy_values(conn, copied.thread_id, thread_id)
    return copied


async def copy_values(conn: AsyncConnection[Any], copy: UUID, thread_id: UUID) -> None:
    query = "SELECT FROM large_values WHERE thread_id = %s"
    if await (await conn.execute(query, (str(copy),))).fetchone() is not None:
        await large_values.copy(str(thread_id), str(copy))
