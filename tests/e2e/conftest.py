"""The command line as its users have it: a process of its own, an empty home."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest_asyncio

from tests import forked
from tests.forked import Forked

ROOT = Path(__file__).parents[2]
FOREIGN = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DATABASE_URL", "FABULA_MODEL", "FABULA_PACE")


@dataclass
class Ended:
    """What a process printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Home:
    """An empty folder in which `fabula` runs, with a Postgres of its own."""

    folder: Path
    running: list[Process | Forked] = field(default_factory=list)

    @property
    def log(self) -> list[str]:
        """The calls that the scripted model was asked for, in order, over all processes."""
        path = self.folder / "calls.log"
        return path.read_text().splitlines() if path.exists() else []

    def environment(self, **extra: str) -> dict[str, str]:
        base = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        own = {"FABULA_HOME": str(self.folder / "home"), "TEST_LOG": str(self.folder / "calls.log")}
        return base | own | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "100"} | extra

    async def start(
        self, *arguments: str, program: str = "tests.e2e.program", typed: bool = False, **extra: str
    ) -> Forked:
        """Start a command; it leads a process group of its own. With `typed` it can be typed to."""
        environment = self.environment(**extra)
        process = await forked.start(program, *arguments, cwd=self.folder, env=environment, typed=typed)
        self.running.append(process)
        return process

    async def run(self, *arguments: str, **extra: str) -> Ended:
        """Run a command to its end."""
        return await ended(await self.start(*arguments, **extra))

    async def offline(self, *arguments: str, **extra: str) -> Ended:
        """Run a command to its end with the model that a user has without a key."""
        return await self.run(*arguments, program="server.cli", **extra)

    async def until(self, call: str) -> None:
        """Wait until the model was asked for this."""
        async with asyncio.timeout(30):
            while call not in self.log:
                await asyncio.sleep(0.02)


async def ended(process: Process | Forked) -> Ended:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest_asyncio.fixture
async def home() -> AsyncIterator[Home]:
    with TemporaryDirectory(prefix="fabula-home-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Home(Path(folder))
        yield home
        for process in home.running:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()
