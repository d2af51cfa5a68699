"""The figures of creator sessions, and what they come to: of one owner's, or of everybody's where none is named."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, tuple_row

from domain.creator_figures import Figures

MOST = 20
Column = Literal["stage", "genre", "tone", "format"]
MINE = "(%(owner)s::text IS NULL OR owner = %(owner)s)"


@dataclass(frozen=True, slots=True)
class Totals:
    """What sessions come to together; the last two are `None` without anything to tell them from."""

    sessions: int
    completed: int
    rewrites_per_scene: float | None
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Read:
    """How many stories are shared, and how often they were read."""

    shared: int
    views: int


async def put_figures(
    conn: AsyncConnection[Any], thread_id: UUID, checkpoint_id: str, figures: Figures
) -> None:
    """Note a session's figures, unless those of a later state are there."""
    query = """
        INSERT INTO creator_figures
            (thread_id, owner, checkpoint_id, stage, genre, tone, format, scenes, rewrites, completed_at)
        SELECT thread_id, owner, %(checkpoint_id)s, %(stage)s, %(genre)s, %(tone)s, %(format)s, %(scenes)s,
               %(rewrites)s,
               CASE %(stage)s WHEN 'completed' THEN now() END
        FROM threads WHERE thread_id = %(thread_id)s
        ON CONFLICT (thread_id) DO UPDATE
        SET checkpoint_id = excluded.checkpoint_id, stage = excluded.stage, genre = excluded.genre,
            tone = excluded.tone, format = excluded.format, scenes = excluded.scenes, rewrites = excluded.rewrites,
            completed_at = coalesce(creator_figures.completed_at, excluded.completed_at)
        WHERE creator_figures.checkpoint_id < excluded.checkpoint_id
    """
    named = {"thread_id": thread_id, "checkpoint_id": checkpoint_id}
    await conn.execute(query, figures.model_dump() | named)


async def sum_up(conn: AsyncConnection[Any], owner: str | None) -> Totals:
    """Return what sessions come to."""
    query = f"""
        SELECT count(*) AS sessions, count(completed_at) AS completed,
               sum(rewrites)::float / nullif(sum(scenes), 0) AS rewrites_per_scene,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - created_at))
                   FILTER (WHERE completed_at IS NOT NULL) AS median_seconds
        FROM creator_figures JOIN threads USING (thread_id, owner) WHERE {MINE}
    """  # noqa: S608
    async with conn.cursor(row_factory=class_row(Totals)) as cursor:
        return await (await cursor.execute(query, {"owner": owner})).fetchone() or Totals(0, 0, None, None)


async def count_by(conn: AsyncConnection[Any], owner: str | None, column: Column) -> dict[str, int]:
    """Return how many sessions there are of each kind, the commonest first."""
    query = sql.SQL("""
        SELECT {column}, count(*) FROM creator_figures WHERE {mine} AND {column} <> ''
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s
    """).format(column=sql.Identifier(column), mine=sql.SQL(MINE))
    return await _counts(conn, query, owner)


async def count_read(conn: AsyncConnection[Any], owner: str | None) -> Read:
    """Return how many stories are shared, of either kind, and how often they were read."""
    query = f"""
        SELECT count(*) AS shared, coalesce(sum(views), 0)::bigint AS views
        FROM shares WHERE {MINE} AND taken_down_at IS NULL
    """  # noqa: S608
    async with conn.cursor(row_factory=class_row(Read)) as cursor:
        return await (await cursor.execute(query, {"owner": owner})).fetchone() or Read(0, 0)


async def views_by_genre(conn: AsyncConnection[Any], owner: str | None) -> dict[str, int]:
    """Return how often shared stories of each genre were read, the most read first."""
    query = sql.SQL("""
        SELECT genre, sum(views)::bigint FROM shares WHERE {} AND genre <> '' AND taken_down_at IS NULL
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s
    """).format(sql.SQL(MINE))
    return await _counts(conn, query, owner)


async def _counts(conn: AsyncConnection[Any], query: sql.Composed, owner: str | None) -> dict[str, int]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, {"owner": owner, "most": MOST})
        return {str(name): int(count) for name, count in await cursor.fetchall()}
