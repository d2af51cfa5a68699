"""write_bridge."""

from typing import Any

from langgraph.runtime import Runtime

from domain.agent import AgentState
from domain.context import Context


async def write_bridge(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """write_bridge."""
    return {}
