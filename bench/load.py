"""Many people at once: each has a key and a story, a server is killed meanwhile, and nobody reads another's words."""

import asyncio
import os
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from psycopg import AsyncConnection

from bench.processes import Server, started
from server.db import credits, keys
from server.db.embedded import embedded
from server.db.migrate import migrate
from tests.database import address, new_database

SESSIONS = 50
KILL_AFTER = 0.2
WITHIN = 240
RATE, ASKED = 20, 40
STORY = "/api/story-agent"
GIVEN = ("Zephandra", "Quillon", "Ysolvey", "Brannoch", "Ottiwell", "Murgatrix", "Fenwhistle", "Ardivane")
FAMILY = ("Qualm", "Drizzlecombe", "Vexworthy", "Humblejack", "Thistlewaite", "Grubb", "Oxnard", "Plimsoll")


@dataclass
class Session:
    """One person: their key, the name that is in nobody else's story, and what they have been told."""

    name: str
    key: str
    job_id: str = ""
    told: str = ""
    first_chapter: float = 0.0
    seconds: float = 0.0
    status: str = ""
    faults: list[str] = field(default_factory=list)


class Somewhere:
    """A client that asks whichever server answers."""

    def __init__(self, servers: list[Server], session: Session) -> None:
        self.bases = [f"http://127.0.0.1:{server.port}" for server in servers]
        self.http = httpx.AsyncClient(headers={"X-Api-Key": session.key}, timeout=30)

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        while True:
            for base in list(self.bases):
                try:
                    return await self.http.request(method, base + path, **given)
                except httpx.TransportError:
                    self.bases.append(self.bases.pop(0))
            await asyncio.sleep(0.1)


async def main() -> None:
    """Print what became of the sessions."""
    with TemporaryDirectory(prefix="fabula-load-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with embedded(folder / "postgres") as url:
            with new_database(url, "template1") as database:
                sessions, refused = await load(folder, address(url, database), SESSIONS)
    report(sessions, refused)
    if any(session.faults for session in sessions):
        sys.exit(1)


async def load(folder: Path, database: str, count: int) -> tuple[list[Session], list[int]]:
    """Have sessions on two servers, one of which is killed; return them, and what a noisy caller is answered."""
    await migrate(database)
    sessions = await people(database, count)
    command = [sys.executable, "-m", "server.cli", "serve", "--port"]
    settings = {
        "DATABASE_URL": database,
        "FABULA_RATE": "1000000/minute",
        "FABULA_STORY_SLOTS": str(max(2, count // 2)),
    }
    with ExitStack() as stack:
        servers = [
            await asyncio.to_thread(stack.enter_context, started(name, command, folder, **settings))
            for name in ("one", "two")
        ]
        killing = asyncio.create_task(kill(servers[0], sessions))
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*(live(servers, session) for session in sessions))
            await killing
        await asyncio.gather(*(pry(servers[1], session, sessions) for session in sessions))
        limited = settings | {"FABULA_RATE": f"{RATE}/minute"}
        third = await asyncio.to_thread(stack.enter_context, started("three", command, folder, **limited))
        refused = await hurry(third, sessions)
    return sessions, refused


async def people(database: str, count: int) -> list[Session]:
    names = [f"{given} {family}" for given, family in islice(product(GIVEN, FAMILY), count)]
    async with await AsyncConnection.connect(database, autocommit=True) as conn:
        for name in names:
            await credits.grant(conn, name, 1_000)
        return [Session(name, await keys.create_key(conn, name)) for name in names]


async def live(servers: list[Server], session: Session) -> None:
    """Start a story, poll it to its end, and read its whole stream then."""
    start, client = time.perf_counter(), Somewhere(servers, session)
    body = {"premise": "A keeper hears the fog answer.", "chapters": 3, "characters": [session.name]}
    idempotent = {"Idempotency-Key": session.name}
    made = await client.ask("POST", f"{STORY}/generate", json=body, headers=idempotent)
    session.job_id = made.json()["job_id"]
    while session.status not in ("completed", "failed"):
        answer = await client.ask("GET", f"{STORY}/job/{session.job_id}")
        job, session.status = answer.text, answer.json()["status"]
        if not session.first_chapter and '"completed"' in job:
            session.first_chapter = time.perf_counter() - start
        session.told += job
        await asyncio.sleep(0.2)
    session.seconds = time.perf_counter() - start
    session.told += (await client.ask("GET", f"{STORY}/job/{session.job_id}/stream")).text
    await client.http.aclose()


async def kill(server: Server, sessions: list[Session]) -> None:
    """Kill a server once a fifth of the stories is finished."""
    while sum(session.status == "completed" for session in sessions) < KILL_AFTER * len(sessions):
        await asyncio.sleep(0.05)
    os.killpg(server.process.pid, signal.SIGKILL)


async def pry(server: Server, session: Session, sessions: list[Session]) -> None:
    """Note what a session was told that is not its own, and whether it can read what is another's."""
    if session.status != "completed":
        session.faults.append(f"its story is {session.status}")
    if session.name not in session.told:
        session.faults.append("its own name was not told")
    others = [other for other in sessions if other is not session]
    session.faults += [f"it was told of {other.name}" for other in others if other.name in session.told]
    next_one = sessions[(sessions.index(session) + 1) % len(sessions)]
    base, headers = f"http://127.0.0.1:{server.port}", {"X-Api-Key": session.key}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=30) as http:
        for path in (f"{STORY}/job/{next_one.job_id}", f"/threads/{next_one.job_id}/state"):
            if (code := (await http.get(path)).status_code) != 404:
                session.faults.append(f"{path} of another answers {code}")


async def hurry(server: Server, sessions: list[Session]) -> list[int]:
    """Return what a caller who asks too much is answered; another one is served meanwhile."""
    noisy, quiet = sessions[:2]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as http:
        asked = [http.get("/credits", headers={"X-Api-Key": noisy.key}) for _ in range(ASKED)]
        codes = [answer.status_code for answer in await asyncio.gather(*asked)]
        if (await http.get("/credits", headers={"X-Api-Key": quiet.key})).status_code != 200:
            quiet.faults.append("it was refused for another's haste")
    return codes


def report(sessions: list[Session], refused: list[int]) -> None:
    done = sorted(session.seconds for session in sessions)
    firsts = [session.first_chapter for session in sessions]
    faults = [f"{session.name}: {fault}" for session in sessions for fault in session.faults]
    print("| sessions at once, one of two servers killed | |")
    print("|---|---|")
    print(f"| finished | {sum(session.status == 'completed' for session in sessions)} of {len(sessions)} |")
    print(f"| first chapter, p50 / p95 | {median(firsts):.1f} / {quantiles(firsts, n=20)[-1]:.1f} s |")
    print(f"| whole story, p50 / p95 | {median(done):.1f} / {quantiles(done, n=20)[-1]:.1f} s |")
    print(f"| cross-talk and other faults | {len(faults)} |")
    print(f"| {ASKED} requests where {RATE} a minute are allowed | {refused.count(429)} answered 429 |")
    for fault in faults:
        print(f"- {fault}")
