"""What the products ask of a thread's runs; all else about runs is the engine's."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from server.runs.models import RunRow


async def newest_run(conn: AsyncConnection[Any], thread_id: UUID, but: UUID | None = None) -> RunRow | None:
    """Return the thread's newest run, this one left out, or `None`."""
    query = """
        SELECT * FROM runs WHERE thread_id = %s AND run_id IS DISTINCT FROM %s ORDER BY number DESC LIMIT 1
    """
    async with conn.cursor(row_factory=class_row(RunRow)) as cursor:
        return await (await cursor.execute(query, (thread_id, but))).fetchone()
