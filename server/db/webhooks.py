"""Webhooks that are still to be called: a row each, until it was taken or given up."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from server.db import sealing


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook that this process calls now; `attempts` counts this one."""

    run_id: UUID
    thread_id: UUID
    owner: str
    url: str
    attempts: int


async def add_webhook(conn: AsyncConnection[Any], run_id: UUID, url: str) -> None:
    """Have the address called when the run has ended."""
    query = "INSERT INTO webhooks (run_id, url) VALUES (%s, %s) ON CONFLICT DO NOTHING"
    await conn.execute(query, (run_id, sealing.get().seal_text(url)))


async def take_webhooks(conn: AsyncConnection[Any], pause: float, most: int) -> list[WebhookRow]:
    """Return webhooks of runs that have ended; no other process gets them before a pause, each longer than the last."""
    query = """
        UPDATE webhooks w SET attempts = attempts + 1, due_at = now() + %s * 3 ^ attempts * interval '1 second'
        FROM runs r WHERE r.run_id = w.run_id AND w.run_id IN (
            SELECT run_id FROM webhooks JOIN runs USING (run_id)
            WHERE webhooks.due_at <= now() AND settled_at IS NOT NULL
            ORDER BY webhooks.due_at LIMIT %s FOR UPDATE OF webhooks SKIP LOCKED)
        RETURNING w.run_id, r.thread_id, r.owner, w.url, w.attempts
    """
    async with conn.cursor(row_factory=class_row(WebhookRow)) as cursor:
        rows = await (await cursor.execute(query, (pause, most))).fetchall()
    return [replace(row, url=sealing.get().open_text(row.url)) for row in rows]


async def delete_webhook(conn: AsyncConnection[Any], run_id: UUID) -> None:
    """Call it no more."""
    await conn.execute("DELETE FROM webhooks WHERE run_id = %s", (run_id,))
