"""The statements of the engine. Every one that a caller's id reaches names the owner."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection, DataError, Error
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg.types.json import Jsonb

from server.db import sealing
from server.runs import batch
from server.runs.batch import Put
from server.runs.errors import RunLost, ThreadBusy, ThreadNotFound
from server.runs.models import BLOCK, Entry, Event, RunCreate, RunRow, RunStatus

Conn = AsyncConnection[Any]

# How many threads one NOTIFY speaks of: its payload ends at 8,000 bytes.
NEWS = 100
RAISED = {"FB001": RunLost, "FB404": ThreadNotFound, "FB409": ThreadBusy}

ACCEPT = "SELECT * FROM accept_run(%s, %s, %s, %s)"
START = "SELECT * FROM start_run(%s, %s, %s, %s)"
APPEND = """
WITH held AS (
    SELECT r.run_id FROM runs r JOIN unnest(%b::uuid[], %b::int[]) AS h (run_id, attempt) USING (run_id, attempt)
    WHERE r.status = 'running' FOR SHARE OF r
), logged AS (
    INSERT INTO run_events (thread_id, seq, run_id, event, data, checkpoint_id)
    SELECT e.* FROM unnest(%b::uuid[], %b::bigint[], %b::uuid[], %b::text[], %b::bytea[], %b::text[])
        AS e (thread_id, seq, run_id, event, data, checkpoint_id) JOIN held USING (run_id)
    ON CONFLICT DO NOTHING
), told AS (
    SELECT count(tell_others(%s, note)) FROM unnest(%b::text[]) AS note
)
SELECT run_id FROM held, told
"""
# A run's thread, its events, checkpoints, channels' values and tasks' writes. In binary form: as text a list takes
# more than twice as long to write.
STORED = ", ".join(["%b"] * 24)
WRITE = f"SELECT write_run(%s, %s, {STORED})"
FENCE = "SELECT fence(%s, %s)"
CLAIM = "SELECT * FROM claim_run(%s, %s, %s)"
CLAIM_OLDEST = "SELECT * FROM claim_runs(%s, %s, %s, %s)"
SETTLE = f"SELECT * FROM settle_run(%s, %s, %s, %s, %s, %s, %s, %s, {STORED})"  # noqa: S608
# What Postgres, or the client for it, refuses to store: a NUL in a text, a lone surrogate.
REFUSED = (DataError, UnicodeError)


@contextlib.contextmanager
def raising() -> Iterator[None]:
    """Raise the engine's own errors for those that its functions raise in the database."""
    try:
        yield
    except Error as error:
        if error.sqlstate in RAISED:
            raise RAISED[error.sqlstate] from None
        raise


async def _runs(conn: Conn, query: str, values: Sequence[Any]) -> list[RunRow]:
    async with conn.cursor(row_factory=class_row(RunRow)) as cursor:
        with raising():
            return await (await cursor.execute(query, values)).fetchall()


async def accept(conn: Conn, create: RunCreate, engine: str | None, *, later: bool = False) -> RunRow:
    """Make the run; it is claimed for the engine, if one is named and nothing comes before it.

    With `later` the engine is told to claim it, when the transaction has committed.
    """
    keyring = sealing.get()
    given = {
        "run_id": str(create.run_id),
        "thread_id": str(create.thread_id),
        "graph_id": create.graph_id,
        "assistant_id": create.assistant_id and str(create.assistant_id),
        "owner": create.owner,
        "queue": create.queue,
        "multitask_strategy": create.multitask_strategy,
        "kwargs": keyring.seal_whole(create.kwargs()),
        "metadata": keyring.seal_fields(create.metadata),
        "idempotency_key": create.idempotency_key,
        "temporary": create.temporary,
        "due_at": create.due_at and create.due_at.isoformat(),
        "about": create.about and keyring.seal_fields(create.about),
        "make": create.make_thread,
        "ttl": create.ttl,
    }
    query = ACCEPT if create.about is None else START
    return (await _runs(conn, query, (Jsonb(given), engine, later, BLOCK)))[0]


async def claim(conn: Conn, run_id: UUID, engine: str) -> list[RunRow]:
    """Claim this run, if it can start; it may not."""
    return await _runs(conn, CLAIM, (run_id, engine, BLOCK))


async def claim_oldest(conn: Conn, queue: str, wanted: int, engine: str) -> list[RunRow]:
    """Claim the oldest runs of a queue that can start."""
    return await _runs(conn, CLAIM_OLDEST, (queue, wanted, engine, BLOCK))


