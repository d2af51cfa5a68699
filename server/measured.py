"""The engine and its graphs, measured: they do what they did before, and it shows at `/metrics` and in the log."""

import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any
from uuid import UUID

import structlog

from server.analytics import note_figures
from server.creator_sessions import GRAPH
from server.db.threads import add_usage
from server.metrics import ACCEPTED, RUN, SETTLED, WAIT, Calls, Steps, count_session, serve_graphs, spent
from server.runs.engine import Engine
from server.runs.models import RunCreate, RunRow

DEEPEST = 30

logger = structlog.get_logger(__name__)


class MeasuredEngine(Engine):
    """An engine that counts its runs, and notes what they used and how far the creator's sessions came."""

    async def accept(self, create: RunCreate, *given: Any, **options: Any) -> RunRow:
        run = await super().accept(create, *given, **options)
        if run.run_id == create.run_id:
            ACCEPTED.labels(run.graph_id).inc()
            if begins(create, run):
                count_session(run.graph_id)
            logger.info("run_accepted", **names_of(run))
        return run

    def _ended(self, run_id: UUID, thread_id: UUID | None, settled: RunRow | None) -> None:
        super()._ended(run_id, thread_id, settled)
        used = spent.pop(str(run_id), None)
        # The run may have begun as another's ended, in the context of that one's request.
        structlog.contextvars.unbind_contextvars("request_id")
        if settled:
            note_settled(settled)
            if settled.finished and settled.graph_id == GRAPH:
                self.worker.spawn(note_figures(self.pool, self.graphs, settled))
        if used and thread_id:
            self.worker.spawn(self._note_usage(thread_id, used))

    async def _note_usage(self, thread_id: UUID, used: dict[str, float]) -> None:
        async with self.pool.connection() as conn:
            await add_usage(conn, thread_id, used)


def begins(create: RunCreate, run: RunRow) -> bool:
    """Say whether the run made a thread to stay: one that it found has a checkpoint by now."""
    return create.make_thread and not create.temporary and not (run.base or {}).get("checkpoint_id")


def names_of(run: RunRow) -> dict[str, str]:
    return {"run_id": str(run.run_id), "thread_id": str(run.thread_id), "graph": run.graph_id}


class Measured:
    """A graph whose runs are measured; else it is the graph that it wraps.

    `prices`: dollars for a million tokens of input and of output, by model.
    """

    def __init__(self, name: str, graph: Any, prices: Mapping[str, tuple[float, float]]) -> None:
        self.name, self.graph, self.prices = name, graph, prices

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.graph, attribute)

    def copy(self, update: dict[str, Any]) -> "Measured":
        return Measured(self.name, self.graph.copy(update=update), self.prices)

    async def astream(self, given: Any, config: Any, **options: Any) -> AsyncIterator[Any]:
        """Stream the graph, measuring its nodes, its stages and its models' calls."""
        run_id = str(config["run_id"])
        about = {"run_id": run_id, "thread_id": config["configurable"]["thread_id"], "graph": self.name}
        # The task is the run's own. It may go on from another run's, whose request this one is not.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**about)
        logger.info("run_begun")
        steps, calls = Steps(self.name), Calls(self.name, run_id, self.prices)
        measured = {**config, "callbacks": [*(config.get("callbacks") or []), calls]}
        try:
            async with aclosing(self.graph.astream(given, measured, **options)) as parts:
                async for part in parts:
                    steps.see(*part)
                    yield part
        except Exception as error:
            logger.error("graph_failed", stack=stack_of(error))
            raise
        finally:
            steps.end()


def note_settled(run: RunRow) -> None:
    """Note how a run ended, how long it took and how long it had waited."""
    SETTLED.labels(run.graph_id, run.status).inc()
    if run.claimed_at and run.settled_at:
        RUN.labels(run.graph_id).observe((run.settled_at - run.claimed_at).total_seconds())
    if run.claimed_at and run.attempt == 1:
        could = max(run.created_at, run.due_at) if run.due_at else run.created_at
        WAIT.labels(run.graph_id).observe(max(0.0, (run.claimed_at - could).total_seconds()))
    logger.info("run_settled", **names_of(run), status=run.status, attempt=run.attempt)


def stack_of(error: Exception) -> str:
    """Return the error's stack as plain text: what renderers make of an `exc_info` can take seconds on the loop."""
    return "".join(traceback.format_exception(error, limit=-DEEPEST))


def measure(graphs: Mapping[str, Any], prices: Mapping[str, tuple[float, float]]) -> dict[str, Measured]:
    """Return the graphs so that their runs are measured."""
    serve_graphs(graphs)
    return {name: Measured(name, graph, prices) for name, graph in graphs.items()}
