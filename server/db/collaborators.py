"""Who a creator session is open to: its owner, and whom the owner let in. The view `session_roles` says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from server.db.threads import ThreadRow

Shared = Literal["viewer", "editor"]
Role = Literal["viewer", "editor", "owner"]
RANK: Mapping[Role, int] = {"viewer": 0, "editor": 1, "owner": 2}

OF_CALLER = """
    SELECT threads.*, role FROM session_roles r JOIN threads USING (thread_id)
    WHERE caller = %s ORDER BY r.created_at DESC, r.thread_id DESC LIMIT %s OFFSET %s
"""


@dataclass(frozen=True, slots=True)
class SessionRow(ThreadRow):
    """A session's thread, with what the caller is in it."""

    role: Role = "owner"


@dataclass(frozen=True, slots=True)
class CollaboratorRow:
    """Somebody whom a session's owner let in."""

    owner: str
    role: Shared
    added_at: datetime


async def get_session(conn: AsyncConnection[Any], thread_id: UUID, caller: str) -> SessionRow | None:
    """Return a session that is open to the caller, or `None`."""
    query = """
        SELECT threads.*, role FROM session_roles JOIN threads USING (thread_id)
        WHERE thread_id = %s AND caller = %s
    """
    async with conn.cursor(row_factory=class_row(SessionRow)) as cursor:
        return await (await cursor.execute(query, (thread_id, caller))).fetchone()


async def list_open_sessions(
    conn: AsyncConnection[Any], caller: str, limit: int, offset: int
) -> list[SessionRow]:
    """Return the sessions that are open to the caller, the newest first."""
    async with conn.cursor(row_factory=class_row(SessionRow)) as cursor:
        return await (await cursor.execute(OF_CALLER, (caller, limit, offset))).fetchall()


async def is_open(conn: AsyncConnection[Any], thread_id: UUID, caller: str) -> bool:
    """Say whether a session is open to the caller."""
    query = "SELECT EXISTS (SELECT FROM session_roles WHERE thread_id = %s AND caller = %s)"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return bool(await (await cursor.execute(query, (thread_id, caller))).fetchone())


async def let_in(conn: AsyncConnection[Any], thread_id: UUID, owner: str, role: Shared) -> None:
    """Open a session to another owner, or change what they may do in it."""
    query = """
        INSERT INTO collaborators (thread_id, owner, role) VALUES (%s, %s, %s)
        ON CONFLICT (thread_id, owner) DO UPDATE SET role = excluded.role
    """
    await conn.execute(query, (thread_id, owner, role))


async def shut_out(conn: AsyncConnection[Any], thread_id: UUID, owner: str) -> bool:
    """Close a session to an owner who was let in; say whether they were."""
    query = "DELETE FROM collaborators WHERE thread_id = %s AND owner = %s RETURNING owner"
    return bool(await (await conn.execute(query, (thread_id, owner))).fetchall())


async def list_collaborators(conn: AsyncConnection[Any], thread_id: UUID) -> list[CollaboratorRow]:
    """Return whom a session's owner let in, in the order in which they were."""
    query = "SELECT owner, role, added_at FROM collaborators WHERE thread_id = %s ORDER BY added_at, owner"
    async with conn.cursor(row_factory=class_row(CollaboratorRow)) as cursor:
        return await (await cursor.execute(query, (thread_id,))).fetchall()
