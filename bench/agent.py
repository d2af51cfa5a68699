"""What talking with a character costs beside the model: at the start, a turn, many at once, and over a long talk."""

import asyncio
import os
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from psycopg import AsyncConnection

from bench.characters import PACE
from bench.client import ask
from bench.processes import OURS, Server, started
from providers.ink.play import begin
from server.db.checkpoints import stored_bytes
from server.db.embedded import embedded
from tests.conversations import SOURCE, compiled
from tests.database import address, new_database

STORIES, BATCHES, TURNS = 20, 5, 20
AT_ONCE, TURNS_EACH = 200, 3
LONG, MARKS, ENDS = 200, (1, 50, 100, 150, 200), 10
ROUNDS, EACH = 5, 100
# What a turn and a start wait for: the draft and the judgement together, then the check; the goal.
TURN_PACE, START_PACE = 2 * PACE, PACE


@dataclass
class Talk:
    """A conversation: the word that nobody else says in theirs, and what its reader was told."""

    server: Server
    word: str
    story: str = "quay"
    session_id: str = ""
    token: str = ""
    turn: int = 0
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"/api/{self.story}/agent"

    async def start(self, state: str) -> float:
        """Start where the story waits; return the seconds."""
        wanted = {"character": "keeper", "target": "lamp_room", "ink_state": state}
        seconds, started = await timed(self.server, "POST", f"{self.url}/start", wanted)
        self.session_id, self.token = started["session_id"], started["token"]
        return seconds

    async def say(self) -> float:
        """Say something that is answered; return the seconds."""
        self.turn += 1
        said = f"{self.word} asks for the {self.turn}. time what the sea has taken from this old quay."
        body = {"session_id": self.session_id, "turn": self.turn, "text": said, "id": f"{self.turn}"}
        seconds, decision = await timed(self.server, "POST", f"{self.url}/decision", body, self.token)
        self.seconds.append(seconds)
        if self.word not in decision["reply"]:
            self.faults.append(f"turn {self.turn} of {self.word} was answered: {decision['reply']}")
        return seconds

    async def look(self, others: Iterable[str]) -> None:
        """Note what is missing in the transcript, and what of others is in it."""
        _, session = await timed(self.server, "GET", f"{self.url}/{self.session_id}", None, self.token)
        if [turn["turn"] for turn in session["transcript"]] != [*range(1, self.turn + 1)]:
            self.faults.append(f"{self.word}: turns are missing")
        told = orjson.dumps(session).decode()
        self.faults += [f"{self.word} was told of {other}" for other in others if other in told]


async def timed(
    server: Server, method: str, path: str, body: Any = None, token: str = ""
) -> tuple[float, Any]:
    """Return the seconds that an answer took, and the answer."""
    head = [b"accept-encoding: identity", *([f"authorization: Bearer {token}".encode()] if token else [])]
    began = time.perf_counter()
    async with ask(server, method, path, orjson.dumps(body) if body else b"", *head) as answer:
        text = await answer.reader.read()
    assert answer.status in (200, 201), (path, answer.status, text)
    return time.perf_counter() - began, orjson.loads(text)


async def main() -> None:
    """Print the table; it takes about three minutes."""
    with TemporaryDirectory(prefix="fabula-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with embedded(folder / "postgres") as url, AsyncExitStack() as stack:
            database = address(url, stack.enter_context(new_database(url, "template1")))
            command = [sys.executable, "-m", "bench.characters"]
            serving = started("characters", command, folder, DATABASE_URL=database, **OURS)
            await measure(await asyncio.to_thread(stack.enter_context, serving), database)


async def measure(server: Server, database: str) -> None:
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}\n")
    print("| | | goal |\n|---|---|---|")
    await grounding(server)
    await decisions(server)
    await at_once(server)
    await long_talk(server, database)
    await memory(server)
    print(f"\nload of the machine after: {os.getloadavg()[0]:.1f}")


async def grounding(server: Server) -> None:
    """Start in stories that nobody has talked in, and again in the same."""
    new, known, put = [], [], []
    for number in range(STORIES):
        story, source = f"quay-{number}", SOURCE.replace("Forty years", f"{number + 40} years")
        state = begin(compiled(source)).state
        put.append((await timed(server, "PUT", f"/api/ink/stories/{story}", {"source": source}))[0])
        new.append(await Talk(server, f"new{number}", story).start(state) - START_PACE)
        known.append(await Talk(server, f"known{number}", story).start(state))
    row("a story is put: first of the process, then p50", f"{ms(put[0])}, {ms(median(put[1:]))}")
    row("a start grounds, beside the model: first of the process", ms(new[0]))
    row("then p50, p95", f"{ms(median(new[1:]))}, {ms(p95(new[1:]))}", "< 100 ms")
    row("a start where the character is grounded: p50, p95", f"{ms(median(known))}, {ms(p95(known))}")


