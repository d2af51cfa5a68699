"""`langgraph dev` as a user starts it, in a folder of its own, so that its state stays out of the repository."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.chat_server import free_port

REPOSITORY = Path(__file__).parent.parent
LANGGRAPH = Path(sys.executable).parent / "langgraph"


class DevServer:
    """The running server; `output` is what it has said so far."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self.log = url, log

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def get(self, path: str) -> Any:
        return httpx2.get(f"{self.url}{path}", timeout=30).raise_for_status().json()


@contextmanager
def dev_server(folder: Path, graphs: dict[str, Path] | None = None, **settings: str) -> Iterator[DevServer]:
    """Start `langgraph dev` with the repository's graphs, and further ones; blocking calls are refused."""
    for name in ("graphs", "nodes", "domain", "prompts", "providers"):
        (folder / name).symlink_to(REPOSITORY / name)
    config = json.loads((REPOSITORY / "langgraph.json").read_text(encoding="utf-8"))
    config["graphs"] |= {name: f"{path}:graph" for name, path in (graphs or {}).items()}
    (folder / "langgraph.json").write_text(json.dumps(config), encoding="utf-8")
    with started(folder, **settings) as server:
        yield server


@contextmanager
def started(folder: Path, *options: str, **settings: str) -> Iterator[DevServer]:
    """Start `langgraph dev` with the `langgraph.json` of a folder."""
    port, log = free_port(), folder / "output.txt"
    command = [str(LANGGRAPH), "dev", "--no-browser", "--no-reload", "--port", str(port), *options]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(settings), stdout=out, stderr=out, start_new_session=True
        )
    server = DevServer(f"http://127.0.0.1:{port}", log)
    try:
        wait_until_it_answers(process, server)
        yield server
    finally:
        stop(process)


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Return the caller's environment without what would lead anywhere, telemetry off."""
    apart = ("OPENAI", "LANGSMITH", "LANGCHAIN", "LANGGRAPH", "FABULA", "LANGSERVE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(apart)}
    return (
        kept | {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false", "NO_COLOR": "1"} | settings
    )


def wait_until_it_answers(process: subprocess.Popen[bytes], server: DevServer, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"langgraph dev ended:\n{server.output}"
        try:
            if httpx2.get(f"{server.url}/ok").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"langgraph dev does not answer:\n{server.output}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and what it started."""
    group = process.pid
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, how)
            process.wait(timeout=15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
