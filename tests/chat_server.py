"""An OpenAI-compatible chat server of another author, `@copilotkit/aimock`, which is told what to answer."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx2
import pytest

FOLDER = Path(__file__).parent / "aimock"
PROGRAM = FOLDER / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw9").removeprefix("gw"))
PORTS = cycle(range(10_000 + 2_000 * (WORKER % 10), 12_000 + 2_000 * (WORKER % 10)))
KEY = "sk-test-4f1c0d5e8a"


def free_port() -> int:
    """Return a port of this worker's own, below those that the system gives away by itself."""
    for port in PORTS:
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
    raise AssertionError


class ChatServer:
    """The server, seen from its control routes; `said` counts on in the order of the fixtures."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/v1"
        self._control = httpx2.Client(base_url=f"{url}/__aimock")

    def say(self, response: dict[str, Any] | str, *, match: dict[str, Any] | None = None, **how: Any) -> None:
        """Answer every matching request so; what was said first is tried first."""
        response = {"content": response} if isinstance(response, str) else response
        fixture = {"match": match or {}, "response": response, **how}
        answer = self._control.post("/fixtures", json={"fixtures": [fixture]})
        assert answer.status_code == 200, answer.text

    def say_in_turn(self, *responses: dict[str, Any] | str, match: dict[str, Any] | None = None) -> None:
        """Answer the first matching request with the first, the second with the second, and so on."""
        for place, response in enumerate(responses):
            self.say(response, match={**(match or {}), "sequenceIndex": place})

    def refuse(self, status: int, message: str, *, match: dict[str, Any] | None = None, **about: Any) -> None:
        self.say(failure(status, message, **about), match=match)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What was asked, oldest first: `body`, `headers`, `path`."""
        return list(self._control.get("/journal").json())

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [request["body"] for request in self.requests]

    def forget(self) -> None:
        self._control.post("/reset")

    def close(self) -> None:
        self._control.close()


def failure(status: int, message: str, *, retry_after: int = 0, **about: Any) -> dict[str, Any]:
    return {"error": {"message": message, **about}, "status": status, "retryAfter": retry_after}


@pytest.fixture(scope="session")
def aimock() -> Iterator[ChatServer]:
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is missing: the chat server of the tests needs it")
    if not PROGRAM.exists():
        pytest.skip("the chat server of the tests is not installed: npm ci --prefix tests/aimock")
    port = free_port()
    command = [
        node,
        str(PROGRAM),
        "-p",
        str(port),
        "-f",
        str(FOLDER / "fixtures.json"),
        "--log-level",
        "silent",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    server = ChatServer(f"http://127.0.0.1:{port}")
    try:
        wait_until_it_answers(process, f"http://127.0.0.1:{port}/health")
        yield server
    finally:
        server.close()
        process.terminate()
        process.communicate(timeout=10)


def wait_until_it_answers(process: subprocess.Popen[str], url: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"the chat server ended: {process.communicate()[0]}"
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the chat server does not answer on {url}")


@pytest.fixture
def openai_settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing of the caller's own is set."""
    for name in (
        "OPENAI_API_BASE OPENAI_ORG_ID OPENAI_ORGANIZATION OPENAI_PROXY FABULA_MODEL FABULA_MODEL_RETRIES "
        "FABULA_MODEL_TIMEOUT HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy"
    ).split():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return monkeypatch


@pytest.fixture
def server(aimock: ChatServer, openai_settings: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """The chat server, with nothing to say yet; `openai:...` leads to it."""
    openai_settings.setenv("OPENAI_BASE_URL", aimock.url)
    yield aimock
    aimock.forget()
