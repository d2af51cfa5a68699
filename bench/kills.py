"""Two servers and two workers on one Postgres, killed at random while runs go through them: nothing is lost or doubled.

`python -m bench kills --kills 200`. Every run must finish, every logged event reach its reader once, no number be used
for two events, every story be charged once.
"""

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import orjson
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from bench.client import Answer, ask, run_of, unchunked
from server.db import credits, keys
from server.db.embedded import embedded
from server.db.migrate import migrate
from tests.chat_server import free_port
from tests.forked import FORKS

CONFIG = Path(__file__).parent / "served" / "kills.json"
SETTINGS = {"FABULA_RATE": "1000000/minute", "FABULA_MODEL": "offline:storyteller", "FABULA_PACE": "0.004"}
CALLERS = 10
GAP = (0.5, 2.5)
WORK = ("quick", "quick", "steps", "steps", "story")
LAST_CHUNK = b"0\r\n"
GONE = (OSError, EOFError, TimeoutError, ValueError, IndexError)


async def main() -> None:
    """Print how many runs went through how many kills; fail where one of the promises was broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    told, _ = parser.parse_known_args()
    with TemporaryDirectory(prefix="fabula-kills-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with embedded(folder / "postgres") as url:
            print(await kill_at_random(url, folder, told.kills, told.seed))


async def kill_at_random(url: str, folder: Path, kills: int, seed: int) -> str:
    """Drive runs through processes that are killed so many times; return what was seen. Raises `AssertionError`."""
    print(f"seed {seed}", flush=True)
    await migrate(url)
    team = Team(url, folder, await make_key(url), random.Random(seed))
    start = time.monotonic()
    try:
        await team.start()
        callers = [asyncio.create_task(team.call()) for _ in range(CALLERS)]
        for _ in range(kills):
            await asyncio.sleep(team.dice.uniform(*GAP))
            await team.kill_one()
        team.ending = True
        async with asyncio.timeout(120):
            await asyncio.gather(*callers)
    finally:
        team.stop()
    return f"{kills} kills in {time.monotonic() - start:.0f} s: {await verified(url, team.seen)}"


async def make_key(url: str) -> bytes:
    async with await AsyncConnection.connect(url, autocommit=True) as conn:
        await credits.grant(conn, "ann", 1_000_000)
        return (await keys.create_key(conn, "ann")).encode()


def serve(port: int, log: str, settings: dict[str, str]) -> None:
    """Be a server, or without a port a worker."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(settings)
    from server import serve

    if port:
        serve.serve("127.0.0.1", port, CONFIG)
    else:
        serve.worker(CONFIG)


@dataclass
class Member:
    """A process of the team; it keeps its port over its lives."""

    name: str
    port: int
    process: Any = None


@dataclass
class Seen:
    """What the reader of one run saw."""

    graph: str
    thread_id: str
    run_id: str
    events: list[tuple[int, str, bytes]] = field(default_factory=list)


