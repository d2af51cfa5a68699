"""Assistants as callers name them: by id, or by the name of their graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.errors import FabulaError
from server.db.assistants import AssistantFilter, AssistantRow, assistant_id_of, get_assistant
from server.db.pool import Pool

SYSTEM = {"created_by": "system"}


class AssistantNotFound(FabulaError):
    """Assistant not found"""


class AssistantUnknown(FabulaError):
    """There is no such assistant, and no graph of that name."""


@dataclass(frozen=True, slots=True)
class Assistant:
    """What a run needs to know of its assistant."""

    assistant_id: UUID
    graph_id: str
    config: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=lambda: dict(SYSTEM))


class Assistants:
    """The assistants that a caller may use."""

    def __init__(self, pool: Pool, graphs: Mapping[str, Any], owner: str) -> None:
        self.pool, self.graphs, self.owner = pool, graphs, owner

    def filter(self, **given: Any) -> AssistantFilter:
        return AssistantFilter(owner=self.owner, graphs=list(self.graphs), **given)

    async def find(self, named: str) -> Assistant:
        """Return what a run needs; a graph's own assistant costs no query.

        Raises `AssistantUnknown` for a name, `AssistantNotFound` for an id.
        """
        if named in self.graphs:
            return Assistant(assistant_id_of(named), named)
        assistant_id = self._id(named)
        for graph_id in self.graphs:
            if assistant_id_of(graph_id) == assistant_id:
                return Assistant(assistant_id, graph_id)
        row = await self.get(named)
        return Assistant(row.assistant_id, row.graph_id, row.config, row.context, row.metadata)

    async def get(self, named: str) -> AssistantRow:
        """Return the assistant's row. Raises as `find` does."""
        assistant_id = assistant_id_of(named) if named in self.graphs else self._id(named)
        async with self.pool.connection() as conn:
            row = await get_assistant(conn, assistant_id, self.owner)
        if row is None or row.graph_id not in self.graphs:
            raise AssistantNotFound(f"Assistant not found: there is none with the id {assistant_id}")
        return row

    def _id(self, named: str) -> UUID:
        try:
            return UUID(named)
        except ValueError:
            known = ", ".join(self.graphs)
            raise AssistantUnknown(
                f"No assistant found for {named!r}: it is neither an id nor one of the graphs {known}"
            ) from None
