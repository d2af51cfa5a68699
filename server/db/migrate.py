"""Bring a database up to date: the job queue's and LangGraph's tables, then our numbered SQL files."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.store.postgres.aio import AsyncPostgresStore
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection, sql
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
    that was applied has another content now. Where nothing is missing, nothing is needed but to read: the role
    that the server runs as may be one that can make no tables.
    """
    connection = await AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
    async with connection as conn:
        if await _up_to_date(conn, folder):
            return []
        return await _migrate(conn, folder)


async def _migrate(conn: AsyncConnection[DictRow], folder: Path) -> list[str]:
    async with locked(conn):
        await conn.execute(RECORD)
        await _apply_queue(conn)
        await AsyncPostgresSaver(conn).setup()
        await AsyncPostgresStore(conn).setup()
        return await _apply_missing(conn, folder)


async def _up_to_date(conn: AsyncConnection[DictRow], folder: Path) -> bool:
    """Say whether every table is as this version wants it. Raises `MigrationChanged`."""
    row = await (await conn.execute("SELECT to_regclass('fabula_migrations') AS made")).fetchone()
    if not row or not row["made"]:
        return False
    recorded = await _recorded(conn)
    ours = {name: _unchanged(recorded, name, script) for name, script in _scripts(folder)}
    queue = {f"procrastinate/{name}" for name, _ in _scripts(QUEUE_MIGRATIONS)}
    if not all(ours.values()) or queue - recorded.keys():
        return False
    return await _has_all(conn, "checkpoint_migrations", AsyncPostgresSaver) and await _has_all(
        conn, "store_migrations", AsyncPostgresStore
    )


async def _has_all(conn: AsyncConnection[DictRow], table: str, kind: Any) -> bool:
    """Say whether all of LangGraph's migrations of a kind were applied; it numbers them from 0."""
    query = sql.SQL("SELECT max(v) AS last FROM {}").format(sql.Identifier(table))
    row = await (await conn.execute(query)).fetchone()
    return row is not None and row["last"] == len(kind.MIGRATIONS) - 1


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
    recorded, applied = await _recorded(conn), []
    for name, script in _scripts(folder):
        if not _unchanged(recorded, name, script):
            await _apply(conn, name, script)
            applied.append(name)
    return applied


async def _recorded(conn: AsyncConnection[DictRow]) -> dict[str, str]:
    rows = await (await conn.execute("SELECT name, sha256 FROM fabula_migrations")).fetchall()
    return {row["name"]: row["sha256"] for row in rows}


def _unchanged(recorded: dict[str, str], name: str, script: bytes) -> bool:
    """Say whether the file was applied, as it is. Raises `MigrationChanged` when it was another."""
    if name in recorded and recorded[name] != hashlib.sha256(script).hexdigest():
        raise MigrationChanged(f"The migration {name} was applied and has been changed since.")
    return name in recorded


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


async def _apply(conn: AsyncConnection[DictRow], name: str, script: bytes) -> None:
    async with conn.transaction():
        await conn.execute(script)
        await conn.execute(APPLIED, (name, hashlib.sha256(script).hexdigest()))
