"""Finished stories that are shared by a link or listed in the gallery. A link's token is kept as a hash."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from server.db import sealing
from server.db.keys import hash_of

Sort = Literal["newest", "popular"]
OPEN = "taken_down_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
ORDER: dict[Sort, sql.SQL] = {
    "newest": sql.SQL("created_at DESC, share_id DESC"),
    "popular": sql.SQL("views DESC, share_id DESC"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCreate:
    """What is shared: a thread as it stands at a checkpoint."""

    share_id: UUID
    thread_id: UUID
    owner: str
    checkpoint_id: str
    title: str
    genre: str
    files: dict[str, str]
    listed: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow(ShareCreate):
    """A share as it is stored."""

    token_hash: str = field(repr=False)
    views: int
    created_at: datetime
    updated_at: datetime
    taken_down_at: datetime | None


def opened(cursor: Any) -> Any:
    """Make rows whose titles are readable again."""
    read = class_row(ShareRow)(cursor)

    def row(values: Any) -> ShareRow:
        share = read(values)
        return replace(share, title=sealing.get().open_text(share.title))

    return row


async def put_share(conn: AsyncConnection[Any], share: ShareCreate) -> tuple[ShareRow, str] | None:
    """Share a thread, or bring its share up to date; return it, and its token if it is new, else an empty one.

    Returns `None` when the share was taken down.
    """
    token = secrets.token_urlsafe(32)
    query = """
        INSERT INTO shares
            (share_id, thread_id, owner, token_hash, checkpoint_id, title, genre, files, listed, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (thread_id) DO UPDATE
        SET checkpoint_id = excluded.checkpoint_id, title = excluded.title, genre = excluded.genre,
            files = excluded.files, listed = excluded.listed, expires_at = excluded.expires_at, updated_at = now()
        WHERE shares.taken_down_at IS NULL
        RETURNING *
    """
    about = (share.share_id, share.thread_id, share.owner, hash_of(token), share.checkpoint_id)
    title = sealing.get().seal_text(share.title)
    shown = (title, share.genre, Jsonb(share.files), share.listed, share.expires_at)
    async with conn.cursor(row_factory=opened) as cursor:
        row = await (await cursor.execute(query, (*about, *shown))).fetchone()
    if row is None:
        return None
    return row, token if row.token_hash == hash_of(token) else ""


async def get_share(conn: AsyncConnection[Any], thread_id: UUID, owner: str) -> ShareRow | None:
    """Return the share of the owner's thread, or `None`."""
    query = "SELECT * FROM shares WHERE thread_id = %s AND owner = %s"
    async with conn.cursor(row_factory=opened) as cursor:
        return await (await cursor.execute(query, (thread_id, owner))).fetchone()


async def delete_share(conn: AsyncConnection[Any], thread_id: UUID, owner: str) -> bool:
    """Revoke the share of the owner's thread; say whether there was one. What was taken down stays so."""
    query = """
        DELETE FROM shares WHERE thread_id = %s AND owner = %s AND taken_down_at IS NULL RETURNING share_id
    """
    return bool(await (await conn.execute(query, (thread_id, owner))).fetchall())


async def open_share(conn: AsyncConnection[Any], token: str) -> ShareRow | None:
    """Return what a link's token opens, or `None`."""
    query = f"SELECT * FROM shares WHERE token_hash = %s AND {OPEN}"  # noqa: S608
    async with conn.cursor(row_factory=opened) as cursor:
        return await (await cursor.execute(query, (hash_of(token),))).fetchone()


async def open_listed(conn: AsyncConnection[Any], share_id: UUID) -> ShareRow | None:
    """Return a story of the gallery, or `None`."""
    query = f"SELECT * FROM shares WHERE share_id = %s AND listed AND {OPEN}"  # noqa: S608
    async with conn.cursor(row_factory=opened) as cursor:
        return await (await cursor.execute(query, (share_id,))).fetchone()


async def list_gallery(
    conn: AsyncConnection[Any], genre: str, sort: Sort, limit: int, offset: int
) -> list[ShareRow]:
    """Return the stories of the gallery, of one genre if one is named."""
    query = sql.SQL(
        "SELECT * FROM shares WHERE listed AND {} {} ORDER BY {} LIMIT %(limit)s OFFSET %(offset)s"
    )
    of_genre = sql.SQL("AND genre = %(genre)s" if genre else "")
    values = {"genre": genre, "limit": limit, "offset": offset}
    async with conn.cursor(row_factory=opened) as cursor:
        await cursor.execute(query.format(sql.SQL(OPEN), of_genre, ORDER[sort]), values)
        return await cursor.fetchall()


async def list_genres(conn: AsyncConnection[Any], most: int) -> list[str]:
    """Return the genres of the gallery, the commonest first."""
    query = f"""
        SELECT genre FROM shares WHERE listed AND genre <> '' AND {OPEN}
        GROUP BY genre ORDER BY count(*) DESC, genre LIMIT %s
    """  # noqa: S608
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, (most,))).fetchall()


async def count_view(conn: AsyncConnection[Any], share_id: UUID) -> None:
    """Count somebody who reads a shared story."""
    await conn.execute("UPDATE shares SET views = views + 1 WHERE share_id = %s", (share_id,))


async def take_down(conn: AsyncConnection[Any], share_id: UUID) -> bool:
    """Close a share for good, whoever's it is; say whether there was one."""
    query = """
        UPDATE shares SET taken_down_at = coalesce(taken_down_at, now()), listed = false
        WHERE share_id = %s RETURNING share_id
    """
    return bool(await (await conn.execute(query, (share_id,))).fetchall())
