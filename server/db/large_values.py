"""Values beyond 400 KB are in the object store: a thread's row says where, and reading it gives the value itself."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple, DeltaChannelHistory

from providers import objects
from server.db.sealed import SealedSaver

LARGEST = 400_000
FOLDER = "values"
# What stands before a row's type when its bytes are the key of an object.
REFERENCE = "object:"


def is_large(data: bytes | None) -> bool:
    """Whether bytes do not belong into the database."""
    return data is not None and len(data) > LARGEST


def is_reference(kind: str) -> bool:
    """Whether a row of this type only says where its value is."""
    return kind.startswith(REFERENCE)


async def put(thread_id: str, kind: str, data: bytes) -> tuple[str, bytes]:
    """Keep a value, and return what stands in its row instead."""
    name = await asyncio.to_thread(lambda: sha256(data).hexdigest())
    key = f"{FOLDER}/{thread_id}/{name}"
    store = objects.get()
    if not await store.exists(key):
        await store.put(key, data)
    return REFERENCE + kind, key.encode()


async def get(kind: str, data: bytes) -> tuple[str, bytes]:
    """Return a row's type and bytes, from wherever they are."""
    if not is_reference(kind):
        return kind, data
    return kind.removeprefix(REFERENCE), await objects.get().read(bytes(data).decode())


async def copy(source: str, target: str) -> None:
    """Copy a thread's values for another."""
    store = objects.get()
    async for key in store.list(f"{FOLDER}/{source}"):
        await store.put(key.replace(source, target, 1), await store.read(key))


class LargeValueSaver(SealedSaver):
    """A saver that keeps large values in the object store."""

    def _dump_blobs(self, thread_id: str, *given: Any) -> list[Any]:
        return self._kept(thread_id, super()._dump_blobs(thread_id, *given))

    def _dump_writes(self, thread_id: str, *given: Any) -> list[Any]:
        return self._kept(thread_id, super()._dump_writes(thread_id, *given))

    def _kept(self, thread_id: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return rows that end with a type and bytes. LangGraph asks for them in a thread of their own."""
        return [(*row[:-2], *self._put(thread_id, *row[-2:])) for row in rows]

    def _put(self, thread_id: str, kind: str, data: bytes | None) -> tuple[str, bytes | None]:
        if data is None or not is_large(data):
            return kind, data
        return asyncio.run_coroutine_threadsafe(put(str(thread_id), kind, data), self.loop).result()

    async def _load_checkpoint_tuple(self, value: Any) -> CheckpointTuple:
        found = {
            "channel_values": [
                (channel, *await as_bytes(kind, data))
                for channel, kind, data in value["channel_values"] or ()
            ],
            "pending_writes": [
                (task, channel, *await as_bytes(kind, data), *rest)
                for task, channel, kind, data, *rest in value["pending_writes"] or ()
            ],
        }
        return await super()._load_checkpoint_tuple({**value, **found})

    def _build_delta_channels_writes_history(self, *, stage2_rows: Any, **given: Any) -> Any:
        """Return the history, or what it can be awaited from when some of it is in the object store."""
        build = super()._build_delta_channels_writes_history
        if not any(is_reference(row["type"]) for row in stage2_rows):
            return build(stage2_rows=stage2_rows, **given)

        async def built() -> Mapping[str, DeltaChannelHistory]:
            rows: Any = [{**row, **await whole(row)} for row in stage2_rows]
            return build(stage2_rows=rows, **given)

        return built()

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        found: Any = await super().aget_delta_channel_history(config=config, channels=channels)
        return await found if asyncio.iscoroutine(found) else found  # type: ignore[no-any-return]


async def as_bytes(kind: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Do as `get` with a type that comes as bytes."""
    if not is_reference(kind.decode()):
        return kind, data
    named, value = await get(kind.decode(), data)
    return named.encode(), value


async def whole(row: Mapping[str, Any]) -> dict[str, Any]:
    kind, data = await get(row["type"], row["blob"])
    return {"type": kind, "blob": data}