async def settle(
    conn: Conn,
    run: RunRow,
    ended: str,
    thread: str,
    error: dict[str, str] | None,
    engine: str,
    queues: Sequence[str],
    entries: Sequence[Entry] = (),
    puts: Sequence[Put] = (),
) -> list[RunRow]:
    """End the run with what it has to store; return it, and the run that the engine goes on with, if there is one.

    Nothing is returned when this attempt has settled it before. Raises `RunLost`. `ended` is a status or `rollback`.
    """
    about = (
        run.run_id,
        run.attempt,
        ended,
        thread,
        error and Jsonb(sealing.get().seal_whole(error)),
        engine,
        list(queues),
        BLOCK,
    )
    return await _runs(conn, SETTLE, (*about, run.thread_id, *columns(entries), *batch.columns(puts)))


async def write_run(conn: Conn, run: RunRow, entries: Sequence[Entry], puts: Sequence[Put]) -> None:
    """Store events, checkpoints and writes of a run. Raises `RunLost`."""
    values = (run.run_id, run.attempt, run.thread_id, *columns(entries), *batch.columns(puts))
    with raising():
        await conn.execute(WRITE, values)


async def get_run(conn: Conn, run_id: UUID, owner: str) -> RunRow | None:
    """Return the owner's run, or `None`."""
    query = "SELECT * FROM runs WHERE run_id = %s AND owner = %s"
    rows = await _runs(conn, query, (run_id, owner))
    return rows[0] if rows else None


async def list_runs(
    conn: Conn, thread_id: UUID, owner: str, status: RunStatus | None, limit: int, offset: int
) -> list[RunRow]:
    """Return the runs of the owner's thread, newest first."""
    query = """
        SELECT * FROM runs WHERE thread_id = %s AND owner = %s AND (%s::text IS NULL OR status = %s)
        ORDER BY number DESC LIMIT %s OFFSET %s
    """
    return await _runs(conn, query, (thread_id, owner, status, status, limit, offset))


async def delete_run(conn: Conn, run_id: UUID, owner: str) -> bool:
    """Delete a run that has ended, with its events; say whether there was one."""
    query = """
        DELETE FROM runs WHERE run_id = %s AND owner = %s AND status NOT IN ('pending', 'running') RETURNING run_id
    """
    return bool(await (await conn.execute(query, (run_id, owner))).fetchall())


async def cancel(conn: Conn, run_id: UUID, owner: str, action: str) -> RunStatus | None:
    """Ask the run to end; return how it stood before, or `None` when there is no such run."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute("SELECT cancel_run(%s, %s, %s)", (run_id, owner, action))
        return await cursor.fetchone()


async def read_events(
    conn: Conn, thread_id: UUID, owner: str, after: int, run_id: UUID | None, limit: int
) -> list[tuple[Event, str, str | None]]:
    """Return logged events of the owner's thread that follow `after`, in order.

    With each comes its graph, and the checkpoint that has its values, if it is one of those.
    """
    query = """
        SELECT e.seq, e.run_id, e.event, e.data, r.graph_id, e.checkpoint_id
        FROM run_events e JOIN runs r USING (run_id)
        WHERE e.thread_id = %s AND r.owner = %s AND e.seq > %s AND (%s::uuid IS NULL OR e.run_id = %s)
        ORDER BY e.seq LIMIT %s
    """
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(query, (thread_id, owner, after, run_id, run_id, limit))
        rows = await cursor.fetchall()
    opened = sealing.get().open_event
    return [
        (Event(seq, run_id, event, opened(data, run_id, seq)), graph_id, checkpoint_id)
        for seq, run_id, event, data, graph_id, checkpoint_id in rows
    ]


async def last_seq(conn: Conn, thread_id: UUID, owner: str) -> int | None:
    """Return the number of the thread's newest logged event, 0 without one, `None` when there is no thread."""
    query = """
        SELECT coalesce((SELECT max(seq) FROM run_events e WHERE e.thread_id = t.thread_id), 0)
        FROM threads t WHERE thread_id = %s AND owner = %s
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, (thread_id, owner))).fetchone()


def columns(entries: Sequence[Entry]) -> tuple[list[int], list[str], list[bytes], list[str | None]]:
    """Return the entries as the columns that the statements take."""
    sealed = sealing.get().seal_event
    return (
        [entry.event.seq for entry in entries],
        [entry.event.event for entry in entries],
        [sealed(entry.data, entry.event.run_id, entry.event.seq) for entry in entries],
        [entry.checkpoint_id for entry in entries],
    )


async def append_events(conn: Conn, batches: Sequence[tuple[RunRow, Sequence[Entry]]]) -> set[UUID]:
    """Append events of many runs in one statement; return the runs that are still held as they say.

    All are held by the same process; a NOTIFY says to the others how far each thread's log goes.
    """
    rows = [(run.thread_id, run.run_id, entry) for run, entries in batches for entry in entries]
    seqs, names, datas, checkpoints = columns([entry for _, _, entry in rows])
    news = [f"{run.thread_id}:{entries[-1].event.seq}" for run, entries in batches]
    values = (
        [run.run_id for run, _ in batches],
        [run.attempt for run, _ in batches],
        [thread_id for thread_id, _, _ in rows],
        seqs,
        [run_id for _, run_id, _ in rows],
        names,
        datas,
        checkpoints,
        batches[0][0].holder,
        ["events " + " ".join(news[start : start + NEWS]) for start in range(0, len(news), NEWS)],
    )
    async with conn.cursor(row_factory=scalar_row, binary=True) as cursor:
        return set(await (await cursor.execute(APPEND, values)).fetchall())


async def reserve(conn: Conn, run: RunRow) -> int:
    """Reserve a further block of numbers; return its last one. Raises `RunLost`."""
    query = """
        UPDATE threads t SET reserved = reserved + %s FROM runs r
        WHERE r.run_id = %s AND r.attempt = %s AND r.status = 'running' AND t.thread_id = r.thread_id
        RETURNING t.reserved
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        last = await (await cursor.execute(query, (BLOCK, run.run_id, run.attempt))).fetchone()
    if last is None:
        raise RunLost
    return int(last)


