"""Checkpoints and store of one attempt at a run: written only while the attempt holds it."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.store.base import Op, PutOp, Result
from psycopg import AsyncCursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from server.db.checkpoints import PatientSaver, PatientStore
from server.db.patience import patiently
from server.db.pool import Pool
from server.runs import sql
from server.runs.log import RunLog

Done = TypeVar("Done")
Blob = tuple[str, str, str, bytes]

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
    """A saver whose writes begin with the fence, and whose checkpoints take the events before them along.

    Each write is one statement; the rows are those of LangGraph's saver, which reads them.
    """

    def __init__(self, pool: Pool, log: RunLog) -> None:
        super().__init__(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self.pool, self.log = pool, log
        self._writing = 0
        self._written = asyncio.Event()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        self.log.checkpointed.add(config["configurable"].get("checkpoint_ns", ""))
        found = await super().aget_tuple(config)
        if found:
            self.log.made_durable(found.checkpoint["id"])
        return found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        while self._writing:
            self._written.clear()
            await self._written.wait()
        ns, parent = config["configurable"]["checkpoint_ns"], config["configurable"].get("checkpoint_id")
        kept, blobs = self._parts(checkpoint, new_versions)
        about = get_serializable_checkpoint_metadata(config, metadata)
        values = (ns, checkpoint["id"], parent, Jsonb(kept), Jsonb(about), *columns(blobs))
        await whole(patiently(lambda: self._put(values)))
        self.log.made_durable(checkpoint["id"])
        where = {"thread_id": config["configurable"]["thread_id"], "checkpoint_ns": ns}
        return {"configurable": {**where, "checkpoint_id": checkpoint["id"]}}

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self._writing += 1
        try:
            await whole(self._put_writes(config["configurable"], writes, task_id, task_path))
        finally:
            self._writing -= 1
            self._written.set()
        self.log.made_durable(task_id)

    def _parts(
        self, checkpoint: Checkpoint, new_versions: ChannelVersions
    ) -> tuple[dict[str, Any], list[Blob]]:
        """Return the checkpoint as it stands in its row, and the new values that stand in rows of their own."""
        kept: dict[str, Any] = {}
        blobs: list[Blob] = []
        for channel, value in checkpoint["channel_values"].items():
            if isinstance(value, INLINE):
                kept[channel] = value
                continue
            if isinstance(value, _DeltaSnapshot):
                kept[channel] = True
            if channel in new_versions:
                blobs.append((channel, str(new_versions[channel]), *self.serde.dumps_typed(value)))
        return {**checkpoint, "channel_values": kept}, blobs

    async def _put(self, values: tuple[Any, ...]) -> None:
        run = self.log.run
        async with self.log.lock:
            entries = self.log.writable()
            async with self.pool.connection() as conn:
                with sql.raising():
                    await conn.execute(sql.PUT_CHECKPOINT, (*sql.written(run, entries), *values))
            self.log.written(entries)

    async def _put_writes(
        self, where: dict[str, Any], writes: Sequence[tuple[str, Any]], task_id: str, task_path: str
    ) -> None:
        run = self.log.run
        rows = [
            (WRITES_IDX_MAP.get(channel, place), channel, *self.serde.dumps_typed(value))
            for place, (channel, value) in enumerate(writes)
        ]
        special = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        where_to = (where["checkpoint_ns"], where["checkpoint_id"], task_id, task_path)
        values = (run.run_id, run.attempt, run.thread_id, *where_to, special, *columns(rows))

        async def put() -> None:
            async with self.pool.connection() as conn:
                with sql.raising():
                    await conn.execute(sql.PUT_WRITES, values)

        await patiently(put)


def columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """Return four-column rows by column."""
    return tuple([row[place] for row in rows] for place in range(4))


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
