"""evaluate."""

from typing import Any

from langgraph.runtime import Runtime

from domain.agent import AgentState
from domain.context import Context


async def evaluate(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """evaluate."""
    return {}
