"""The events of one attempt at a run: numbered, handed to readers, kept until they are written."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable

from server.runs.models import BLOCK, Entry, Event, RunRow
from server.runs.topics import Topic

UNWRITTEN_BYTES = 4_000_000
LOW = BLOCK // 4
VERY_LOW = 64


class RunLog:
    """What one attempt at a run says.

    `lock` is held while events are written, so that they commit in order. Readers of this process get an event
    at once, but for results: those, and what follows them, they get when the log has them. And a node's result is
    held back from the log until what the node wrote is durable. So after a kill either the node is not run again
    and its result is told once, or nobody has seen it.
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
        self._results: deque[int] = deque()
        self._unseen: deque[Event] = deque()
        topic.begin(self.floor)

    def add(self, name: str, data: bytes, *, result: bool = False) -> Entry:
        """Number the event and keep it for the log; hand it to this process's readers, now or when it is logged."""
        entry = Entry(Event(self._next(), self.run.run_id, name, data))
        self.unwritten.append(entry)
        self._bytes += len(data)
        if result:
            self._results.append(entry.event.seq)
        if self._results:
            self._unseen.append(entry.event)
        else:
            self.topic.add(entry.event)
        self.dirty.set()
        return entry

    def hold(self, key: str, first: Entry) -> None:
        """Keep this event and what follows from the log until the key is durable, if it is not."""
        if key in self._durable:
            self._durable.discard(key)
        else:
            self._held[key] = first.event.seq

    def made_durable(self, keys: Iterable[str]) -> None:
        """What the keys stand for, tasks' writes or checkpoints, is in the database."""
        for key in keys:
            if self._held.pop(key, None) is None:
                self._durable.add(key)
        if self.unwritten:
            self.dirty.set()

    def release(self, key: str) -> None:
        """Hold nothing back for the key any more."""
        self._held.pop(key, None)

    def writable(self, durable: Collection[str] = ()) -> list[Entry]:
        """Return the events that may be written now, together with what makes these keys durable."""
        limit = min((seq for key, seq in self._held.items() if key not in durable), default=None)
        if limit is None:
            return list(self.unwritten)
        return [entry for entry in self.unwritten if entry.event.seq < limit]

    def written(self, entries: list[Entry]) -> None:
        """Note that these, the first unwritten ones, are in the log."""
        if not entries:
            return
        last = entries[-1].event.seq
        del self.unwritten[: len(entries)]
        self._bytes -= sum(len(entry.event.data) for entry in entries)
        while self._results and self._results[0] <= last:
            self._results.popleft()
        while self._unseen and (not self._results or self._unseen[0].seq < self._results[0]):
            self.topic.add(self._unseen.popleft())
        self.topic.note_logged(last)

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