def json(data: Any) -> bytes:
    """Return the data as compact JSON."""
    return orjson.dumps(data)


async def queue_of(conn: Conn, run_id: UUID) -> str | None:
    """Return the queue of a run that waits, `None` when it does not."""
    query = "SELECT queue FROM runs WHERE run_id = %s AND status = 'pending'"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(query, (run_id,))).fetchone()


async def notify(conn: Conn, payload: str) -> None:
    """Tell all processes, when the transaction commits."""
    await conn.execute("SELECT pg_notify('fabula', %s)", (payload,))


async def has_checkpoint(conn: Conn, run: RunRow) -> bool:
    """Say whether the run has a checkpoint to go on from."""
    query = """
        SELECT EXISTS (SELECT FROM checkpoints
                       WHERE thread_id = %s AND checkpoint_ns = '' AND metadata->>'run_id' = %s)
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return bool(await (await cursor.execute(query, (str(run.thread_id), str(run.run_id)))).fetchone())


async def hand_over(conn: Conn, run_id: UUID, attempt: int) -> None:
    """Give the run back, for another process to go on with."""
    await conn.execute("SELECT hand_over(%s, %s)", (run_id, attempt))


async def logged_results(conn: Conn, run: RunRow) -> list[tuple[str, bytes]]:
    """Return the logged updates and task events of a run, in order."""
    query = """
        SELECT seq, event, data FROM run_events WHERE run_id = %s AND (event ~ '^(updates|tasks)([|]|$)') ORDER BY seq
    """
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = await (await cursor.execute(query, (run.run_id,))).fetchall()
    return [(event, sealing.get().open_event(data, run.run_id, seq)) for seq, event, data in rows]


async def waiting_tasks(conn: Conn, thread_id: UUID) -> set[str]:
    """Return the tasks that have written to a checkpoint of the thread that no other has followed yet."""
    query = """
        SELECT DISTINCT task_id FROM checkpoint_writes w JOIN (
            SELECT checkpoint_ns, max(checkpoint_id) AS checkpoint_id FROM checkpoints
            WHERE thread_id = %s GROUP BY checkpoint_ns
        ) AS newest USING (checkpoint_ns, checkpoint_id)
        WHERE w.thread_id = %s
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return set(await (await cursor.execute(query, (str(thread_id), str(thread_id)))).fetchall())


async def heartbeat(conn: Conn, engine: str, lease: float, queues: Sequence[str]) -> dict[str, Any]:
    """Say that the process lives; return `held`, `lost` and `waiting` (see the function in the database)."""
    query = "SELECT heartbeat(%s, make_interval(secs => %s), %s)"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        row: dict[str, Any] = (
            await (await cursor.execute(query, (engine, lease, list(queues)))).fetchone() or {}
        )
    return row


async def release_lost(conn: Conn, lease: float) -> int:
    """Take back the runs of processes that are gone; return how many."""
    query = "SELECT release_lost(make_interval(secs => %s))"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return int(await (await cursor.execute(query, (lease,))).fetchone() or 0)


async def enter(conn: Conn, engine: str) -> None:
    """Say that the process begins to listen."""
    await conn.execute("SELECT enter(%s)", (engine,))


async def leave(conn: Conn, engine: str) -> None:
    """Say that the process ends."""
    await conn.execute("DELETE FROM engines WHERE name = %s", (engine,))


async def sweep(conn: Conn, events_kept: float, temporary_kept: float) -> None:
    """Forget the events of runs that settled so many seconds ago, and the threads of temporary ones."""
    query = "SELECT sweep(make_interval(secs => %s), make_interval(secs => %s))"
    await conn.execute(query, (events_kept, temporary_kept))
