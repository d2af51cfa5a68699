"""Ours, `langgraph dev` and the floor in alternation through the same work, as the table of what serving costs."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import orjson

from bench import processes
from bench.client import ask, get, run_of, stream, wait
from bench.processes import Server
from bench.served.measured import STEP_SECONDS, STEPS
from server.db.embedded import embedded
from tests.database import address, new_database

Figure = Callable[[Server], Awaitable[Any]]

ROUNDS = 5
WAITS, WAITS_WITHIN = 12, 3.0
AT_ONCE, AT_ONCE_WITHIN = 16, 2.0
STREAMS, EVENTS = 50, 100
PACED, PACE, PACED_FOR = 100, 0.02, 5.0
FIRST_TOKENS = 4
DROPS, DROPPED, DROPPED_AT, DROPPED_PACE = 4, 300, 100, 0.005
ENDED_AT = 3
LASTING = {"stream_resumable": True, "on_disconnect": "continue"}
BODY = 50_000_000
NAMES = ("floor", "ours", "dev")


async def main() -> None:
    """Print the table; it takes about three minutes."""
    with TemporaryDirectory(prefix="fabula-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with embedded(folder / "postgres") as url:
            await measure(folder, url)


async def measure(folder: Path, url: str) -> None:
    with ExitStack() as stack:
        one, two = (stack.enter_context(new_database(url, "template1")) for _ in range(2))
        starts = (
            processes.floor(folder, address(url, one)),
            processes.ours(folder, address(url, two)),
            processes.dev(folder),
        )
        servers = [await asyncio.to_thread(stack.enter_context, start) for start in starts]
        idle = await in_turn(servers, memory, 1)
        await in_turn(servers, warm, 1)
        table = Table()
        await timings(table, servers)
        table.add("memory, idle", idle, "{:.0f} MB", "< 150 MB")
        table.add("memory after 50 runs at once", await in_turn(servers, memory, 1), "{:.0f} MB", "< 250 MB")
        table.tell("a stream dropped and rejoined", await told(servers[1:], dropped), "0 lost, 0 twice")
        table.tell("body of 50 MB", await told(servers, big_body), "413 before it is read")
        others = [processes.ours(folder, address(url, two), name) for name in ("second", "third")]
        second, third = [await asyncio.to_thread(stack.enter_context, other) for other in others]
        hit = {"ours": await ended(servers[1], second, signal.SIGKILL)}
        table.tell("kill -9 as the third of 8 steps is told", hit, "< 5 s, from its checkpoint")
        hit = {"ours": await ended(second, third, signal.SIGTERM)}
        table.tell("SIGTERM likewise", hit, "0 lost, 0 twice")
        table.print()


async def timings(table: "Table", servers: list[Server]) -> None:
    """Fill the rows that are a number for each server."""
    waits = await in_turn(servers, waits_in_a_row, ROUNDS)
    table.add("`runs/wait` p50", waits, "{:.1f} ms", "<= 1.3 x")
    table.add("runs/s, 16 at a time", await in_turn(servers, rate, ROUNDS), "{:.0f}", ">= 1.5 x")
    tokens = await in_turn(servers, tokens_per_second, ROUNDS)
    table.add("events/s, 50 streams of tokens", tokens, "{:.0f}", ">= 0.8 x")
    events = await in_turn(servers, events_per_second, ROUNDS)
    table.add("events/s, 50 streams of custom events", events, "{:.0f}", ">= 0.8 x")
    first = await in_turn(servers, first_tokens, ROUNDS)
    table.add("time to first token", first, "{:.1f} ms", "<= floor + 10 ms")
    cpu = await in_turn(servers, cpu_of_tokens, 2)
    table.add(f"CPU s per 1,000 tokens, {PACED} streams", cpu, "{:.2f}", "<= 0.20")


async def in_turn(servers: list[Server], figure: Figure, rounds: int) -> dict[str, list[Any]]:
    """Measure one server after the other, several times, each time in the other order."""
    found: dict[str, list[Any]] = {server.name: [] for server in servers}
    for number in range(rounds):
        for server in servers[:: 1 if number % 2 else -1]:
            found[server.name].append(await figure(server))
    return found


async def told(servers: list[Server], figure: Figure) -> dict[str, str]:
    return {server.name: await figure(server) for server in servers}


async def warm(server: Server) -> None:
    await asyncio.gather(*(wait(server) for _ in range(4)))
    await stream(server, "custom", "events", 5, 0)
    await stream(server, "messages-tuple", "tokens", 5, 0)


async def memory(server: Server) -> float:
    return server.memory()


async def waits_in_a_row(server: Server) -> float:
    """Return the median milliseconds of runs that are waited for, one after the other."""
    end, found = time.monotonic() + WAITS_WITHIN, []
    while len(found) < WAITS and time.monotonic() < end:
        found.append(await wait(server) * 1000)
    return median(found)


async def rate(server: Server) -> float:
    """Return runs a second when so many callers each wait for one run after the other."""
    start, done = time.monotonic(), 0

    async def call() -> None:
        nonlocal done
        while time.monotonic() < start + AT_ONCE_WITHIN:
            await wait(server)
            done += 1

    await asyncio.gather(*(call() for _ in range(AT_ONCE)))
    return done / (time.monotonic() - start)


async def tokens_per_second(server: Server) -> float:
    return await events_per_second(server, "messages-tuple", "tokens")


async def events_per_second(server: Server, mode: str = "custom", graph: str = "events") -> float:
    start = time.monotonic()
    await asyncio.gather(*(stream(server, mode, graph, EVENTS, 0) for _ in range(STREAMS)))
    return STREAMS * EVENTS / (time.monotonic() - start)


async def first_tokens(server: Server) -> float:
    """Return the median milliseconds to the first token of streams, one after the other, whose tokens come at once."""
    found = [await stream(server, "messages-tuple", "tokens", 3, 0) for _ in range(FIRST_TOKENS)]
    return median(found) * 1000


async def cpu_of_tokens(server: Server) -> float:
    """Return CPU seconds of the server for 1,000 tokens when many streams go on at a model's pace."""
    count, before = int(PACED_FOR / PACE), server.cpu()
    await asyncio.gather(*(stream(server, "messages-tuple", "tokens", count, PACE) for _ in range(PACED)))
    return (server.cpu() - before) / (PACED * count) * 1000


