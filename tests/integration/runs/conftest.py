"""Engines on a database of the test's own."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from server.db.pool import Pool, open_pool
from server.db.threads import create_thread
from server.runs.engine import Engine
from server.runs.models import RunCreate
from tests import forked
from tests.forked import Forked
from tests.integration.runs.graphs import GRAPHS

ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, max_size=8) as pool:
        yield pool


@pytest_asyncio.fixture
async def start(pool: Pool) -> AsyncIterator[Callable[..., Any]]:
    """Start an engine in this process."""
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> Engine:
            return await stack.enter_async_context(Engine(pool, GRAPHS, **options))

        yield start


@pytest_asyncio.fixture
async def engine(start: Callable[..., Any]) -> Engine:
    return await start()


@pytest.fixture
def new_run(pool: Pool) -> Callable[..., Any]:
    """Make what creates a run, on a new thread unless one is named."""

    async def new_run(graph_id: str, thread_id: UUID | None = None, **given: Any) -> RunCreate:
        if thread_id is None:
            async with pool.connection() as conn:
                thread_id = (await create_thread(conn, graph_id=graph_id, owner="ann")).thread_id
        given = {"input": {"steps": []}, "durability": "sync"} | given
        return RunCreate(thread_id=thread_id, graph_id=graph_id, owner="ann", **given)

    return new_run


@dataclass
class Member:
    """A process with an engine."""

    process: Forked

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ask(self, *words: object) -> Any:
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        return json.loads(await self.process.stdout.readline())

    async def follow(self, *words: object) -> list[Any]:
        """Return what the process tells line by line until it dies."""
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        return [json.loads(line) async for line in self.process.stdout]

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@dataclass
class Team:
    """Processes on one database, and the log that the graphs' nodes write."""

    address: str
    log: Path
    members: list[Member] = field(default_factory=list)

    async def start(self, slots: int = 4, address: str = "", **settings: str) -> Member:
        """Start a process; return when its engine is ready."""
        environment = {"TEST_LOG": str(self.log), "PYTHONPATH": str(ROOT), **settings}
        program, given = "tests.integration.runs.program", (address or self.address, str(slots))
        process = await forked.start(program, *given, cwd=ROOT, env=os.environ | environment, typed=True)
        member = Member(process)
        self.members.append(member)
        assert await process.stdout.readline() == f"ready {process.pid}\n".encode()
        return member

    def of(self, pid: int) -> Member:
        return next(member for member in self.members if member.pid == pid)

    def lines(self, words: str = "") -> list[list[str]]:
        """The log's lines that begin so: the words, the pid, the time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.rsplit(" ", 2) for line in lines if line.rsplit(" ", 2)[0].startswith(words)]

    async def until(self, words: str, times: int = 1) -> Member:
        """Wait until the log says so for this time; return the process that wrote it."""
        async with asyncio.timeout(20):
            while len(self.lines(words)) < times:
                await asyncio.sleep(0.005)
        return self.of(int(self.lines(words)[times - 1][1]))


@pytest_asyncio.fixture
async def team(database_url: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with await AsyncConnection.connect(database_url, autocommit=True) as conn:
        await conn.execute("CREATE TABLE charges (run_id uuid, status text)")
    team = Team(database_url, tmp_path / "nodes.log")
    yield team
    for member in team.members:
        if member.process.returncode is None:
            await member.kill()
        print((await member.process.stderr.read()).decode())


@pytest_asyncio.fixture
async def observer(start: Callable[..., Any]) -> Engine:
    """An engine that executes nothing itself."""
    return await start(slots={})
