"""Secrets that are made once and shared by every process: keys to sign tokens and links with."""

import secrets
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

BYTES = 32


async def get_secret(conn: AsyncConnection[Any], name: str) -> bytes:
    """Return the secret of this name, 32 random bytes; it is made when it is first asked for."""
    made = "INSERT INTO secrets (name, secret) VALUES (%s, %s) ON CONFLICT DO NOTHING"
    await conn.execute(made, (name, secrets.token_bytes(BYTES)))
    async with conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute("SELECT secret FROM secrets WHERE name = %s", (name,))
        return bytes(await cursor.fetchone() or b"")
