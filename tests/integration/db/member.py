"""A process that uses a folder's embedded Postgres: `member.py FOLDER`, then commands on stdin."""

import asyncio
import signal
import sys
from pathlib import Path

import structlog
from psycopg import AsyncConnection

from server.db.embedded import embedded
from server.db.errors import PostgresUnavailable
from server.db.patience import patiently


async def main(folder: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        async with embedded(Path(folder)) as url:
            say("ready")
            while command := (await asyncio.to_thread(sys.stdin.readline)).strip():
                say(await answer(url, command))
    except PostgresUnavailable as error:
        say(f"{type(error).__name__}: {error}".replace("\n", " | "))


async def answer(url: str, command: str) -> str:
    if command == "migrate":
        from server.db.migrate import migrate

        return ",".join(await migrate(url)) or "nothing"
    return await patiently(lambda: ask(url, command))


async def ask(url: str, query: str) -> str:
    async with await AsyncConnection.connect(url, autocommit=True) as conn:
        cursor = await conn.execute(query)
        return str((await cursor.fetchone())[0]) if cursor.description else "done"


def say(line: str) -> None:
    print(line, flush=True)


asyncio.run(main(sys.argv[1]))
