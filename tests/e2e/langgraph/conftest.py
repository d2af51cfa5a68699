"""Our server as its users start it, and `langgraph dev` beside it, with the same graphs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from server.db.keys import create_key
from server.db.pool import open_pool
from tests.chat_server import free_port
from tests.database import address, new_database
from tests.dev_server import DevServer, environment, started

ROOT = Path(__file__).parents[3]
SERVED = Path(__file__).parent / "served"


@contextmanager
def running(database: str, folder: Path, config: Path, port: int = 0, **settings: str) -> Iterator[str]:
    """Start `fabula serve` with the graphs of a config; yield its address."""
    port, log = port or free_port(), folder / "server.txt"
    url = f"http://127.0.0.1:{port}"
    own = {"DATABASE_URL": database, "FABULA_RATE": "100000/minute", "PYTHONPATH": str(ROOT)}
    own["FABULA_ENCRYPTION_KEYS"] = os.environ.get("FABULA_ENCRYPTION_KEYS", "")
    command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port), "--config", str(config)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(own | settings),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_until_it_answers(process, url, log)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        print(log.read_text(encoding="utf-8", errors="replace")[-20_000:])


def wait_until_it_answers(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            if httpx2.get(f"{url}/ok").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))


def copy_config(folder: Path, **graphs: str) -> Path:
    """Copy the tests' graphs and their config to a folder, with further graphs; return the config."""
    for file in SERVED.glob("*.py"):
        (folder / file.name).write_bytes(file.read_bytes())
    told = json.loads((SERVED / "langgraph.json").read_text(encoding="utf-8"))
    told["graphs"] |= graphs
    config = folder / "langgraph.json"
    config.write_text(json.dumps(told), encoding="utf-8")
    return config


@pytest.fixture(scope="session")
def server(postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one server, for all tests: each makes threads of its own."""
    folder = tmp_path_factory.mktemp("langgraph")
    config = copy_config(folder, story="graphs.story:graph")
    with (
        new_database(postgres, template) as name,
        running(address(postgres, name), folder, config) as url,
    ):
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def keyed(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Any]]:
    """A server with keys: its address and the headers of ann, ben and an admin."""
    folder = tmp_path_factory.mktemp("keyed")
    with new_database(postgres, template) as name:
        url = address(postgres, name)
        async with open_pool(url) as pool, pool.connection() as conn:
            keys = {who: await create_key(conn, who, admin=who == "root") for who in ("ann", "ben", "root")}
        with running(url, folder, copy_config(folder)) as server:
            yield {"url": server} | {who: {"X-Api-Key": key} for who, key in keys.items()}


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """`langgraph dev` with the same graphs."""
    folder = tmp_path_factory.mktemp("oracle")
    copy_config(folder)
    with started(folder, "--n-jobs-per-worker", "8") as dev:
        yield dev


@pytest_asyncio.fixture
async def client(server: str) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=server) as client:
        yield client


@pytest_asyncio.fixture
async def http(server: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server, timeout=30) as http:
        yield http


@pytest_asyncio.fixture
async def thread(client: LangGraphClient) -> str:
    return str((await client.threads.create())["thread_id"])


async def parts_of(stream: Any) -> list[tuple[str, Any]]:
    return [(part.event, part.data) async for part in stream]
