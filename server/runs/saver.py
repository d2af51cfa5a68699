"""Checkpoints and store of one attempt at a run: written only while the attempt holds it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.store.base import Op, PutOp, Result
from psycopg import AsyncCursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from server.db import large_values
from server.db.checkpoints import PatientSaver, PatientStore
from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.batch import Blob, Put
from server.runs.errors import RunLost
from server.runs.flusher import store_each
from server.runs.log import RunLog
from server.runs.models import Entry

Done = TypeVar("Done")

# So many turns of the loop a statement waits for what belongs to it: a node's result is told after its writes, and the
# checkpoint of its step comes after both.
TURNS = 12
# So many seconds it waits for the steps that follow at once, unless the step waits for it: what a short run has to
# store goes into the statement that settles it.
GATHER = 0.005
INLINE = (str, int, float, bool, type(None))


async def whole(work: Coroutine[Any, Any, Done]) -> Done:
    """Do the work to its end, even when the run is cancelled meanwhile.

    A query that is broken off costs its connection, and a run shall not end between being told and being stored.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise


class LeasedSaver(PatientSaver):
    """A saver that writes only while its attempt holds the run, and takes the events before along.

    What comes while a statement is under way goes into the next one, in order. With durability `sync` a checkpoint
    is waited for; what is left when the run ends is stored by the statement that settles it. The rows are those of
    LangGraph's saver, which reads them.
    """

    def __init__(self, pool: Pool, log: RunLog) -> None:
        super().__init__(pool)
        self.pool, self.log = pool, log
        self.puts: list[Put] = []
        self.failure: Exception | None = None
        self.ending = False
        self._waits = log.run.kwargs["durability"] == "sync"
        self._fresh = log.run.attempt == 1 and not (log.run.base or {}).get("checkpoint_id")
        self._namespaces: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    # reading

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        ns = config["configurable"].get("checkpoint_ns", "")
        self.log.checkpointed.add(ns)
        if self._fresh and ns not in self._namespaces:
            return None
        await self._stored()
        found = await super().aget_tuple(config)
        if found:
            self.log.made_durable([found.checkpoint["id"]])
        return found

    async def alist(self, config: RunnableConfig | None, **options: Any) -> AsyncIterator[CheckpointTuple]:
        await self._stored()
        async for found in super().alist(config, **options):
            yield found

    async def aget_delta_channel_history(self, **options: Any) -> Mapping[str, DeltaChannelHistory]:
        await self._stored()
        return await super().aget_delta_channel_history(**options)

    async def _stored(self) -> None:
        if self._writing:
            await asyncio.wait([self._writing])

    # writing

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        where, id = config["configurable"], checkpoint["id"]
        ns, parent = where["checkpoint_ns"], where.get("checkpoint_id")
        content, blobs = self._parts(checkpoint, new_versions)
        about = self.keyring.seal_fields(dict(get_serializable_checkpoint_metadata(config, metadata)))
        self._namespaces.add(ns)
        put = Put(id, ns, id, parent=parent, content=Jsonb(content), about=Jsonb(about), blobs=blobs)
        await self._take(put)
        if self._waits:
            await asyncio.shield(put.stored)
        return {"configurable": {"thread_id": where["thread_id"], "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        where = config["configurable"]
        rows = [
            (WRITES_IDX_MAP.get(channel, place), channel, *self.serde.dumps_typed(value))
            for place, (channel, value) in enumerate(writes)
        ]
        special = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        ns, id = where["checkpoint_ns"], where["checkpoint_id"]
        await self._take(Put(task_id, ns, id, path=task_path, writes=rows, special=special))

    def _parts(
        self, checkpoint: Checkpoint, new_versions: ChannelVersions
    ) -> tuple[dict[str, Any], list[Blob]]:
        """Return the checkpoint as it stands in its row, and the new values that stand in rows of their own."""
        kept: dict[str, Any] = {}
        blobs: list[Blob] = []
        for channel, value in checkpoint["channel_values"].items():
            if isinstance(value, INLINE):
                kept[channel] = self.sealed(value)
                continue
            if isinstance(value, _DeltaSnapshot):
                kept[channel] = True
            if channel in new_versions:
                blobs.append((channel, str(new_versions[channel]), *self.serde.dumps_typed(value)))
        return {**checkpoint, "channel_values": kept}, blobs

    async def _take(self, put: Put) -> None:
        """Have the put stored, its large values before it."""
        if any(large_values.is_large(row[-1]) for row in (*put.blobs, *put.writes)):
            await whole(self._keep_large(put))
        else:
            self._add(put)

    async def _keep_large(self, put: Put) -> None:
        put.blobs = [await self._kept_row(row) for row in put.blobs]
        put.writes = [await self._kept_row(row) for row in put.writes]
        self._add(put)

    async def _kept_row(self, row: Any) -> Any:
        if not large_values.is_large(row[-1]):
            return row
        return (*row[:-2], *await large_values.put(str(self.log.run.thread_id), *row[-2:]))

    def _add(self, put: Put) -> None:
        if self.failure:
            raise self.failure
        self.puts.append(put)
        if not self._writing:
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        if not self._waits:
            await asyncio.sleep(GATHER)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        try:
            while self.puts and not self.ending:
                async with self.log.lock:
                    if not self.ending:
                        await self._write_batch(list(self.puts))
        except Exception as error:
            self._fail(error)
        finally:
            self._writing = None

    async def _write_batch(self, puts: list[Put]) -> None:
        entries = self.log.writable({put.key for put in puts})
        try:
            await self.store(entries, puts)
        except sql.REFUSED:
            await self.write_each()
        else:
            self.note_stored(entries, puts)

    async def store(self, entries: list[Entry], puts: list[Put]) -> None:
        """Store these in one statement. Raises `RunLost`."""

        async def store() -> None:
            async with self.pool.connection() as conn:
                await sql.write_run(conn, self.log.run, entries, puts)

        await patiently(store)

    def note_stored(self, entries: list[Entry], puts: list[Put]) -> None:
        """Note that these, the first of those that wait, are in the database."""
        del self.puts[: len(puts)]
        self.log.made_durable(put.key for put in puts)
        self.log.written(entries)
        for put in puts:
            if not put.stored.done():
                put.stored.set_result(None)

    async def write_each(self) -> None:
        """Store what waits one by one, since Postgres refuses some of it: such an event is left out.

        The first put that is refused is raised, and neither it nor what follows is stored.
        """
        await store_each(self.store, self.log, self.log.writable())
        for put in list(self.puts):
            await self.store([], [put])
            self.note_stored([], [put])
            await store_each(self.store, self.log, self.log.writable())

    def _fail(self, error: Exception) -> None:
        self.failure = error
        self.log.lost |= isinstance(error, RunLost)
        self.log.dirty.set()
        for put in self.puts:
            if not put.stored.done():
                put.stored.set_exception(error)
                put.stored.exception()
        self.puts.clear()


class LeasedStore(PatientStore):
    """A store whose writes begin with the fence."""

    __slots__ = ("log",)

    def __init__(self, pool: Pool, log: RunLog) -> None:
        super().__init__(pool)
        self.log = log

    def close(self) -> None:
        """End the task that batches what the nodes ask for."""
        if self._task:
            self._task.cancel()

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        with sql.raising():
            return await whole(super().abatch(ops))

    async def _batch_put_ops(self, put_ops: Sequence[tuple[int, PutOp]], cur: AsyncCursor[DictRow]) -> None:
        await cur.execute(sql.FENCE, (self.log.run.run_id, self.log.run.attempt))
        await super()._batch_put_ops(put_ops, cur)
