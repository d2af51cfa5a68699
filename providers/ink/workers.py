"""Worker processes in which inkjs and bink run, so that a hostile story can end only its worker.

bink aborts its process when memory runs out, and neither it nor V8 can be interrupted for certain from inside.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from queue import Empty, LifoQueue
from typing import IO, Any

from providers.ink.errors import InkError

START_SECONDS = 20.0
LONGEST_ANSWER = 32_000_000


class WorkerDied(Exception):
    """The worker was ended: it ran out of time or memory, or crashed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Refused(InkError):
    """The worker's engine refused what it was asked."""


class WorkerNotStarted(InkError):
    """A worker for Ink could not be started: are bink and mini-racer installed?"""


class Worker:
    """One process that answers one request at a time, a line of JSON for a line of JSON."""

    def __init__(self, kind: str) -> None:
        paths = os.pathsep.join(path or os.curdir for path in sys.path)
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "providers.ink.worker", kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": paths, "RUST_BACKTRACE": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
        )
        self._late = False
        try:
            self._exchange(b"{}\n", START_SECONDS)
        except WorkerDied:
            self.close()
            raise WorkerNotStarted from None

    def ask(self, request: dict[str, Any], seconds: float) -> Any:
        """Return the worker's answer. Raises `WorkerDied`, after which the worker is of no more use."""
        line = json.dumps({**request, "seconds": seconds}).encode() + b"\n"
        return json.loads(self._exchange(line, seconds))

    def _exchange(self, line: bytes, seconds: float) -> bytes:
        alarm = threading.Timer(seconds, self._give_up)
        alarm.start()
        try:
            pipe(self._process.stdin).write(line)
            pipe(self._process.stdin).flush()
            answer = pipe(self._process.stdout).readline(LONGEST_ANSWER)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        finally:
            alarm.cancel()
        if not answer.endswith(b"\n"):
            raise WorkerDied("took too long" if self._late else "used too much memory or failed")
        return answer

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def alive(self) -> bool:
        """Tell whether the process is there."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe(stream).close()


class Workers:
    """Up to `size` workers of one kind, started when needed; whoever asks waits for a free one."""

    def __init__(self, kind: str, size: int) -> None:
        self._kind, self._idle = kind, LifoQueue[Worker]()
        self._free = threading.BoundedSemaphore(size)
        atexit.register(self.close)

    def ask(self, request: dict[str, Any], seconds: float) -> Any:
        """Have a worker answer. Raises `WorkerDied`, or `Refused` with the engine's own words."""
        with self._free:
            worker = self._take()
            try:
                answer = worker.ask(request, seconds)
            except BaseException:
                worker.close()
                raise
            if answer.get("spent"):
                worker.close()
            else:
                self._idle.put(worker)
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["answer"]

    def _take(self) -> Worker:
        with suppress(Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker.alive():
                    return worker
                worker.close()
        return Worker(self._kind)

    def close(self) -> None:
        """End the workers that have nothing to do."""
        while not self._idle.empty():
            self._idle.get_nowait().close()


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Return a stream that was opened as a pipe."""
    if stream is None:
        raise ValueError("no pipe")
    return stream


COMPILING = Workers("compile", 1)
PLAYING = Workers("play", 2)