async def dropped(server: Server) -> str:
    """Drop streams in the middle, come back with the last id, and count what is missing and what came twice."""
    found = await asyncio.gather(*(drop(server) for _ in range(DROPS)))
    lost, twice = (sum(each) for each in zip(*found, strict=True))
    return f"{lost} lost, {twice} twice, of {DROPS * DROPPED}"


async def drop(server: Server) -> tuple[int, int]:
    path = f"/threads/{uuid4()}/runs"
    given = {"count": DROPPED, "pace": DROPPED_PACE, "done": []}
    body = run_of("events", input=given, stream_mode="custom", **LASTING)
    seen: list[Any] = []
    async with ask(server, "POST", f"{path}/stream", body) as answer:
        last = await read_events(answer.reader, b"custom", seen, DROPPED_AT)
    await rejoin(server, path, last, b"custom", seen)
    return lost_and_twice([each["number"] for each in seen], DROPPED)


async def rejoin(server: Server, path: str, last: bytes, name: bytes, seen: list[Any]) -> str:
    """Read the thread's only run on from an id to its end; return the run's id."""
    run = (await get(server, path))[0]["run_id"]
    async with ask(server, "GET", f"{path}/{run}/stream", b"", b"last-event-id: " + last) as answer:
        await read_events(answer.reader, name, seen)
    return run


def lost_and_twice(seen: list[Any], count: int) -> tuple[int, int]:
    return count - len(set(seen)), len(seen) - len(set(seen))


async def read_events(reader: asyncio.StreamReader, wanted: bytes, seen: list[Any], most: int = 0) -> bytes:
    """Read the data of one kind of event, to the end or until there are so many; return the last id."""
    last = name = b""
    async for line in reader:
        field, _, value = line.strip().partition(b": ")
        if field == b"event":
            name = value
        elif field == b"data" and name == wanted:
            seen.append(orjson.loads(value))
        elif field == b"id":
            last = value
        elif not line.strip() and 0 < most <= len(seen):
            break
    return last


async def big_body(server: Server) -> str:
    """Send a body of 50 MB; return the status and what it left in memory."""
    before = server.memory()
    body = run_of("quick", input={"done": ["x" * BODY]})
    try:
        async with ask(server, "POST", f"/threads/{uuid4()}/runs/wait", body) as answer:
            status = str(answer.status)
            await answer.reader.read()
    except (ConnectionError, asyncio.IncompleteReadError):
        status = "cut off"
    return f"{status}, {server.memory() - before:+.0f} MB"


async def ended(first: Server, second: Server, how: signal.Signals) -> str:
    """End the process that executes a run of 8 steps the moment the third is told, and read on from the other one."""
    path, seen = f"/threads/{uuid4()}/runs", []
    asked = run_of("steps", input={"done": []}, stream_mode="updates", **LASTING)
    async with ask(first, "POST", f"{path}/stream", asked) as answer:
        last = await read_events(answer.reader, b"updates", seen, ENDED_AT)
        os.kill(first.process.pid, how)
    start = time.monotonic()
    run = await rejoin(second, path, last, b"updates", seen)
    seconds = time.monotonic() - start
    assert (await get(second, f"{path}/{run}"))["status"] == "success"
    done = (await get(second, path.replace("/runs", "/state")))["values"]["done"]
    kept = sum(each.endswith(f" {first.process.pid}") for each in done)
    lost, twice = lost_and_twice([node for update in seen for node in update], STEPS)
    work = (STEPS - kept) * STEP_SECONDS
    return f"{seconds:.1f} s ({work:.1f} s of it work), {kept} of {ENDED_AT} steps kept, {lost} lost, {twice} twice"


class Table:
    """The figures as Markdown, each with its ratio to the floor."""

    def __init__(self) -> None:
        self.rows = [["", *NAMES, "goal"], ["---"] * 5]

    def add(self, what: str, found: dict[str, list[float]], form: str, goal: str) -> None:
        """Add a row of medians; a ratio is the median of those of each round, which share what else went on."""
        cells = {name: form.format(median(values)) for name, values in found.items()}
        for name in NAMES[1:]:
            ratios = [one / base for one, base in zip(found[name], found["floor"], strict=True)]
            cells[name] += f" ({median(ratios):.2f} x)"
        self.tell(what, cells, goal)

    def tell(self, what: str, found: dict[str, str], goal: str) -> None:
        self.rows.append([what, *(found.get(name, "-") for name in NAMES), goal])

    def print(self) -> None:
        for row in self.rows:
            print(f"| {' | '.join(row)} |")
