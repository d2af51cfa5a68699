"""Bring a database up to date: the job queue's and LangGraph's tables, then our numbered SQL files."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.store.postgres.aio import AsyncPostgresStore
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from server.db.errors import MigrationChanged

MIGRATIONS = Path(__file__).parent / "migrations"
QUEUE_MIGRATIONS = Path(SchemaManager.get_migrations_path())
LOCK = 7_302_117_046
PAUSE = 0.05
RECORD = """
CREATE TABLE IF NOT EXISTS fabula_migrations (
    name       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
APPLIED = "INSERT INTO fabula_migrations (name, sha256) VALUES (%s, %s)"


async def migrate(url: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing and return its names; any number of processes may do this at once.

    Each file runs in a transaction of its own, which also records it. Raises `MigrationChanged` when a file
    that was applied has another content now.
    """
    connection = await AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
    async with connection as conn, locked(conn):
        await conn.execute(RECORD)
        await _apply_queue(conn)
        await AsyncPostgresSaver(conn).setup()
        await AsyncPostgresStore(conn).setup()
        return await _apply_missing(conn, folder)


@contextlib.asynccontextmanager
async def locked(conn: AsyncConnection[DictRow]) -> AsyncIterator[None]:
    """Hold the migrations' lock.

    It is asked for again and again: the statement that waits for it would be a transaction that LangGraph's
    CREATE INDEX CONCURRENTLY waits for, for ever.
    """
    while not await _take(conn):  # noqa: ASYNC110
        await asyncio.sleep(PAUSE)
    try:
        yield
    finally:
        await conn.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


async def _take(conn: AsyncConnection[DictRow]) -> bool:
    row = await (await conn.execute("SELECT pg_try_advisory_lock(%s) AS taken", (LOCK,))).fetchone()
    return bool(row and row["taken"])


async def _apply_missing(conn: AsyncConnection[DictRow], folder: Path) -> list[str]:
    rows = await (await conn.execute("SELECT name, sha256 FROM fabula_migrations")).fetchall()
    recorded = {row["name"]: row["sha256"] for row in rows}
    applied = []
    for name, script in _scripts(folder):
        digest = hashlib.sha256(script).hexdigest()
        if recorded.get(name, digest) != digest:
            raise MigrationChanged(f"The migration {name} was applied and has been changed since.")
        if name not in recorded:
            await _apply(conn, name, script, digest)
            applied.append(name)
    return applied


async def _apply_queue(conn: AsyncConnection[DictRow]) -> None:
    """Make procrastinate's tables, or apply those of its migrations that are new."""
    query = "SELECT name FROM fabula_migrations WHERE name LIKE 'procrastinate/%'"
    recorded = {row["name"] for row in await (await conn.execute(query)).fetchall()}
    scripts = {f"procrastinate/{name}": script for name, script in _scripts(QUEUE_MIGRATIONS)}
    missing = {name: script for name, script in scripts.items() if name not in recorded}
    async with conn.transaction():
        if missing and not recorded:
            await conn.execute(SchemaManager.get_schema())
        for name, script in missing.items():
            if recorded:
                await conn.execute(script)
            await conn.execute(APPLIED, (name, hashlib.sha256(script).hexdigest()))


def _scripts(folder: Path) -> list[tuple[str, bytes]]:
    return [(file.stem, file.read_bytes()) for file in sorted(folder.glob("[0-9]*.sql"))]


async def _apply(conn: AsyncConnection[DictRow], name: str, script: bytes, digest: str) -> None:
    async with conn.transaction():
        await conn.execute(script)
        await conn.execute(APPLIED, (name, digest))
