"""The servers that are measured, each a process of its own: started, looked at, stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from urllib.error import URLError
from urllib.request import urlopen

from tests.chat_server import free_port
from tests.dev_server import LANGGRAPH, environment

ROOT = Path(__file__).parent.parent
SERVED = Path(__file__).parent / "served"
TICKS = os.sysconf("SC_CLK_TCK")
OURS = {
    "FABULA_RATE": "1000000/minute",
    "FABULA_DEFAULT_SLOTS": "200",
    "FABULA_INTERACTIVE_SLOTS": "200",
}
DEV = ("--n-jobs-per-worker", "200", "--allow-blocking", "--no-browser", "--no-reload")


class Server:
    """A running server."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], port: int) -> None:
        self.name, self.process, self.port = name, process, port

    def pids(self) -> list[int]:
        """Return the server's process and all that it started."""
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found

    def cpu(self) -> float:
        """Return the CPU seconds that the server has used."""
        return sum(sum(map(int, stat(pid)[11:13])) for pid in self.pids()) / TICKS

    def memory(self) -> float:
        """Return the resident memory in MB."""
        lines = [line for pid in self.pids() for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the third on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def ours(folder: Path, database: str, name: str = "ours") -> "contextmanager[Server]":
    config = str(SERVED / "langgraph.json")
    command = [sys.executable, "-m", "server.cli", "serve", "--config", config, "--port"]
    return started(name, command, folder, DATABASE_URL=database, **OURS)


def floor(folder: Path, database: str) -> "contextmanager[Server]":
    return started("floor", [sys.executable, "-m", "bench.floor"], folder, DATABASE_URL=database)


def dev(folder: Path) -> "contextmanager[Server]":
    """Start `langgraph dev` on a copy of the graphs: it keeps its state beside them."""
    return started("dev", [str(LANGGRAPH), "dev", *DEV, "--port"], copytree(SERVED, folder / "served"))


@contextmanager
def started(name: str, command: list[str], folder: Path, **settings: str) -> Iterator[Server]:
    """Start a server on a free port; stop it in the end."""
    port, log = free_port(), folder / f"{name}.log"
    told = environment({"PYTHONPATH": str(ROOT), **settings})
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, str(port)], cwd=folder, env=told, stdout=out, stderr=out, start_new_session=True
        )
    try:
        wait_until_it_answers(process, port, log)
        yield Server(name, process, port)
    finally:
        stop(process)


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            with urlopen(f"http://127.0.0.1:{port}/ok"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and what it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
