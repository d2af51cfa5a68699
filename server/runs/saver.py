"""Checkpoints and store of one attempt at a run: written only while the attempt holds it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.store.base import Op, PutOp, Result
from psycopg import AsyncCursor
from psycopg.rows import DictRow

from server.db.checkpoints import PatientSaver, PatientStore
from server.db.pool import Pool
from server.runs import sql
from server.runs.log import RunLog

Result_ = TypeVar("Result_")

_with_events: ContextVar[bool] = ContextVar("with_events", default=False)


async def whole(work: Coroutine[Any, Any, Result_]) -> Result_:
    """Do the work to its end, even when the run is cancelled meanwhile: a query that is broken off costs its
    connection, and a run shall not end between being told and being stored."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise


class LeasedSaver(PatientSaver):
    """A saver whose writes begin with the fence, and whose checkpoints take the events before them along."""

    def __init__(self, pool: Pool, log: RunLog) -> None:
        super().__init__(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self.log = log
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
        token = _with_events.set(True)
        try:
            stored = await whole(super().aput(config, checkpoint, metadata, new_versions))
        finally:
            _with_events.reset(token)
        self.log.made_durable(checkpoint["id"])
        return stored

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self._writing += 1
        try:
            await whole(super().aput_writes(config, writes, task_id, task_path))
        finally:
            self._writing -= 1
            self._written.set()
        self.log.made_durable(task_id)

    @contextlib.asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        log = self.log
        async with log.lock if _with_events.get() else contextlib.nullcontext():
            entries = log.writable() if _with_events.get() else []
            with sql.raising():
                async with super()._cursor(pipeline=pipeline) as cursor:
                    if entries:
                        await cursor.execute(sql.WRITE_EVENTS, sql.written(log.run, entries))
                    elif pipeline:
                        await cursor.execute(sql.FENCE, (log.run.run_id, log.run.attempt))
                    yield cursor
            log.written(entries)


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
