"""Creator sessions as threads: listed with what they are about, and rid of their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row, scalar_row

from server.db import large_values, sealing
from server.db.collaborators import SessionRow
from server.db.sealed import serializer

# What names the user may be sealed with one key or another: each is an index scan.
OF_USER = """
    SELECT t.* FROM unnest(%(users)s::text[]) AS named CROSS JOIN LATERAL (
        SELECT * FROM threads WHERE graph_id = 'creator' AND owner = %(owner)s AND metadata->>'user_id' = named
        ORDER BY created_at DESC, thread_id DESC LIMIT %(limit)s + %(offset)s) AS t
    ORDER BY t.created_at DESC, t.thread_id DESC LIMIT %(limit)s OFFSET %(offset)s
"""
CONTENTS = """
    SELECT page.thread_id, run.kwargs, held.given AS held FROM unnest(%s::uuid[]) AS page (thread_id)
    LEFT JOIN LATERAL (
        SELECT kwargs FROM runs WHERE thread_id = page.thread_id ORDER BY number DESC LIMIT 1
    ) run ON true
    LEFT JOIN LATERAL (
        SELECT checkpoint->'channel_versions' AS versions FROM checkpoints
        WHERE thread_id = page.thread_id::text AND checkpoint_ns = '' ORDER BY checkpoint_id DESC LIMIT 1
    ) last ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(ARRAY[channel::bytea, type::bytea, blob]) AS given FROM checkpoint_blobs
        WHERE thread_id = page.thread_id::text AND checkpoint_ns = ''
          AND channel IN ('request', 'draft', 'stage') AND version = last.versions->>channel
    ) held ON true
"""


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session's thread, what its newest run was given, and of its state the request, the draft and the stage."""

    thread: SessionRow
    given: Any
    values: dict[str, Any]


async def list_sessions(
    conn: AsyncConnection[Any], owner: str, user_id: str, limit: int, offset: int
) -> list[SessionRow]:
    """Return an owner's sessions that were made for a user, the newest first."""
    users = sealing.get().alternatives(user_id)
    values = {"users": users, "owner": owner, "limit": limit, "offset": offset}
    async with conn.cursor(row_factory=class_row(SessionRow)) as cursor:
        return await (await cursor.execute(OF_USER, values)).fetchall()


async def read_contents(conn: AsyncConnection[Any], threads: Sequence[SessionRow]) -> list[ListedSession]:
    """Return what sessions are about, by one statement for all of them."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(CONTENTS, ([thread.thread_id for thread in threads],))
        found = {row["thread_id"]: row for row in await cursor.fetchall()}
    return [
        ListedSession(
            thread,
            (found[thread.thread_id]["kwargs"] or {}).get("input"),
            await read_held(found[thread.thread_id]["held"]),
        )
        for thread in threads
    ]


async def read_held(held: list[tuple[bytes, bytes, bytes]] | None) -> dict[str, Any]:
    """Return values by their channel, as a checkpoint holds them."""
    serde = serializer(sealing.get())
    return {
        channel.decode(): serde.loads_typed(await large_values.get(kind.decode(), data))
        for channel, kind, data in held or ()
    }


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
