"""The story graph: plan, then a chapter loop, then polish. A finished story is edited and extended on its thread."""

from typing import Literal

from langgraph.graph import END, START, StateGraph

from domain.context import Context
from domain.state import StoryGraphInput, StoryGraphOutput, StoryState
from nodes.story.approve_plan import approve_plan
from nodes.story.check_chapter import check_chapter
from nodes.story.check_plan import check_plan
from nodes.story.edit_chapter import edit_chapter
from nodes.story.edit_paragraph import edit_paragraph
from nodes.story.plan import plan
from nodes.story.plan_further_chapter import plan_further_chapter
from nodes.story.polish import polish
from nodes.story.repair_plan import repair_plan
from nodes.story.report import report
from nodes.story.restyle_chapter import restyle_chapter
from nodes.story.revert_chapter import revert_chapter
from nodes.story.settle_chapter import settle_chapter
from nodes.story.settle_edit import settle_edit
from nodes.story.write_chapter import write_chapter
from nodes.story.write_synopsis import write_synopsis


def what_is_asked(
    state: StoryState,
) -> Literal["plan", "edit_paragraph", "restyle_chapter", "revert_chapter", "plan_further_chapter"]:
    """Tell a story, or change the one that is told."""
    order = state.get("order")
    if not order:
        return "plan"
    match order.get("action"):
        case "restyle":
            return "restyle_chapter"
        case "revert":
            return "revert_chapter"
        case "extend":
            return "plan_further_chapter"
        case _:
            return "edit_paragraph"


def after_check_plan(state: StoryState) -> Literal["repair_plan", "approve_plan", "write_chapter"]:
    """Have a faulty outline mended once; a person sees it only if they asked to."""
    if state["planning"]["problems"]:
        return "repair_plan"
    return "write_chapter" if state["planning"]["approved"] else "approve_plan"


def after_approve_plan(state: StoryState) -> Literal["approve_plan", "write_chapter"]:
    """Ask again after an answer that was refused."""
    return "write_chapter" if state["planning"]["approved"] else "approve_plan"


def after_check_chapter(state: StoryState) -> Literal["write_chapter", "edit_chapter", "settle_chapter"]:
    """Write it again, mend it, or let it stand."""
    match state["check"]["verdict"]:
        case "retry":
            return "write_chapter"
        case "edit":
            return "edit_chapter"
        case _:
            return "settle_chapter"


def next_chapter(state: StoryState) -> Literal["write_chapter", "polish", "write_synopsis"]:
    """Write on until every planned chapter is there; what was polished once is not polished again."""
    if len(state["chapters"]) < len(state["outline"]["chapters"]):
        return "write_chapter"
    polish = state["request"]["polish"] and "polish" not in state["audits"]
    return "polish" if polish else "write_synopsis"


builder = StateGraph(
    StoryState, context_schema=Context, input_schema=StoryGraphInput, output_schema=StoryGraphOutput
)
builder.add_node(plan)
builder.add_node(check_plan)
builder.add_node(repair_plan)
builder.add_node(approve_plan)
builder.add_node(write_chapter)
builder.add_node(check_chapter)
builder.add_node(edit_chapter)
builder.add_node(settle_chapter)
builder.add_node(polish)
builder.add_node(write_synopsis)
builder.add_node("report", report)
builder.add_node(edit_paragraph)
builder.add_node(restyle_chapter)
builder.add_node(settle_edit)
builder.add_node(revert_chapter)
builder.add_node(plan_further_chapter)

builder.add_conditional_edges(START, what_is_asked)
builder.add_edge("plan", "check_plan")
builder.add_conditional_edges("check_plan", after_check_plan)
builder.add_edge("repair_plan", "check_plan")
builder.add_conditional_edges("approve_plan", after_approve_plan)
builder.add_edge("write_chapter", "check_chapter")
builder.add_conditional_edges("check_chapter", after_check_chapter)
builder.add_edge("edit_chapter", "check_chapter")
builder.add_conditional_edges("settle_chapter", next_chapter)
builder.add_edge("polish", "write_synopsis")
builder.add_edge("write_synopsis", "report")
builder.add_edge("report", END)
builder.add_edge("edit_paragraph", "settle_edit")
builder.add_edge("restyle_chapter", "settle_edit")
builder.add_edge("settle_edit", "report")
builder.add_edge("revert_chapter", "report")
builder.add_edge("plan_further_chapter", "write_chapter")

graph = builder.compile(name="story")