class Team:
    """The processes, and those who call them."""

    def __init__(self, url: str, folder: Path, key: bytes, dice: random.Random) -> None:
        self.settings = SETTINGS | {"DATABASE_URL": url}
        self.folder, self.dice, self.ending = folder, dice, False
        self.headers = (b"x-api-key: " + key, b"accept-encoding: identity")
        self.servers = [Member(f"server {number}", free_port()) for number in (1, 2)]
        self.members = [*self.servers, *(Member(f"worker {number}", 0) for number in (1, 2))]
        self.seen: list[Seen] = []

    async def start(self) -> None:
        """Start all; return when the servers answer."""
        for member in self.members:
            self._start(member)
        for server in self.servers:
            await self._until_it_answers(server)

    def _start(self, member: Member) -> None:
        log = str(self.folder / f"{member.name}.log")
        member.process = FORKS.Process(target=serve, args=(member.port, log, self.settings), daemon=True)
        member.process.start()

    async def _until_it_answers(self, server: Member) -> None:
        async with asyncio.timeout(60):
            while True:
                with suppress(*GONE):
                    async with ask(server, "GET", "/ok"):
                        return
                await asyncio.sleep(0.1)

    async def kill_one(self) -> None:
        """Kill a process and start it again."""
        member = self.dice.choice(self.members)
        member.process.kill()
        await asyncio.to_thread(member.process.join)
        self._start(member)

    def stop(self) -> None:
        for member in self.members:
            if member.process:
                member.process.kill()
                member.process.join()

    # calling

    async def call(self) -> None:
        """Start one run after the other and read each to its end."""
        while not self.ending:
            graph = self.dice.choice(WORK)
            seen = await (self._story() if graph == "story" else self._run(graph))
            await self._read(seen)
            self.seen.append(seen)

    async def _run(self, graph: str) -> Seen:
        thread_id = str(uuid4())
        path = f"/threads/{thread_id}/runs"
        durability = self.dice.choice(["sync", "async"])
        body = run_of(graph, input={"done": []}, stream_mode=["updates"], durability=durability)
        while True:
            with suppress(*GONE):
                if not (found := await self._ask("GET", path)) or "detail" in found:
                    found = [await self._ask("POST", path, body)]
                return Seen(graph, thread_id, found[-1]["run_id"])
            await asyncio.sleep(0.1)

    async def _story(self) -> Seen:
        body = orjson.dumps({"premise": "A keeper hears the fog answer.", "chapters": 2})
        key = b"idempotency-key: " + str(uuid4()).encode()
        while True:
            with suppress(*GONE):
                made = await self._ask("POST", "/api/story-agent/generate", body, key)
                runs = await self._ask("GET", f"/threads/{made['job_id']}/runs")
                return Seen("story", made["job_id"], runs[0]["run_id"])
            await asyncio.sleep(0.1)

    async def _read(self, seen: Seen) -> None:
        path = f"/threads/{seen.thread_id}/runs/{seen.run_id}"
        while True:
            with suppress(*GONE):
                await self._read_on(seen, f"{path}/stream?stream_mode=updates&stream_mode=custom")
                if (await self._ask("GET", path))["status"] in ("success", "error", "interrupted", "timeout"):
                    return
            await asyncio.sleep(0.1)

    async def _read_on(self, seen: Seen, path: str) -> None:
        last = seen.events[-1][0] if seen.events else -1
        async with self._answer("GET", path, b"", b"last-event-id: %d" % last) as answer:
            assert answer.status == 200, (path, answer.head)
            told: dict[bytes, bytes] = {}
            async for line in answer.reader:
                if line == LAST_CHUNK:
                    return
                name, _, value = line.strip().partition(b": ")
                if name in (b"event", b"data", b"id"):
                    told[name] = value
                elif not line.strip() and b"id" in told:
                    seen.events.append((int(told[b"id"]), told[b"event"].decode(), told[b"data"]))
                    told = {}
        raise EOFError("The stream was cut off.")

    async def _ask(self, method: str, path: str, body: bytes = b"", *headers: bytes) -> Any:
        async with self._answer(method, path, body, *headers) as answer:
            return orjson.loads(unchunked(answer.head, await answer.reader.read()))

    @asynccontextmanager
    async def _answer(self, method: str, path: str, body: bytes, *headers: bytes) -> AsyncIterator[Answer]:
        server: Any = self.dice.choice(self.servers)
        async with ask(server, method, path, body, *self.headers, *headers) as answer:
            yield answer


# looking at what is left


async def verified(url: str, readers: list[Seen]) -> str:
    """Return how many of what there were. Raises `AssertionError`."""
    async with await AsyncConnection.connect(url, row_factory=dict_row) as conn:
        runs = await (await conn.execute("SELECT * FROM runs")).fetchall()
        events = await (await conn.execute("SELECT * FROM run_events ORDER BY seq", binary=True)).fetchall()
        ledger = await (await conn.execute("SELECT run_id, state FROM ledger")).fetchall()
    stories = {row["run_id"] for row in runs if row["graph_id"] == "story"}
    assert Counter(row["status"] for row in runs) == {"success": len(runs)}
    assert Counter((row["run_id"], row["state"]) for row in ledger) == {
        (run, "charged"): 1 for run in stories
    }
    logged: dict[str, list[tuple[int, str, bytes]]] = {}
    for row in events:
        logged.setdefault(str(row["run_id"]), []).append((row["seq"], row["event"], row["data"]))
    told = sum(verify_reader(seen, logged[seen.run_id]) for seen in readers)
    taken_over = sum(row["attempt"] > 1 for row in runs)
    return f"{len(runs)} runs, {len(stories)} of them stories, {taken_over} taken over, {told} events read, each once"


def verify_reader(seen: Seen, logged: list[tuple[int, str, bytes]]) -> int:
    """Return how many events there were; each logged one was read once, each result told once."""
    numbers = [number for number, _, _ in seen.events]
    assert numbers == sorted(set(numbers)), seen
    in_log = {number: (name, data) for number, name, data in logged}
    for number, name, data in seen.events:
        assert in_log.get(number, (name, data)) == (name, data), (seen.run_id, number)
    wanted = [each for each in logged if each[1] in ("metadata", "updates", "custom")]
    missing = {number for number, _, _ in wanted} - set(numbers)
    assert not missing, (seen.run_id, missing)
    results = [data for _, name, data in seen.events if name == "updates"]
    assert results == [data for _, name, data in wanted if name == "updates"], seen.run_id
    if seen.graph != "story":
        assert set(Counter(node for data in results for node in orjson.loads(data)).values()) == {1}, seen
    return len(seen.events)
