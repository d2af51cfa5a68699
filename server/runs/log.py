"""The log of events: numbered by the run's holder, handed to readers at once, written in group commits."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from uuid import UUID

from server.runs import sql
from server.runs.models import Event, RunRow

RING_EVENTS = 2_000
RING_BYTES = 1_000_000
UNWRITTEN_BYTES = 4_000_000
LOW_ON_NUMBERS = sql.BLOCK // 4


class Topic:
    """A thread's events in this process: the newest ones in memory, and a way to wait for more.

    The ring has every event of the thread that follows `floor`; what came before, or was logged by another
    process, is in the log, which goes as far as `logged`.
    """

    def __init__(self, thread_id: UUID) -> None:
        self.thread_id = thread_id
        self.users = 0
        self.floor: int | None = None
        self.logged = 0
        self.version = 0
        self._ring: deque[Event] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()

    @property
    def last(self) -> int:
        """The newest number that is known."""
        return max(self.logged, self._ring[-1].seq if self._ring else 0)

    def begin(self, floor: int) -> None:
        """A run of this process numbers events from here on."""
        self._ring.clear()
        self._bytes, self.floor = 0, floor

    def add(self, event: Event) -> None:
        self._ring.append(event)
        self._bytes += len(event.data)
        while len(self._ring) > RING_EVENTS or (self._bytes > RING_BYTES and len(self._ring) > 1):
            gone = self._ring.popleft()
            self._bytes -= len(gone.data)
            self.floor = gone.seq
        self.wake()

    def covers(self, position: int) -> bool:
        """Whether every event of the thread that follows the position and that this process made is here."""
        return self.floor is not None and position >= self.floor

    def after(self, position: int) -> list[Event]:
        found: list[Event] = []
        for event in reversed(self._ring):
            if event.seq <= position:
                break
            found.append(event)
        found.reverse()
        return found

    def note_logged(self, seq: int) -> None:
        if seq > self.logged:
            self.logged = seq
            self.wake()

    def wake(self) -> None:
        self.version += 1
        self._changed.set()

    async def wait(self, seen: int) -> None:
        """Return when something has changed since the version that was seen."""
        while self.version == seen:
            self._changed.clear()
            await self._changed.wait()


class Topics:
    """The threads that this process runs or reads."""

    def __init__(self) -> None:
        self._topics: dict[UUID, Topic] = {}

    @contextlib.contextmanager
    def use(self, thread_id: UUID) -> Iterator[Topic]:
        topic = self._topics.setdefault(thread_id, Topic(thread_id))
        topic.users += 1
        try:
            yield topic
        finally:
            topic.users -= 1
            if not topic.users and self._topics.get(thread_id) is topic:
                del self._topics[thread_id]

    def get(self, thread_id: UUID) -> Topic | None:
        return self._topics.get(thread_id)

    def wake_all(self) -> None:
        for topic in self._topics.values():
            topic.wake()


class RunLog:
    """The events of one attempt at a run. `lock` is held while they are written, so that they commit in order."""

    def __init__(self, run: RunRow, topic: Topic) -> None:
        self.run, self.topic = run, topic
        self.lock = asyncio.Lock()
        self.unwritten: list[Event] = []
        self.lost = False
        self._bytes = 0
        self._next = run.numbered_to - sql.BLOCK + 1
        self._blocks = [run.numbered_to]
        self.dirty = asyncio.Event()
        self.floor = self._next - 1
        topic.begin(self.floor)

    def add(self, name: str, data: bytes) -> None:
        """Number the event, hand it to this process's readers and keep it for the log."""
        event = Event(self._number(), self.run.run_id, name, data)
        self.unwritten.append(event)
        self._bytes += len(data)
        self.topic.add(event)
        self.dirty.set()

    def add_block(self, last: int) -> None:
        self._blocks.append(last)

    @property
    def is_low(self) -> bool:
        return len(self._blocks) == 1 and self._blocks[0] - self._next < LOW_ON_NUMBERS

    @property
    def is_full(self) -> bool:
        """Whether the run must wait for the log before it goes on."""
        return self._bytes > UNWRITTEN_BYTES or (len(self._blocks) == 1 and self._next > self._blocks[0] - 64)

    def written(self, events: list[Event]) -> None:
        """Note that these, the first unwritten ones, are in the log."""
        del self.unwritten[: len(events)]
        self._bytes -= sum(len(event.data) for event in events)
        if events:
            self.topic.note_logged(events[-1].seq)

    def _number(self) -> int:
        if self._next > self._blocks[0]:
            self._next = self._blocks[1] - sql.BLOCK + 1
            del self._blocks[0]
        number, self._next = self._next, self._next + 1
        return number
