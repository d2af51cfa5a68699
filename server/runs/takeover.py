"""Where a further attempt at a run begins, and which results need not be told again."""

import json
from collections import Counter
from typing import Any

from server.db.pool import Pool
from server.runs import sql
from server.runs.encoding import encode
from server.runs.models import RunRow


class Told:
    """The updates that an earlier attempt logged for tasks whose step is not over.

    The graph tells the results of such tasks again, marked as cached, when it goes on.
    """

    def __init__(self, updates: Counter[tuple[str, bytes]] | None = None, *, goes_on: bool = False) -> None:
        self.updates = updates
        # Whether this attempt goes on from a checkpoint of the run's own.
        self.goes_on = goes_on

    def again(self, name: str, data: Any) -> bytes | None:
        """Return the encoded update, or `None` when the log has it."""
        if self.updates is None or not isinstance(data, dict) or "__metadata__" not in data:
            return encode(data)
        told = encode({key: value for key, value in data.items() if key != "__metadata__"})
        if self.updates[name, told]:
            self.updates[name, told] -= 1
            return None
        return told


async def go_on(pool: Pool, run: RunRow, given: Any) -> tuple[Any, Told]:
    """Return the input of this attempt, and what earlier ones told.

    It is `None`, to go on from the newest checkpoint, once the run has one of its own.
    """
    if run.attempt == 1:
        return given, Told()
    async with pool.connection() as conn:
        goes_on = await sql.has_checkpoint(conn, run)
        waiting = await sql.waiting_tasks(conn, run.thread_id)
        logged = await sql.logged_results(conn, run)
    return None if goes_on else given, Told(_updates(logged, waiting), goes_on=goes_on)


def _updates(logged: list[tuple[str, bytes]], tasks: set[str]) -> Counter[tuple[str, bytes]]:
    """Return the updates of these tasks: those that come just before a task's result."""
    found: Counter[tuple[str, bytes]] = Counter()
    before: list[tuple[str, bytes]] = []
    for name, data in logged:
        if name.startswith("updates"):
            before.append((name, data))
            continue
        result = json.loads(data)
        if "result" in result and result["id"] in tasks:
            found.update(before)
        before = []
    return found
