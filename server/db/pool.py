"""Connections: the pool that everything shares, and the one way to get a database."""

import contextlib
import os
import select
from collections.abc import AsyncIterator
from typing import Any, TypeAlias
from urllib.parse import quote

from psycopg import AsyncConnection, Error, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from server.db import sealing
from server.db.embedded import embedded
from server.db.encryption import note_key, open_json
from server.db.errors import DatabaseUrlInvalid, PostgresUnavailable
from server.db.migrate import migrate
from server.db.patience import patiently

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[DictRow]]

CONNECTS_WITHIN = 10
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


@contextlib.asynccontextmanager
async def open_pool(url: str, *, min_size: int = 1, max_size: int = 10) -> AsyncIterator[Pool]:
    """Yield a pool of connections that commit each statement and return rows as dicts."""
    options = {"row_factory": dict_row, "prepare_threshold": 0, **KEEPALIVES}
    pool: Pool = AsyncConnectionPool(
        url,
        kwargs=options,
        min_size=min_size,
        max_size=max_size,
        configure=prepare,
        check=still_open,
        open=False,
    )
    async with pool:
        yield pool


async def prepare(conn: AsyncConnection[Any]) -> None:
    """Commit each statement, and open what is sealed.

    That is not among the pool's options: procrastinate adds `autocommit` to them a second time.
    """
    await conn.set_autocommit(True)
    open_json(conn, sealing.get())


async def still_open(conn: AsyncConnection[Any]) -> None:
    """Raise when the server has closed the connection, so that the pool takes another.

    A server that ends says so, and what it said waits in the socket: looking there takes a microsecond, and
    `AsyncConnectionPool.check_connection` a round trip. One that vanished unheard is the keepalives' matter.
    """
    waiting = select.poll()
    waiting.register(conn.fileno(), select.POLLIN)
    while waiting.poll(0):
        conn.pgconn.consume_input()


@contextlib.asynccontextmanager
async def connect(url: str | None = None, *, min_size: int = 1, max_size: int = 10) -> AsyncIterator[Pool]:
    """Yield a pool on an up-to-date database: the one at `url` or `DATABASE_URL`, else the embedded one."""
    keyring = sealing.get()
    async with database(url) as address:
        await patiently(lambda: migrate(address))
        async with open_pool(address, min_size=min_size, max_size=max_size) as pool:
            async with pool.connection() as conn:
                await note_key(conn, keyring)
            yield pool


@contextlib.asynccontextmanager
async def database(url: str | None = None) -> AsyncIterator[str]:
    """Yield the address of a database that answers: `url`, `DATABASE_URL`, or the embedded one."""
    if address := url or os.environ.get("DATABASE_URL"):
        await check_address(address)
        yield address
    else:
        async with embedded() as address:
            yield address


async def check_address(url: str) -> None:
    """Connect once; raise `PostgresUnavailable` that says what is wrong, without the password."""
    parts = parse(url)
    try:
        conn = await AsyncConnection.connect(url, connect_timeout=CONNECTS_WITHIN)
    except Error as error:
        where = f"{parts.get('host', 'the local socket')}, database {parts.get('dbname', 'of the user')}"
        reason = without(str(parts.get("password", "")), str(error))
        raise PostgresUnavailable(f"DATABASE_URL: Postgres at {where} cannot be used: {reason}") from None
    await conn.close()


def parse(url: str) -> dict[str, Any]:
    """Return the parts of a Postgres address.

    Raises `DatabaseUrlInvalid`, which quotes none of it: a password with an @ or / that is not encoded is
    read as part of the host or the port.
    """
    try:
        parts = conninfo_to_dict(url)
    except (ProgrammingError, UnicodeDecodeError):
        raise DatabaseUrlInvalid from None
    ports = str(parts.get("port") or "0").split(",")
    if "@" in f"{parts.get('host', '')}{parts.get('dbname', '')}" or not all(
        port.isdecimal() for port in ports
    ):
        raise DatabaseUrlInvalid
    return parts


def without(secret: str, text: str) -> str:
    """Return the text with the secret struck out, as it is and as it stands in a URL."""
    for form in filter(None, (secret, quote(secret), quote(secret, safe=""))):
        text = text.replace(form, "***")
    return text
