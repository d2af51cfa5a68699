"""judge_input."""

from typing import Any

from langgraph.runtime import Runtime

from domain.agent import AgentState
from domain.context import Context


async def judge_input(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """judge_input."""
    return {}
