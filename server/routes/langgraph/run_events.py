"""What one run's log is in the thread stream (v2): each logged event as protocol events, numbered after it."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from server.routes.langgraph.message_events import MessageStream, whole
from server.runs.models import Event, RunRow

Json = dict[str, Any]
Namespace = tuple[str, ...]
# How many protocol events one logged event may become, each with a number of its own.
ROOM = 1024
INTERRUPT = "__interrupt__"
BROKEN_OFF = "The run was taken over; what it says is said again."


@dataclass(frozen=True, slots=True)
class Told:
    """What a protocol event says; `data` may be JSON already."""

    method: str
    namespace: Namespace
    data: Any
    node: str | None = None


@dataclass(frozen=True, slots=True)
class ProtocolEvent:
    """An event of the thread stream, with its number in the thread."""

    seq: int
    event_id: str
    told: Told

    def wire(self) -> bytes:
        """Return it as a server-sent event."""
        return b"event: %b\ndata: %b\nid: %d\n\n" % (self.told.method.encode(), self.json(), self.seq)

    def json(self) -> bytes:
        """Return it as JSON."""
        told = self.told
        params: Json = {"namespace": told.namespace, "timestamp": time.time_ns() // 1_000_000}
        if told.node is not None:
            params["node"] = told.node
        params["data"] = orjson.Fragment(told.data) if isinstance(told.data, bytes) else told.data
        event = {
            "type": "event",
            "event_id": self.event_id,
            "seq": self.seq,
            "method": told.method,
            "params": params,
        }
        return orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS)


class RunEvents:
    """Translates the log of one run, from its start on: what is told depends on what was told before.

    Of what an event becomes messages come last, so that all has the same number without `words` too: then no
    messages are told.
    """

    def __init__(self, run: RunRow, *, words: bool = True) -> None:
        self.run = run
        self.interrupted = False
        self._last = 0
        self._asked: set[str] = set()
        self._graphs: dict[Namespace, str] = {}
        self._ended: set[Namespace] = set()
        self._messages: dict[tuple[Namespace, str], MessageStream] = {}
        self._translate: dict[str, Callable[[Namespace, bytes], Iterator[Told]]] = {
            "metadata": self._begin,
            "values": self._values,
            "updates": self._updates,
            "tasks": self._task,
            "checkpoints": self._checkpoint,
            "custom": self._custom,
            "tools": self._tool,
            **({"messages": self._message} if words else {}),
        }

    def tell(self, event: Event) -> Iterator[ProtocolEvent]:
        """Yield what the logged event is in the thread stream."""
        mode, *namespace = event.event.split("|")
        self._last = event.seq
        if translate := self._translate.get(mode):
            for place, told in enumerate(translate(tuple(namespace), event.data)):
                seq = event.seq * ROOM + min(place, ROOM - 1)
                yield ProtocolEvent(seq, f"{event.seq}.{place}", told)

    def end(self, run: RunRow | None) -> Iterator[ProtocolEvent]:
        """Yield how the run ended, numbered to the end of its last event; `None` is a run that was rolled back."""
        how, error = self._outcome(run)
        told = [*self._break_off(error), *self._close_graphs(how, error)]
        told.append(Told("lifecycle", (), lifecycle(how, self.run.graph_id, error)))
        for place, each in enumerate(told, ROOM - len(told)):
            seq = self._last * ROOM + max(place, 0)
            yield ProtocolEvent(seq, f"{self.run.run_id}:{how}:{ROOM - 1 - place}", each)

    def _outcome(self, run: RunRow | None) -> tuple[str, str | None]:
        if run is None or run.status == "interrupted":
            return "interrupted", None
        if run.status == "success":
            return "interrupted" if self.interrupted else "completed", None
        return "failed", message_of(run.error) or run.status

    def _begin(self, _: Namespace, data: bytes) -> Iterator[Told]:
        """A new attempt at the run says anew what the one before had not finished."""
        self._graphs.clear()
        self._ended.clear()
        yield Told("lifecycle", (), lifecycle("running", self.run.graph_id))
        yield from self._break_off(BROKEN_OFF)

    def _values(self, namespace: Namespace, data: bytes) -> Iterator[Told]:
        if INTERRUPT.encode() not in data:
            yield Told("values", namespace, data)
            return
        values = orjson.loads(data)
        if isinstance(values, dict):
            values.pop(INTERRUPT, None)
        yield Told("values", namespace, values)

    def _updates(self, namespace: Namespace, data: bytes) -> Iterator[Told]:
        yield Told("updates", namespace, data)
        if INTERRUPT.encode() in data:
            update = orjson.loads(data)
            self.interrupted |= not namespace and INTERRUPT in update
            yield from self._ask(namespace, update.get(INTERRUPT) or ())

    def _ask(self, namespace: Namespace, interrupts: Iterable[Any]) -> Iterator[Told]:
        for each in interrupts:
            if each["id"] not in self._asked:
                self._asked.add(each["id"])
                # The protocol names it `payload`; the Python SDK reads `value`.
                asked = {"interrupt_id": each["id"], "payload": each["value"], "value": each["value"]}
                yield Told("input.requested", namespace, asked)

    def _task(self, namespace: Namespace, data: bytes) -> Iterator[Told]:
        task = orjson.loads(data)
        ends = "result" in task
        if not ends and namespace and namespace not in self._graphs:
            yield self._open_graph(namespace)
        yield Told("tasks", namespace, data)
        if ends:
            yield from self._ask(namespace, task.get("interrupts") or ())
            yield from self._end_task(namespace, task)

    def _open_graph(self, namespace: Namespace) -> Told:
        name, _, task_id = namespace[-1].partition(":")
        self._graphs[namespace] = name
        data = {"event": "started", "namespace": namespace, "graph_name": name, "trigger_call_id": task_id}
        return Told("lifecycle", namespace, data)

    def _end_task(self, namespace: Namespace, task: Json) -> Iterator[Told]:
        error = message_of(task.get("error"))
        how = "interrupted" if task.get("interrupts") else "failed" if error else "completed"
        child = (*namespace, f"{task['name']}:{task['id']}")
        if child in self._graphs and child not in self._ended:
            yield self._close_graph(child, how, error)
        for key, message in list(self._messages.items()):
            if message.task_id == task["id"]:
                yield from self._finish(key, error)

    def _close_graph(self, namespace: Namespace, how: str, error: str | None) -> Told:
        self._ended.add(namespace)
        return Told("lifecycle", namespace, lifecycle(how, self._graphs[namespace], error))

    def _close_graphs(self, how: str, error: str | None) -> Iterator[Told]:
        for namespace in sorted(self._graphs.keys() - self._ended, key=len, reverse=True):
            yield self._close_graph(namespace, how, error)

    def _message(self, namespace: Namespace, data: bytes) -> Iterator[Told]:
        message, about = orjson.loads(data)
        node, place = about.get("langgraph_node"), str(about.get("langgraph_checkpoint_ns", ""))
        if message["type"] == "ai":
            for event in whole(message):
                yield Told("messages", namespace, event, node)
        elif message["type"] == "AIMessageChunk":
            yield from self._chunk(namespace, message, node, place.rpartition(":")[2])

    def _chunk(self, namespace: Namespace, message: Json, node: str, task_id: str) -> Iterator[Told]:
        key, last = (namespace, message["id"]), message.get("chunk_position") == "last"
        if key not in self._messages and last and not message["content"]:
            # The end that is added to a model's stream which does not mark its own has an id of its own.
            ends = [each for each, told in self._messages.items() if told.task_id == task_id]
            yield from self._finish(ends[0]) if len(ends) == 1 else ()
            return
        if key not in self._messages:
            self._messages[key] = MessageStream(message["id"], node, task_id)
        for event in self._messages[key].add(message):
            yield Told("messages", namespace, event, node)
        if last:
            yield from self._finish(key)

    def _finish(self, key: tuple[Namespace, str], error: str | None = None) -> Iterator[Told]:
        message = self._messages.pop(key)
        for event in message.fail(error) if error else message.finish():
            yield Told("messages", key[0], event, message.node)

    def _break_off(self, error: str | None) -> Iterator[Told]:
        for key in list(self._messages):
            yield from self._finish(key, error)

    def _checkpoint(self, namespace: Namespace, data: bytes) -> Iterator[Told]:
        checkpoint = orjson.loads(data)
        metadata, parent = checkpoint["metadata"], checkpoint.get("parent_config")
        told = {"id": checkpoint["config"]["configurable"]["checkpoint_id"]}
        if parent:
            told["parent_id"] = parent["configurable"]["checkpoint_id"]
        yield Told("checkpoints", namespace, {**told, "step": metadata["step"], "source": metadata["source"]})

    def _custom(self, namespace: Namespace, data: bytes) -> Iterator[Told]:
        yield Told("custom", namespace, data)

    def _tool(self, namespace: Namespace, data: bytes) -> Iterator[Told]:
        yield Told("tools", namespace, data)


def message_of(error: Any) -> str | None:
    """Return what an error says, as runs and tasks tell of theirs."""
    return str(error["message"] or error["error"]) if isinstance(error, dict) else error


def lifecycle(how: str, graph_name: str, error: str | None = None) -> Json:
    return {"event": how, "graph_name": graph_name, **({"error": error} if error else {})}
