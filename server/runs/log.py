"""The events of one attempt at a run: numbered, handed to readers at once, kept until they are written."""

import asyncio

from server.runs.models import BLOCK, Entry, Event, RunRow
from server.runs.topics import Topic

UNWRITTEN_BYTES = 4_000_000
LOW = BLOCK // 4
VERY_LOW = 64


class RunLog:
    """What one attempt at a run says.

    `lock` is held while events are written, so that they commit in order. A node's result is held back until
    what the node wrote is durable: after a kill either both are there, and the node is not run again, or neither.
    """

    def __init__(self, run: RunRow, topic: Topic) -> None:
        self.run, self.topic = run, topic
        self.lock = asyncio.Lock()
        self.dirty = asyncio.Event()
        self.lost = False
        self.floor = run.numbered_to - BLOCK
        self.unwritten: list[Entry] = []
        self._bytes = 0
        self._number = self.floor
        self._blocks = [run.numbered_to]
        self.checkpointed: set[str] = set()
        self._held: dict[str, int] = {}
        self._durable: set[str] = set()
        topic.begin(self.floor)

    def add(self, name: str, data: bytes) -> Entry:
        """Number the event, hand it to this process's readers and keep it for the log."""
        entry = Entry(Event(self._next(), self.run.run_id, name, data))
        self.unwritten.append(entry)
        self._bytes += len(data)
        self.topic.add(entry.event)
        self.dirty.set()
        return entry

    def hold(self, key: str, first: Entry) -> None:
        """Keep this event and what follows from the log until the key is durable, if it is not."""
        if key in self._durable:
            self._durable.discard(key)
        else:
            self._held[key] = first.event.seq

    def made_durable(self, key: str) -> None:
        """What the key stands for, a task's writes or a checkpoint, is in the database."""
        if self._held.pop(key, None) is None:
            self._durable.add(key)
        self.dirty.set()

    def release(self, key: str) -> None:
        """Hold nothing back for the key any more."""
        self._held.pop(key, None)

    def writable(self) -> list[Entry]:
        """Return the events that may be written now."""
        if not self._held:
            return list(self.unwritten)
        limit = min(self._held.values())
        return [entry for entry in self.unwritten if entry.event.seq < limit]

    def written(self, entries: list[Entry]) -> None:
        """Note that these, the first unwritten ones, are in the log."""
        if entries:
            del self.unwritten[: len(entries)]
            self._bytes -= sum(len(entry.event.data) for entry in entries)
            self.topic.note_logged(entries[-1].event.seq)

    @property
    def is_low(self) -> bool:
        """Whether a further block of numbers is wanted."""
        return len(self._blocks) == 1 and self._blocks[0] - self._number < LOW

    @property
    def is_full(self) -> bool:
        """Whether the run must wait for the log before it goes on."""
        return self._bytes > UNWRITTEN_BYTES or (
            len(self._blocks) == 1 and self._blocks[0] - self._number < VERY_LOW
        )

    def add_block(self, last: int) -> None:
        """Numbers up to this one are the run's, too."""
        self._blocks.append(last)

    def _next(self) -> int:
        if self._number == self._blocks[0]:
            del self._blocks[0]
            self._number = self._blocks[0] - BLOCK
        self._number += 1
        return self._number