async def decisions(server: Server) -> None:
    """Talk in one conversation after the other; the best of them is the one that was least disturbed."""
    talks = await begun(server, BATCHES, "alone")
    for talk in talks:
        for _ in range(TURNS):
            await talk.say()
    added = [[seconds - TURN_PACE for seconds in talk.seconds] for talk in talks]
    every = [seconds for each in added for seconds in each]
    best = min(added, key=median)
    row("a decision adds to the model's time: p50, p95", f"{ms(median(every))}, {ms(p95(every))}", "< 20 ms")
    row(f"in the best of {BATCHES} conversations", f"{ms(median(best))}, {ms(p95(best))}", "< 20 ms")


async def at_once(server: Server) -> None:
    """Have many talk at the same time."""
    talks, cpu, began = await begun(server, AT_ONCE, "crowd"), server.cpu(), time.perf_counter()

    async def live(talk: Talk) -> None:
        for _ in range(TURNS_EACH):
            await talk.say()

    await asyncio.gather(*map(live, talks))
    seconds, count = time.perf_counter() - began, AT_ONCE * TURNS_EACH
    cpu = (server.cpu() - cpu) / count
    for talk in talks:
        await talk.look(other.word for other in talks if other is not talk)
    faults = [fault for talk in talks for fault in talk.faults]
    every = [each for talk in talks for each in talk.seconds]
    row(f"{AT_ONCE} conversations at once: turns answered", f"{len(every)} of {count}", "all")
    row("mixed or missing", f"{len(faults)} {faults[:3] or ''}", "0")
    row("turns/s; p50, p95", f"{count / seconds:.0f}; {median(every):.2f} s, {p95(every):.2f} s")
    row("CPU of the server a turn", ms(cpu))


async def long_talk(server: Server, database: str) -> None:
    """Talk for long; measure what is stored, and whether turns become slower."""
    [talk], stored = await begun(server, 1, "long"), {}
    before = await sizes(database, talk.session_id)
    for turn in range(1, LONG + 1):
        await talk.say()
        if turn in MARKS:
            stored[turn] = await settled(database, talk.session_id, before)
    row(
        f"stored a turn over {LONG}",
        ", ".join(f"{k} {v / LONG / 1000:.1f} KB" for k, v in stored[LONG].items()),
    )
    steps = [
        f"{(sum(stored[b].values()) - sum(stored[a].values())) / (b - a) / 1000:.1f}"
        for a, b in pairwise(MARKS)
    ]
    row(f"KB a turn between turns {', '.join(map(str, MARKS))}", ", ".join(steps), "linear")
    first, last = median(talk.seconds[:ENDS]), median(talk.seconds[-ENDS:])
    row(f"last {ENDS} turns against the first", f"{last / first:.2f} x", "<= 1.5 x")
    row("the same without the model's time", f"{(last - TURN_PACE) / (first - TURN_PACE):.2f} x")


async def memory(server: Server) -> None:
    """Talk on and on, and watch the memory of the server and its workers."""
    found = [server.memory()]
    for number in range(ROUNDS):
        talks = await begun(server, EACH // TURNS, f"round{number}")
        await asyncio.gather(*map(turns, talks))
        found.append(server.memory())
    row(f"memory before and after each {EACH} turns, MB", ", ".join(f"{each:.0f}" for each in found))


async def turns(talk: Talk) -> None:
    for _ in range(TURNS):
        await talk.say()


async def begun(server: Server, count: int, name: str) -> list[Talk]:
    """Return so many conversations that have begun."""
    await timed(server, "PUT", "/api/ink/stories/quay", {"source": SOURCE})
    state = begin(compiled(SOURCE)).state
    talks = [Talk(server, f"{name}-{number:03}-x") for number in range(count)]
    for talk in talks:
        await talk.start(state)
    return talks


async def settled(database: str, thread_id: str, before: dict[str, int]) -> dict[str, int]:
    """Return the bytes that were added once no more are."""
    found: dict[str, int] = {}
    while found != (found := await sizes(database, thread_id)):
        await asyncio.sleep(0.2)
    return {part: found[part] - before[part] for part in found}


async def sizes(database: str, thread_id: str) -> dict[str, int]:
    """Return the bytes of a thread and of the Store, compressed as they are in the tables."""
    queries = {
        "log": "SELECT sum(pg_column_size(e.*)) FROM run_events e WHERE thread_id = %s",
        "runs": "SELECT sum(pg_column_size(r.*)) FROM runs r WHERE thread_id = %s",
        "Store": "SELECT sum(pg_column_size(s.*)) FROM store s WHERE %s <> ''",
    }
    async with await AsyncConnection.connect(database) as conn:
        found = {"checkpoints": await stored_bytes(conn, thread_id)}
        for part, query in queries.items():
            [size] = await (await conn.execute(query, (thread_id,))).fetchone() or [0]
            found[part] = int(size or 0)
    return found


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def row(what: str, found: str, goal: str = "") -> None:
    print(f"| {what} | {found} | {goal} |", flush=True)
