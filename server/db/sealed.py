"""LangGraph's saver and store with what they keep sealed; the rows are theirs, and connections open what they read."""

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.store.base import PutOp, SearchOp
from langgraph.store.postgres.aio import AsyncPostgresStore
from psycopg.types.json import Jsonb

from domain.errors import RequestInvalid
from server.db import sealing
from server.db.sealing import Keyring


def serializer(keyring: Keyring) -> SerializerProtocol:
    """Return what makes bytes of values and seals them.

    It reads back JSON values and LangChain's messages, and makes no other object of what the database holds.
    """
    plain = JsonPlusSerializer(allowed_msgpack_modules=None)
    return EncryptedSerializer(keyring, plain) if keyring.first else plain


class SealedSaver(AsyncPostgresSaver):
    """A saver that seals values, the texts that stand in checkpoints themselves, and metadata."""

    def __init__(self, conn: Any) -> None:
        self.keyring = sealing.get()
        super().__init__(conn, serde=serializer(self.keyring))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        about: Any = get_serializable_checkpoint_metadata(config, metadata)
        values = {channel: self.sealed(value) for channel, value in checkpoint["channel_values"].items()}
        content: Any = {**checkpoint, "channel_values": values}
        return await super().aput(config, content, self.keyring.seal_fields(about), new_versions)  # type: ignore[arg-type]

    def sealed(self, value: Any) -> Any:
        """Return a channel's value as it stands in a checkpoint's row: other values than texts have their own rows."""
        return self.keyring.seal_text(value) if isinstance(value, str) else value

    def _search_where(
        self, config: RunnableConfig | None, filter: Any, before: RunnableConfig | None = None
    ) -> tuple[str, list[Any]]:
        where, values = super()._search_where(config, None, before)
        for either in self.keyring.wanted(filter or {}):
            where += f"{' AND' if where else 'WHERE'} metadata @> ANY (%s)"
            values.append([Jsonb(each) for each in either])
        return where, values


class SealedStore(AsyncPostgresStore):
    """A store that seals items. They are found by equality; what is sealed has no order."""

    def _prepare_batch_PUT_queries(self, put_ops: Sequence[tuple[int, PutOp]]) -> Any:
        return super()._prepare_batch_PUT_queries([(place, sealed(op)) for place, op in put_ops])

    def _prepare_batch_search_queries(self, search_ops: Sequence[tuple[int, SearchOp]]) -> Any:
        return super()._prepare_batch_search_queries([(place, comparing(op)) for place, op in search_ops])

    def _get_filter_condition(self, key: str, op: str, value: Any) -> tuple[str, list[Any]]:
        keyring = sealing.get()
        if op in ("$eq", "$ne"):
            either = [Jsonb(each) for each in keyring.alternatives(value)]
            return f"value->%s {'= ANY' if op == '$eq' else '<> ALL'} (%s)", [key, either]
        if keyring.first and isinstance(value, str):
            raise RequestInvalid(f"filter: {key}: texts are encrypted here, so {op} cannot compare them")
        condition: tuple[str, list[Any]] = super()._get_filter_condition(key, op, value)
        return condition


def sealed(op: PutOp) -> PutOp:
    return op if op.value is None else op._replace(value=sealing.get().seal_fields(dict(op.value)))


def comparing(op: SearchOp) -> SearchOp:
    """Return the search with each value as a comparison."""
    if not op.filter:
        return op
    compared = {key: value if isinstance(value, dict) else {"$eq": value} for key, value in op.filter.items()}
    return op._replace(filter=compared)
