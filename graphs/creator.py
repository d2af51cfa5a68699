"""The creator graph: concepts, a draft, its review, then sound and pictures, one choice at a time."""

from typing import Any, Literal

from langgraph.graph import START, StateGraph
from langgraph.types import Send

from domain.context import Context
from domain.creator import CreatorGraphInput, CreatorState
from domain.creator_stages import Due
from nodes.creator.ask import ask
from nodes.creator.begin import begin
from nodes.creator.collect_media import collect_media
from nodes.creator.draw_pictures import draw_pictures
from nodes.creator.edit_paragraph import edit_paragraph
from nodes.creator.imagine_concepts import imagine_concepts
from nodes.creator.list_narrators import list_narrators
from nodes.creator.make_sound import make_sound
from nodes.creator.plan_draft import plan_draft
from nodes.creator.plan_media import plan_media
from nodes.creator.rewrite_scene import rewrite_scene
from nodes.creator.write_scene import write_scene


def after_begin(state: CreatorState) -> Literal["imagine_concepts", "ask"]:
    """Imagine concepts, unless the prompt was refused."""
    return "ask" if state["stage"]["due"] == "ask" else "imagine_concepts"


def after_answer(state: CreatorState) -> Due:
    """Do what the answer asks for; after one that was refused, ask again."""
    due: Due = state["stage"]["due"]
    return due


def after_plan(state: CreatorState) -> Literal["write_scene", "ask"]:
    """Write the scenes that were planned."""
    return "ask" if state["stage"]["due"] == "ask" else "write_scene"


def all_media(state: CreatorState) -> list[Send] | Literal["collect_media"]:
    """Make all sound and all pictures at the same time."""
    tasks: list[dict[str, Any]] = state["media"]["tasks"]
    return [Send(task["node"], task) for task in tasks] or "collect_media"


def after_narrators(state: CreatorState) -> Literal["ask", "plan_media"]:
    """Have one chosen; where there is none, go on without sound."""
    return "plan_media" if state["stage"]["due"] == "plan_media" else "ask"


builder = StateGraph(CreatorState, context_schema=Context, input_schema=CreatorGraphInput)
builder.add_node(begin)
builder.add_node(ask)
builder.add_node(imagine_concepts)
builder.add_node(plan_draft)
builder.add_node(write_scene)
builder.add_node(rewrite_scene)
builder.add_node(edit_paragraph)
builder.add_node(list_narrators)
builder.add_node(plan_media)
builder.add_node("make_sound", make_sound)
builder.add_node("draw_pictures", draw_pictures)
builder.add_node(collect_media)

builder.add_edge(START, "begin")
builder.add_conditional_edges("begin", after_begin)
builder.add_conditional_edges("ask", after_answer)
builder.add_edge("imagine_concepts", "ask")
builder.add_conditional_edges("plan_draft", after_plan)
builder.add_conditional_edges("write_scene", after_plan)
builder.add_edge("rewrite_scene", "ask")
builder.add_edge("edit_paragraph", "ask")
builder.add_conditional_edges("list_narrators", after_narrators)
builder.add_conditional_edges("plan_media", all_media, ["make_sound", "draw_pictures", "collect_media"])
builder.add_edge("make_sound", "collect_media")
builder.add_edge("draw_pictures", "collect_media")
builder.add_edge("collect_media", "ask")

graph = builder.compile(name="creator")
