"""Which versions an owner's Ink stories have; the newest is the one that was put last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class InkStoryRow:
    """A version of an Ink story."""

    owner: str
    story_id: str
    version: str
    put_at: datetime


async def put_ink_story(conn: AsyncConnection[Any], owner: str, story_id: str, version: str) -> None:
    """Note a version as the story's newest, be it new or not."""
    query = """
        INSERT INTO ink_stories (owner, story_id, version) VALUES (%s, %s, %s)
        ON CONFLICT (owner, story_id, version) DO UPDATE SET put_at = clock_timestamp()
    """
    await conn.execute(query, (owner, story_id, version))


async def get_ink_story(
    conn: AsyncConnection[Any], owner: str, story_id: str, version: str = ""
) -> InkStoryRow | None:
    """Return a version of the owner's story, the newest when none is named, or `None`."""
    query = """
        SELECT * FROM ink_stories WHERE owner = %s AND story_id = %s AND (%s::text = '' OR version = %s)
        ORDER BY put_at DESC LIMIT 1
    """
    async with conn.cursor(row_factory=class_row(InkStoryRow)) as cursor:
        return await (await cursor.execute(query, (owner, story_id, version, version))).fetchone()


async def list_ink_stories(conn: AsyncConnection[Any], owner: str) -> list[InkStoryRow]:
    """Return the newest version of each of the owner's stories, by name."""
    query = """
        SELECT DISTINCT ON (story_id) * FROM ink_stories WHERE owner = %s ORDER BY story_id, put_at DESC
    """
    async with conn.cursor(row_factory=class_row(InkStoryRow)) as cursor:
        return await (await cursor.execute(query, (owner,))).fetchall()
