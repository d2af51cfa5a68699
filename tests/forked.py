"""Programs as processes of their own that need not import everything again: they are forked from one that has.

Each is what `python -m MODULE ARGUMENT...` would be, with a pid, a session, an environment and streams of its own. On
two cores, importing a server takes as long as most of what a test has it do.
"""

import asyncio
import atexit
import os
import runpy
import signal
import sys
from asyncio.streams import FlowControlMixin, StreamReader, StreamReaderProtocol, StreamWriter
from collections.abc import Mapping
from io import TextIOWrapper
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

FORKS = get_context("forkserver")
# What may not be here is what is run itself, `server.cli`.
FORKS.set_forkserver_preload(
    """
    uvicorn.loops.uvloop uvicorn.protocols.http.httptools_impl graphs.agent graphs.creator graphs.story books.epub
    books.pdf server.app server.administration server.book server.create server.edit server.local server.play
    server.remote server.serve server.write bench.served.measured tests.integration.runs.graphs
    """.split()
)
LIMIT = 2**24


class Forked:
    """A process, with the part of asyncio's own `Process` that tests use."""

    def __init__(
        self, process: Any, stdin: StreamWriter | None, stdout: StreamReader, stderr: StreamReader
    ) -> None:
        self._process = process
        self.pid: int = process.pid
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr

    @property
    def returncode(self) -> int | None:
        """How it ended, the negative number of the signal that killed it, `None` while it lives."""
        code: int | None = self._process.exitcode
        return code

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        loop, sentinel, news = asyncio.get_running_loop(), self._process.sentinel, asyncio.Event()
        while (code := self.returncode) is None:
            loop.add_reader(sentinel, news.set)
            try:
                await news.wait()
            finally:
                loop.remove_reader(sentinel)
        return code

    async def communicate(self) -> tuple[bytes, bytes]:
        """Close its input and return what it printed to its end."""
        if self.stdin:
            self.stdin.close()
        out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, err


async def start(
    module: str, *arguments: str, cwd: Path, env: Mapping[str, str], typed: bool = False
) -> Forked:
    """Start `python -m MODULE ARGUMENT...`; it leads a process group of its own. With `typed` it has an input."""
    (given, stdin), (stdout, out), (stderr, err) = (os.pipe() for _ in range(3))
    ends = [Connection(end) for end in (given, out, err)]
    told = [os.fsdecode(each) for each in arguments]
    about = (module, told, str(cwd), dict(env), *ends)
    process = FORKS.Process(target=be, args=about, daemon=True)
    process.start()
    for end in ends:
        end.close()
    if typed:
        writer = await written(stdin)
    else:
        os.close(stdin)
    return Forked(process, writer if typed else None, await read(stdout), await read(stderr))


def be(module: str, arguments: list[str], cwd: str, env: dict[str, str], *streams: Connection) -> None:
    """Become the program."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (unbuffered(number) for number in (1, 2))
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()


def unbuffered(number: int) -> TextIOWrapper:
    file = os.fdopen(number, "wb", 0, closefd=False)
    return TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", write_through=True)


async def read(end: int) -> StreamReader:
    reader = StreamReader(LIMIT)
    protocol = StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(end, "rb", 0))
    return reader


async def written(end: int) -> StreamWriter:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(FlowControlMixin, os.fdopen(end, "wb", 0))
    return StreamWriter(transport, protocol, None, loop)
