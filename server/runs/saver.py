"""Checkpoints and store of one attempt at a run: written only while the attempt holds it."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.store.base import Op, PutOp, Result
from psycopg import AsyncCursor, Error
from psycopg.rows import DictRow

from server.db.checkpoints import PatientSaver, PatientStore
from server.db.pool import Pool
from server.runs import sql
from server.runs.log import RunLog


class LeasedSaver(PatientSaver):
    """A saver whose writes begin with the fence."""

    def __init__(self, pool: Pool, log: RunLog) -> None:
        super().__init__(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self.log = log

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return await super().aput(config, checkpoint, metadata, new_versions)

    @contextlib.asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        try:
            async with super()._cursor(pipeline=pipeline) as cursor:
                if pipeline:
                    await cursor.execute(sql.FENCE, (self.log.run.run_id, self.log.run.attempt))
                yield cursor
        except Error as error:
            raise sql.raised(error) from None


class LeasedStore(PatientStore):
    """A store whose writes begin with the fence."""

    __slots__ = ("log", "writes")

    def __init__(self, pool: Pool, log: RunLog) -> None:
        super().__init__(pool)
        self.log = log

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        return await super().abatch(ops)

    async def _execute_batch(
        self, grouped_ops: dict[Any, Any], results: list[Result], conn: Any = None
    ) -> None:
        if PutOp in grouped_ops:
            await super()._execute_batch(grouped_ops, results, conn)
        else:
            await super()._execute_batch(grouped_ops, results, conn)
