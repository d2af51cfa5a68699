"""The run stream (v1): a filter on the log of a run, and the few translations that its modes need."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
from langchain_core.messages import (
    AIMessageChunk,
    BaseMessageChunk,
    ChatMessageChunk,
    FunctionMessageChunk,
    HumanMessageChunk,
    SystemMessageChunk,
    ToolMessageChunk,
    message_chunk_to_message,
)

from server.runs.encoding import encode
from server.runs.engine import Engine
from server.runs.errors import RunNotFound
from server.runs.models import Event, RunRow
from server.thread_states import checkpoint_json

CHUNKS: dict[str, type[BaseMessageChunk]] = {
    kind.__name__: kind
    for kind in (
        AIMessageChunk,
        HumanMessageChunk,
        SystemMessageChunk,
        ToolMessageChunk,
        FunctionMessageChunk,
        ChatMessageChunk,
    )
}
START = -1
INTERRUPT = b'"__interrupt__":'


class View:
    """What one reader of a run sees of its log."""

    def __init__(
        self, modes: list[str], subgraphs: bool, after: int | None = START, *, nested: bool = False
    ) -> None:
        self.modes, self.subgraphs, self.after = set(modes), subgraphs, after
        self.tuples = "messages-tuple" in self.modes
        self.accumulates = "messages" in self.modes and not self.tuples
        self._looks_back = self.accumulates or (self.tuples and nested and not subgraphs)
        self._gathered: dict[str, Any] = {}
        self._within: dict[str, Any] = {}

    @property
    def start(self) -> int | None:
        """Where to read from: a message that is made of chunks needs those that were read before."""
        return START if self._looks_back and self.after is not None else self.after

    def tell(self, event: Event) -> Iterator[bytes]:
        """Yield what the event is to this reader, as it goes over the wire."""
        told = list(self._translate(event))
        if self.after is not None and event.seq <= self.after:
            return
        for place, (name, data) in enumerate(told, 1):
            yield wire(name, data, event.seq if place == len(told) else None)

    def _translate(self, event: Event) -> Iterator[tuple[str, bytes]]:
        mode, _, namespace = event.event.partition("|")
        if mode == "messages":
            yield from self._messages(event, namespace)
            return
        if mode == "updates" and self._within and not namespace:
            yield from self._returned(event)
        if mode in ("metadata", "error") or (mode in self.modes and (self.subgraphs or not namespace)):
            yield event.event, with_checkpoints(event.data) if mode == "debug" else event.data

    def _messages(self, event: Event, namespace: str) -> Iterator[tuple[str, bytes]]:
        if not (self.tuples or self.accumulates):
            return
        if namespace and not self.subgraphs:
            message, about = orjson.loads(event.data)
            self._within[message["id"]] = about
        elif self.tuples:
            yield event.event, event.data
        else:
            yield from self._accumulate(*orjson.loads(event.data))

    def _returned(self, event: Event) -> Iterator[tuple[str, bytes]]:
        """A subgraph's words are not streamed; the messages that it returns are, whole."""
        for node, update in orjson.loads(event.data).items():
            for message in messages_of(update):
                if about := self._within.pop(message["id"], None):
                    about = outer(about, node)
                    if self.tuples:
                        yield "messages", encode([message, about])
                    else:
                        yield from self._accumulate(message, about)

    def _accumulate(self, message: Any, about: Any) -> Iterator[tuple[str, bytes]]:
        id = message["id"]
        if id not in self._gathered:
            self._gathered[id] = None
            yield "messages/metadata", encode({id: {"metadata": about}})
        kind = CHUNKS.get(message["type"])
        if kind is None:
            yield "messages/complete", encode([message])
            return
        chunk = kind(**message)
        so_far = self._gathered[id]
        self._gathered[id] = whole = chunk if so_far is None else so_far + chunk
        yield "messages/partial", encode([message_chunk_to_message(whole)])


def with_checkpoints(data: bytes) -> bytes:
    """Return a debug event whose checkpoint is also told as states tell theirs; Studio reads it there."""
    debug = orjson.loads(data)
    if debug["type"] != "checkpoint":
        return data
    payload = debug["payload"]
    payload["checkpoint"] = checkpoint_json(payload["config"])
    payload["parent_checkpoint"] = checkpoint_json(payload["parent_config"])
    for task in payload["tasks"]:
        if isinstance(task.get("state"), dict):
            named = task.pop("state")["configurable"]
            task["checkpoint"] = {key: named[key] for key in ("thread_id", "checkpoint_ns") if key in named}
    return orjson.dumps(debug)


def messages_of(update: Any) -> list[Any]:
    """Return the messages that stand in a node's update."""
    values = list(update.values()) if isinstance(update, dict) else []
    found = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return [each for each in found if isinstance(each, dict) and each.get("id") and "type" in each]


def outer(about: Any, node: str) -> Any:
    """Return a message's metadata as of the node that its subgraph is."""
    namespace = str(about.get("langgraph_checkpoint_ns", "")).partition("|")[0]
    return {
        **about,
        "langgraph_node": node,
        "langgraph_path": ["__pregel_pull", node],
        "langgraph_checkpoint_ns": namespace,
    }


def wire(name: str, data: bytes, seq: int | None) -> bytes:
    """Return a server-sent event; its lines end with LF, which every client reads."""
    event = b"event: " + name.encode() + b"\ndata: " + data
    return event + b"\n\n" if seq is None else event + b"\nid: " + str(seq).encode() + b"\n\n"


async def stream_run(engine: Engine, run: RunRow, view: View) -> AsyncIterator[bytes]:
    """Yield what the reader sees of the run, all at once that is there, until it has ended or is gone."""
    try:
        async for events in engine.batches(run.thread_id, run.owner, after=view.start, run_id=run.run_id):
            if told := b"".join(part for event in events for part in view.tell(event)):
                yield told
    except RunNotFound:
        return


async def outcome(engine: Engine, run: RunRow) -> bytes:
    """Return a run's last values, or its error, once it has ended."""
    values = b"{}"
    asked: list[Any] = []
    try:
        async for event in engine.stream(run.thread_id, run.owner, after=START, run_id=run.run_id):
            if event.event == "values":
                values = event.data
                if INTERRUPT in values:
                    asked += orjson.loads(values).get("__interrupt__") or []
            elif event.event == "error":
                values, asked = b'{"__error__":' + event.data + b"}", []
            elif event.event == "metadata":
                values, asked = b"{}", []
    except RunNotFound:
        return b"{}"
    return encode({**orjson.loads(values), "__interrupt__": asked}) if len(asked) > 1 else values
