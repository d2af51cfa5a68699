"""A process with an engine: `program.py ADDRESS SLOTS`. It says `ready`, and ends when its stdin does."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from server.db.pool import open_pool
from server.runs.engine import Engine
from server.runs.models import Event, RunRow
from tests.integration.runs.graphs import GRAPHS


async def charge(conn: AsyncConnection[Any], run: RunRow, status: str) -> None:
    await conn.execute("INSERT INTO charges VALUES (%s, %s)", (run.run_id, status))


async def main(address: str, slots: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    async with (
        open_pool(address, max_size=8) as pool,
        Engine(pool, GRAPHS, slots={"default": slots}, on_settle=[charge]) as engine,
    ):
        print("ready", os.getpid(), flush=True)
        commands = asyncio.create_task(answer(engine))
        await asyncio.wait([commands, asyncio.create_task(ending.wait())], return_when="FIRST_COMPLETED")
    os._exit(0)


async def answer(engine: Engine) -> None:
    """Answer `THREAD RUN AFTER` with the events' numbers and names; with a fourth word each as it comes.

    The process dies the moment that it has handed out an event with that word in it.
    """
    while line := await asyncio.to_thread(sys.stdin.readline):
        thread_id, run_id, after, *deadly = line.split()
        stream = engine.stream(UUID(thread_id), "ann", after=int(after), run_id=UUID(run_id))
        if deadly:
            await tell(stream, deadly[0].encode())
        else:
            seen = [(event.seq, event.event) async for event in stream]
            print(json.dumps(seen), flush=True)


async def tell(stream: AsyncIterator[Event], deadly: bytes) -> None:
    async for event in stream:
        print(json.dumps((event.seq, event.event, event.data.decode())), flush=True)
        if deadly in event.data:
            os.kill(os.getpid(), signal.SIGKILL)


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
