"""What a reader is told of a run: events of few names, whichever product they are from."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One event for a reader. `seq` is what to send as Last-Event-ID; an event without one is not logged."""

    event: str
    data: dict[str, Any]
    seq: int | None = None
