"""How long things are kept, as a `langgraph.json` says: `checkpointer.ttl` for threads, `store.ttl` for items."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langgraph.store.base import TTLConfig
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import FabulaError

EVERY = 60.0
LONGEST = 52_560_000


class RetentionInvalid(FabulaError):
    """langgraph.json says nothing usable about how long things are kept."""


class Ttl(BaseModel):
    """A `ttl` of a langgraph.json; times are minutes."""

    model_config = ConfigDict(extra="ignore")

    default_ttl: float | None = Field(None, ge=0, le=LONGEST)
    sweep_interval_minutes: float | None = Field(None, gt=0, le=LONGEST)
    refresh_on_read: bool = True
    strategy: str = "delete"


@dataclass(frozen=True, slots=True)
class Retention:
    """How many minutes new threads are kept after their last change, and how items are; both for ever by default."""

    thread_minutes: float | None = None
    items: TTLConfig = field(default_factory=TTLConfig)
    every: float = EVERY


def retention_of(told: Mapping[str, Any]) -> Retention:
    """Return what a parsed langgraph.json says. Raises `RetentionInvalid`, naming the field."""
    threads, items = (_ttl(told, part) for part in ("checkpointer", "store"))
    if threads.strategy != "delete":
        raise RetentionInvalid(
            f"checkpointer.ttl.strategy: {threads.strategy!r} is not supported: whole threads are deleted"
        )
    intervals = [ttl.sweep_interval_minutes for ttl in (threads, items) if ttl.sweep_interval_minutes]
    return Retention(
        threads.default_ttl,
        TTLConfig(default_ttl=items.default_ttl, refresh_on_read=items.refresh_on_read),
        min(intervals) * 60 if intervals else EVERY,
    )


def read(path: Path) -> Retention:
    """Return what a langgraph.json says. Raises `RetentionInvalid`."""
    return retention_of(json.loads(path.read_text(encoding="utf-8")))


def _ttl(told: Mapping[str, Any], part: str) -> Ttl:
    about = told.get(part) or {}
    try:
        return Ttl.model_validate(about.get("ttl") or {})
    except (ValidationError, AttributeError) as error:
        raise RetentionInvalid(f"{part}.ttl: {error}") from None
