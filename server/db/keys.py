"""API keys: shown once when they are made, kept as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

PREFIX = "fab_"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key as it is stored."""

    key_hash: str
    owner: str
    name: str
    admin: bool
    created_at: datetime
    revoked_at: datetime | None


def hash_of(key: str) -> str:
    """Return the SHA-256 of a key. A key has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


async def create_key(conn: AsyncConnection[Any], owner: str, *, name: str = "", admin: bool = False) -> str:
    """Make a key for an owner and return it; nobody can read it again."""
    key = PREFIX + secrets.token_urlsafe(32)
    query = "INSERT INTO api_keys (key_hash, owner, name, admin) VALUES (%s, %s, %s, %s)"
    await conn.execute(query, (hash_of(key), owner, name, admin))
    return key


async def find_key(conn: AsyncConnection[Any], key: str) -> KeyRow | None:
    """Return the key's row, or `None` when there is none or it was revoked."""
    query = "SELECT * FROM api_keys WHERE key_hash = %s AND revoked_at IS NULL"
    async with conn.cursor(row_factory=class_row(KeyRow)) as cursor:
        return await (await cursor.execute(query, (hash_of(key),))).fetchone()


async def list_keys(conn: AsyncConnection[Any]) -> list[KeyRow]:
    """Return every key's row, newest first."""
    async with conn.cursor(row_factory=class_row(KeyRow)) as cursor:
        return await (await cursor.execute("SELECT * FROM api_keys ORDER BY created_at DESC")).fetchall()


async def revoke_keys(conn: AsyncConnection[Any], owner: str) -> int:
    """Revoke all keys of an owner and return how many there were."""
    query = "UPDATE api_keys SET revoked_at = now() WHERE owner = %s AND revoked_at IS NULL"
    return (await conn.execute(query, (owner,))).rowcount


async def any_keys(conn: AsyncConnection[Any]) -> bool:
    """Whether a key is in force: from then on every caller needs one."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        query = "SELECT EXISTS (SELECT FROM api_keys WHERE revoked_at IS NULL)"
        return bool(await (await cursor.execute(query)).fetchone())
