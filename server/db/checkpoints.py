"""LangGraph's checkpoints and store on our pool, patient with a Postgres that is away for a moment."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
)
from langgraph.store.base import Op, Result
from psycopg import AsyncConnection
from psycopg.rows import DictRow, scalar_row

from server.db.large_values import LargeValueSaver
from server.db.patience import patiently
from server.db.pool import Pool
from server.db.sealed import SealedStore


class PatientSaver(LargeValueSaver):
    """A saver that outlives a restart of Postgres: what it does can be done twice, so it does it again."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await patiently(lambda: super(PatientSaver, self).aget_tuple(config))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        async def found() -> list[CheckpointTuple]:
            listed = super(PatientSaver, self).alist(config, filter=filter, before=before, limit=limit)
            return [checkpoint async for checkpoint in listed]

        for checkpoint in await patiently(found):
            yield checkpoint

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return await patiently(
            lambda: super(PatientSaver, self).aput(config, checkpoint, metadata, new_versions)
        )

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await patiently(lambda: super(PatientSaver, self).aput_writes(config, writes, task_id, task_path))

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        return await patiently(
            lambda: super(PatientSaver, self).aget_delta_channel_history(config=config, channels=channels)
        )

    async def adelete_thread(self, thread_id: str) -> None:
        await patiently(lambda: super(PatientSaver, self).adelete_thread(thread_id))


class PatientStore(SealedStore):
    """A store that outlives a restart of Postgres; all it does goes through `abatch`."""

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        operations = list(ops)
        return await patiently(lambda: super(PatientStore, self).abatch(operations))


def saver(pool: Pool) -> PatientSaver:
    """Return a saver for one run: a saver does one thing at a time, so runs that shared one would queue."""
    return PatientSaver(pool)


def saver_on(conn: AsyncConnection[DictRow]) -> LargeValueSaver:
    """Return a saver whose writes are part of the connection's transaction."""
    return LargeValueSaver(conn)


def store(pool: Pool) -> PatientStore:
    """Return a store for one run; cheap, for the same reason."""
    return PatientStore(pool)


async def stored_bytes(conn: AsyncConnection[Any], thread_id: str) -> int:
    """Return the bytes that a thread's checkpoints take in the tables, compressed as they are there."""
    query = """
        SELECT coalesce(sum(size), 0) FROM (
            SELECT pg_column_size(checkpoint) + pg_column_size(metadata) AS size, thread_id FROM checkpoints
            UNION ALL SELECT pg_column_size(blob), thread_id FROM checkpoint_blobs
            UNION ALL SELECT pg_column_size(blob), thread_id FROM checkpoint_writes
        ) AS parts
        WHERE thread_id = %s
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return int(await (await cursor.execute(query, (thread_id,))).fetchone() or 0)
