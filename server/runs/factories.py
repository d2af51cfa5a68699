"""Graphs as a `langgraph.json` may name them: compiled, not yet compiled, or made for each run."""

import contextlib
import inspect
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel


@contextlib.asynccontextmanager
async def opened(made: Any, config: RunnableConfig) -> AsyncIterator[Any]:
    """Yield the compiled graph of a graph, a builder, or a function of the config (or of nothing).

    The function may be a coroutine's or a context manager's, too; that is left when the run is over.
    """
    async with contextlib.AsyncExitStack() as stack:
        if not isinstance(made, Pregel | StateGraph) and callable(made):
            made = made(config) if inspect.signature(made).parameters else made()
            if inspect.isawaitable(made):
                made = await made
            if hasattr(made, "__aenter__"):
                made = await stack.enter_async_context(made)
            elif hasattr(made, "__enter__"):
                made = stack.enter_context(made)
        yield made.compile() if isinstance(made, StateGraph) else made
