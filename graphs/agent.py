"""The agent graph: a character listens, answers and lets the story go on, once the player has reached the target."""

from typing import Literal

from langgraph.graph import END, START, StateGraph

from domain.agent import AgentGraphInput, AgentGraphOutput, AgentState
from domain.context import Context
from nodes.agent.evaluate import evaluate
from nodes.agent.ground import ground
from nodes.agent.judge_input import judge_input
from nodes.agent.listen import listen
from nodes.agent.respond import respond
from nodes.agent.route import route
from nodes.agent.write_bridge import write_bridge


def after_listen(state: AgentState) -> list[str]:
    """Judge the words and draft a reply at the same time; ask again after words that were refused."""
    return ["listen"] if state["now"]["problem"] else ["judge_input", "respond"]


def after_evaluate(state: AgentState) -> Literal["respond", "route"]:
    """Have a second draft where the first was refused."""
    return "respond" if state["draft"].get("again") else "route"


def after_route(state: AgentState) -> Literal["write_bridge", "listen", "__end__"]:
    """Let the story go on, over a bridge or directly, or go on with the conversation."""
    match state["position"]["outcome"]:
        case "DIRECT":
            return "__end__"
        case "BRIDGE":
            return "write_bridge"
        case _:
            return "listen"


builder = StateGraph(
    AgentState, context_schema=Context, input_schema=AgentGraphInput, output_schema=AgentGraphOutput
)
builder.add_node(ground)
builder.add_node(listen)
builder.add_node(judge_input)
builder.add_node(respond)
builder.add_node(evaluate)
builder.add_node(route)
builder.add_node(write_bridge)

builder.add_edge(START, "ground")
builder.add_edge("ground", "listen")
builder.add_conditional_edges("listen", after_listen, ["listen", "judge_input", "respond"])
builder.add_edge("judge_input", "evaluate")
builder.add_edge("respond", "evaluate")
builder.add_conditional_edges("evaluate", after_evaluate)
builder.add_conditional_edges("route", after_route)
builder.add_edge("write_bridge", END)

graph = builder.compile(name="agent")
