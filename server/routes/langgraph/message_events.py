"""Messages of the log as the events of the thread stream: start, the blocks of its content, finish."""

from collections.abc import Iterator
from typing import Any

# Its generators pull chunks; a log pushes them, so its parts are used one by one.
from langchain_core.language_models._compat_bridge import (
    _accumulate,
    _accumulate_usage,
    _build_message_finish,
    _build_message_start,
    _finalize_and_build_finish,
    _iter_protocol_blocks,
    _start_skeleton,
    _to_content_delta,
    message_to_events,
)
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.utils._merge import merge_dicts

Json = dict[str, Any]
# What a chunk may hold besides words.
MORE = ("additional_kwargs", "response_metadata", "tool_call_chunks", "tool_calls", "usage_metadata")


class MessageStream:
    """A message that is told chunk by chunk."""

    def __init__(self, id: str, node: str, task_id: str) -> None:
        self.id, self.node, self.task_id = id, node, task_id
        self._started = False
        self._blocks: dict[Any, tuple[int, Json]] = {}
        self._usage: Any = None
        self._response: Json = {}
        self._extra: Json = {}

    def add(self, message: Json) -> Iterator[Json]:
        """Yield what a chunk adds to the message."""
        if self._goes_on(message):
            [key] = self._blocks
            yield from self._add_block(key, {"type": "text", "text": message["content"]})
        else:
            yield from self._add_chunk(AIMessageChunk(**message))

    def _goes_on(self, message: Json) -> bool:
        """Say whether a chunk only adds words to the only text: most do, and the library takes four times as long."""
        return (
            len(self._blocks) == 1
            and isinstance(message["content"], str)
            and not any(message.get(name) for name in MORE)
            and all(block["type"] == "text" and "index" not in block for _, block in self._blocks.values())
        )

    def _add_chunk(self, chunk: AIMessageChunk) -> Iterator[Json]:
        if not self._started:
            self._started = True
            yield dict(_build_message_start(chunk, self.id))
        self._response |= chunk.response_metadata
        self._extra = merge_dicts(self._extra, chunk.additional_kwargs)
        for key, block in _iter_protocol_blocks(chunk):
            yield from self._add_block(key, block)
        if chunk.usage_metadata:
            self._usage = _accumulate_usage(self._usage, chunk.usage_metadata)

    def _add_block(self, key: Any, block: Json) -> Iterator[Json]:
        if key in self._blocks:
            index, so_far = self._blocks[key]
            self._blocks[key] = index, _accumulate(so_far, block)
        else:
            index = len(self._blocks)
            self._blocks[key] = index, dict(block)
            yield self._of(
                {"event": "content-block-start", "index": index, "content": _start_skeleton(block)}
            )
        if delta := _to_content_delta(block):
            yield self._of({"event": "content-block-delta", "index": index, "delta": delta})

    def finish(self) -> Iterator[Json]:
        """Yield the end of the message."""
        for index, block in self._blocks.values():
            yield self._of(dict(_finalize_and_build_finish(index, block)))
        end = _build_message_finish(
            usage=self._usage, response_metadata=self._response, additional_kwargs=self._extra
        )
        yield self._of(dict(end))

    def fail(self, why: str) -> Iterator[Json]:
        """Yield that the message breaks off."""
        yield self._of({"event": "error", "message": why})

    def _of(self, event: Json) -> Json:
        return {**event, "id": self.id}


def whole(message: Json) -> Iterator[Json]:
    """Yield the events of a message that was not streamed."""
    for event in message_to_events(AIMessage(**message)):
        yield {**event, "id": message["id"]}
