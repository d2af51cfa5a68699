"""What waits to be stored together: checkpoints, with the new values of their channels, and what tasks wrote."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

Blob = tuple[str, str, str, bytes]
Write = tuple[int, str, str, bytes]


@dataclass(slots=True)
class Put:
    """A checkpoint with new values, or a task's writes. `key` is its id, which events may wait for."""

    key: str
    ns: str
    checkpoint_id: str
    parent: str | None = None
    content: Jsonb | None = None
    about: Jsonb | None = None
    blobs: Sequence[Blob] = ()
    path: str = ""
    writes: Sequence[Write] = ()
    special: bool = False
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


def columns(puts: Iterable[Put]) -> tuple[list[Any], ...]:
    """Return the puts as the columns that the statements take; of two for the same row the one that counts."""
    checkpoints: dict[Any, tuple[Any, ...]] = {}
    blobs: list[tuple[Any, ...]] = []
    writes: dict[Any, tuple[Any, ...]] = {}
    for put in puts:
        if put.content:
            checkpoints[put.ns, put.checkpoint_id] = _checkpoint(put)
            blobs += [(put.ns, *blob) for blob in put.blobs]
        for write in put.writes:
            row = (put.ns, put.checkpoint_id, put.key, put.path, *write, put.special)
            place = (put.ns, put.checkpoint_id, put.key, write[0])
            if put.special or place not in writes:
                writes[place] = row
    return (*_turned(checkpoints.values(), 5), *_turned(blobs, 5), *_turned(writes.values(), 9))


def _checkpoint(put: Put) -> tuple[Any, ...]:
    return put.ns, put.checkpoint_id, put.parent, put.content, put.about


def _turned(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


NOTHING = columns(())
