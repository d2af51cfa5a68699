"""Encryption as the database sees it: what is sealed is found, opened when it is read, and its keys are noted."""

from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.rows import scalar_row
from psycopg.types.json import Jsonb, set_json_loads

from server.db import sealing
from server.db.errors import EncryptionKeyMissing
from server.db.sealing import SETTING, Keyring

PREFIX = "encryption:"


def open_json(conn: AsyncConnection[Any], keyring: Keyring) -> None:
    """Have what is sealed in the JSON that the connection reads opened."""
    if keyring.first:
        set_json_loads(keyring.loads, conn)


def holding(metadata: dict[str, Any]) -> tuple[sql.Composable, dict[str, Any]]:
    """Return `AND ...`, a condition on rows whose `metadata` contains this however it was sealed, and its values."""
    wanted = [[Jsonb(each) for each in either] for either in sealing.get().wanted(metadata)]
    values = {f"metadata_{place}": either for place, either in enumerate(wanted)}
    conditions = [sql.SQL(" AND metadata @> ANY ({})").format(sql.Placeholder(name)) for name in values]
    return sql.Composed(conditions), values


async def note_key(conn: AsyncConnection[Any], keyring: Keyring) -> None:
    """Note the key that seals from now on. Raises `EncryptionKeyMissing` when one that has sealed is not there."""
    query = "SELECT name FROM secrets WHERE starts_with(name, %s) ORDER BY made_at"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        noted = await (await cursor.execute(query, (PREFIX,))).fetchall()
    names = [name.removeprefix(PREFIX) for name in noted]
    if missing := [name for name in names if name not in keyring.keys]:
        raise EncryptionKeyMissing(
            f"{SETTING}: this database holds what was encrypted with the key {missing[0]}, which is not there; "
            "nothing is lost: add the key, behind the others if it is an old one"
        )
    if keyring.first and keyring.first.name not in names:
        query = "INSERT INTO secrets (name, secret) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        await conn.execute(query, (PREFIX + keyring.first.name, keyring.first.check))
