"""What creator sessions cost: media of five scenes with services of 1 s, a look-up among 10,000, fifty at once."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from bench.processes import Server, started
from server.db.embedded import embedded
from server.db.migrate import migrate
from tests.database import address, new_database
from tests.media_servers import MediaServer, picture, tone

SECONDS, STORED, LOOKED_UP, SESSIONS = 1.0, 10_000, 400, 50
PREFIX, BATCH = "/api/v1/story", "/api/v1/generate/batch"
VOICES = [{"voice_id": "voice-1", "name": "Ada", "gender": "female"}]


class SlowServices(MediaServer):
    """A voice and an image service that take a second each."""

    def __init__(self) -> None:
        super().__init__()
        made = {"duration": SECONDS, "format": "wav", "generation_time": SECONDS}
        made |= {
            "audio_url": self.answer("/1.wav", tone(2.0)),
            "image_url": self.answer("/1.png", picture(1536, 864)),
        }
        self.answer("/api/v1/narrators", {"narrators": VOICES})
        self.answer("/api/v1/generate", made)

    def draw_many(self, count: int) -> None:
        """Answer requests for so many pictures."""
        link = {"image_url": f"{self.url}/1.png", "generation_time": SECONDS}
        self.answer(BATCH, {"images": [link] * count})

    def draw_singly(self, count: int) -> None:
        """Have no way for many; that, too, is said after a second."""
        self.answer(BATCH, b"", status=404)

    def _enter(self, request: Any) -> Any:
        answer = super()._enter(request)
        if request.path.startswith("/api/v1/generate"):
            Event().wait(SECONDS)
        return answer


async def main() -> None:
    """Print the measures."""
    with TemporaryDirectory(prefix="fabula-creator-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with embedded(folder / "postgres") as url:
            with new_database(url, "template1") as database:
                await measure(folder, address(url, database))


async def measure(folder: Path, database: str) -> None:
    await migrate(database)
    services, command = SlowServices(), [sys.executable, "-m", "server.cli", "serve", "--port"]
    settings = {
        "DATABASE_URL": database,
        "FABULA_RATE": "1000000/minute",
        "FABULA_OBJECTS": str(folder / "objects"),
        "FABULA_SPEECH": "service:",
        "FABULA_IMAGES": "service:",
        "FABULA_SPEECH_URL": services.url,
        "FABULA_IMAGES_URL": services.url,
    }
    print(
        f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n\n| creator sessions | |\n|---|---|"
    )
    with ExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, started("creator", command, folder, **settings))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=120) as http:
            await media(http, "many pictures a request", services.draw_many)
            await media(http, "one a request, not known yet", services.draw_singly)
            await media(http, "one a request, known", services.draw_singly)
            await look_up(http, database)
            await many(http, server)
    services.close()


async def media(http: httpx.AsyncClient, how: str, prepare: Callable[[int], None]) -> None:
    """Measure sound and pictures of one session, from the choice of a narrator to the end."""
    session = await drafted(http, "A lighthouse keeper hears the fog answer.")
    scenes = len(session["current_draft"]["scenes"])
    prepare(scenes + 1)
    about = {"session_id": session["session_id"]}
    await do(http, "approve-scene", **about)
    await do(http, "select-format", **about, format="both", consent=True)
    start = time.perf_counter()
    session = await do(http, "select-narrator", **about, narrator_id="voice-1")
    took = time.perf_counter() - start
    made = f"{len(session['generated_audio'])} sounds, {len(session['generated_images'])} pictures"
    print(f"| {scenes} scenes, services of {SECONDS:g} s each, {how}: {made} | {took:.1f} s |")


async def look_up(http: httpx.AsyncClient, database: str) -> None:
    """Measure how long one session of many is looked for, in the database and over HTTP."""
    made = await drafted(http, "A clockmaker buys back an hour.")
    await fill(database, made["user_id"])
    found = "SELECT * FROM threads WHERE thread_id = %s AND owner = ''"
    async with await AsyncConnection.connect(database) as conn:
        plan = await conn.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {found}", (made["session_id"],))
        [(told,)] = await plan.fetchall()
    times = []
    for _ in range(LOOKED_UP):
        start = time.perf_counter()
        (await http.get(f"{PREFIX}/session/{made['session_id']}")).raise_for_status()
        times.append(time.perf_counter() - start)
    cuts = [1_000 * each for each in quantiles(times, n=20)]
    print(f"| a session among {STORED:,}, in the database | {told[0]['Execution Time']:.2f} ms |")
    print(f"| the same over HTTP, p50 / p95 | {cuts[9]:.0f} / {cuts[18]:.0f} ms |")


async def fill(database: str, user: str) -> None:
    """Store many sessions beside."""
    metadata = {"product": "creator", "graph_id": "creator", "user_id": user}
    async with await AsyncConnection.connect(database, autocommit=True) as conn:
        await conn.execute(
            "INSERT INTO threads (thread_id, graph_id, owner, metadata) "
            "SELECT gen_random_uuid(), 'creator', '', %s FROM generate_series(1, %s)",
            (Jsonb(metadata), STORED),
        )
        await conn.execute("ANALYZE threads")


async def many(http: httpx.AsyncClient, server: Server) -> None:
    """Have many sessions drafted at once, each with a name of its own, and look for it elsewhere."""
    names = [f"Zeph{uuid4().hex[:8]}" for _ in range(SESSIONS)]
    before, start = server.memory(), time.perf_counter()
    told = await asyncio.gather(
        *(drafted(http, f"{name}, a keeper, hears the fog answer.") for name in names)
    )
    took, after = time.perf_counter() - start, server.memory()
    texts = [json.dumps(session) for session in told]
    faults = sum(
        other in text for name, text in zip(names, texts, strict=True) for other in names if other != name
    )
    missing = sum(name not in text for name, text in zip(names, texts, strict=True))
    print(f"| {SESSIONS} sessions drafted at once | {took:.0f} s |")
    print(f"| words of another's session; sessions without their own | {faults}; {missing} |")
    print(f"| memory before, and after | {before:.0f}, {after:.0f} MB |")


async def drafted(http: httpx.AsyncClient, prompt: str) -> dict[str, Any]:
    """Return a session whose first concept was drafted."""
    session = await do(http, "start", prompt=prompt)
    concept = session["generated_concepts"][0]["concept_id"]
    return await do(http, "select-concept", session_id=session["session_id"], concept_id=concept)


async def do(http: httpx.AsyncClient, action: str, **given: Any) -> dict[str, Any]:
    """Do something in a session and wait until it is done."""
    answer = await http.post(f"{PREFIX}/{action}", json=given)
    answer.raise_for_status()
    session = answer.json()["data"]
    if answer.status_code == 202:
        place = f"{PREFIX}/session/{session['session_id']}"
        while (await http.get(f"{place}/progress")).json()["data"]["status"] == "working":
            await asyncio.sleep(0.1)
        session = (await http.get(place)).json()["data"]
    return dict(session)
