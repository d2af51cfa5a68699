"""The newest events of each thread in memory, and a way to wait for more."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from uuid import UUID

from server.runs.models import Event

RING_EVENTS = 2_000
RING_BYTES = 1_000_000


class Topic:
    """A thread's events as this process knows them.

    The ring has every event of the thread that a run of this process made after `floor`; what came before, or
    was logged by another process, is in the log, which goes as far as `logged`. `doubts` counts how often the thread
    may have been deleted.
    """

    def __init__(self, thread_id: UUID) -> None:
        self.thread_id = thread_id
        self.users = 0
        self.begun = 0
        self.floor: int | None = None
        self.logged = 0
        self.version = 0
        self.doubts = 0
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
        self._bytes, self.floor, self.begun = 0, floor, floor

    def add(self, event: Event) -> None:
        """Keep a new event, and as many of the ones before it as there is room for."""
        self._ring.append(event)
        self._bytes += len(event.data)
        while len(self._ring) > RING_EVENTS or (self._bytes > RING_BYTES and len(self._ring) > 1):
            gone = self._ring.popleft()
            self._bytes -= len(gone.data)
            self.floor = gone.seq
        self.wake()

    def after(self, position: int) -> list[Event] | None:
        """Return the events that follow the position, or `None` when they must be read from the log."""
        if self.floor is None or position < self.floor:
            return None
        found: list[Event] = []
        for event in reversed(self._ring):
            if event.seq <= position:
                break
            found.append(event)
        found.reverse()
        return found if found or self.logged <= position else None

    def note_logged(self, seq: int) -> None:
        """The log goes as far as this number."""
        if seq > self.logged:
            self.logged = seq
            self.wake()

    def doubt(self) -> None:
        """The thread may be gone."""
        self.doubts += 1
        self.wake()

    def wake(self) -> None:
        """Have everybody who waits look again."""
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
        """Keep the thread's topic in memory for so long."""
        topic = self._topics.setdefault(thread_id, Topic(thread_id))
        topic.users += 1
        try:
            yield topic
        finally:
            topic.users -= 1
            if not topic.users:
                del self._topics[thread_id]

    def get(self, thread_id: UUID) -> Topic | None:
        """Return the topic, if anybody uses it."""
        return self._topics.get(thread_id)

    def wake_all(self) -> None:
        """Have everybody look again."""
        for topic in self._topics.values():
            topic.doubt()
