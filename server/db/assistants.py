"""Assistants: a graph by another name. Each graph has one of the system's, which everybody sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

# LangGraph's servers derive the id of a graph's assistant so; clients keep such ids.
NAMESPACE = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")
SORTED_BY = ("assistant_id", "graph_id", "name", "created_at", "updated_at")
FOUND = """
    (owner = %(owner)s OR owner IS NULL AND graph_id = ANY (%(graphs)s))
    AND (%(graph_id)s::text IS NULL OR graph_id = %(graph_id)s)
    AND (%(name)s::text IS NULL OR name ILIKE '%%' || %(name)s || '%%')
    AND metadata @> %(metadata)s
"""


@dataclass(frozen=True, slots=True)
class AssistantRow:
    """An assistant as it is stored; without an owner it is the system's."""

    assistant_id: UUID
    graph_id: str
    owner: str | None
    name: str
    description: str | None
    config: dict[str, Any]
    context: dict[str, Any]
    metadata: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class AssistantFilter:
    """Which assistants are meant: the owner's, and the system's of these graphs."""

    owner: str
    graphs: list[str]
    graph_id: str | None = None
    name: str | None = None
    metadata: dict[str, Any] | None = None

    def values(self) -> dict[str, Any]:
        given = {"owner": self.owner, "graphs": self.graphs, "graph_id": self.graph_id, "name": self.name}
        return given | {"metadata": Jsonb(self.metadata or {})}


def assistant_id_of(graph_id: str) -> UUID:
    """Return the id of a graph's own assistant."""
    return uuid5(NAMESPACE, graph_id)


async def install_assistants(conn: AsyncConnection[Any], graphs: Mapping[str, str | None]) -> None:
    """Make the system's assistant of each graph that has none yet; `graphs` holds their descriptions."""
    query = """
        INSERT INTO assistants (assistant_id, graph_id, name, description, metadata)
        SELECT *, '{"created_by": "system"}'::jsonb FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[])
        ON CONFLICT (assistant_id) DO UPDATE SET description = excluded.description
    """
    names = list(graphs)
    ids = [assistant_id_of(name) for name in names]
    await conn.execute(query, (ids, names, names, list(graphs.values())))


async def get_assistant(conn: AsyncConnection[Any], assistant_id: UUID, owner: str) -> AssistantRow | None:
    """Return the owner's or the system's assistant, or `None`."""
    query = "SELECT * FROM assistants WHERE assistant_id = %s AND (owner = %s OR owner IS NULL)"
    async with conn.cursor(row_factory=class_row(AssistantRow)) as cursor:
        return await (await cursor.execute(query, (assistant_id, owner))).fetchone()


async def search_assistants(
    conn: AsyncConnection[Any],
    found: AssistantFilter,
    *,
    limit: int = 10,
    offset: int = 0,
    sort_by: str = "created_at",
    descending: bool = True,
) -> list[AssistantRow]:
    """Return assistants, sorted by one of `SORTED_BY`."""
    query = sql.SQL(
        "SELECT * FROM assistants WHERE {} ORDER BY {} {}, assistant_id LIMIT {} OFFSET {}"
    ).format(sql.SQL(FOUND), sql.Identifier(sort_by), sql.SQL("DESC" if descending else "ASC"), limit, offset)
    async with conn.cursor(row_factory=class_row(AssistantRow)) as cursor:
        return await (await cursor.execute(query, found.values())).fetchall()


async def count_assistants(conn: AsyncConnection[Any], found: AssistantFilter) -> int:
    """Return how many assistants there are."""
    query = sql.SQL("SELECT count(*) FROM assistants WHERE {}").format(sql.SQL(FOUND))
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return int(await (await cursor.execute(query, found.values())).fetchone() or 0)
