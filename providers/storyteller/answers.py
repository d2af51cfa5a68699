"""Which answer a prompt gets: its name and its inputs in, text out."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import BaseMessage

from providers.storyteller import audit, character_judge, creator, plan
from providers.storyteller.chapter import edit_chapter
from providers.storyteller.character import respond, write_bridge
from providers.storyteller.creator_scenes import write_scene
from providers.storyteller.further import plan_further_chapter
from providers.storyteller.paragraphs import edit_chapter_paragraph, edit_scene_paragraph
from providers.storyteller.polishing import polish_scene
from providers.storyteller.rewriting import mend_scene, rewrite_scene, write_chapter_as_wished
from providers.storyteller.wishes import happens, read_wishes
from providers.storyteller.world import Json

PLAIN = "I am the offline storyteller: I write whole stories from a premise, and nothing else."


def answer(messages: Sequence[BaseMessage], seed: int) -> str:
    """Return the answer to the prompt that the last message carries, or one plain line."""
    asked: Any = messages[-1].additional_kwargs.get("fabula") if messages else None
    if not isinstance(asked, dict):
        return PLAIN
    prompt, inputs = asked.get("prompt"), asked.get("inputs") or {}
    if prompt in _PROSE:
        return _PROSE[prompt](inputs, seed)
    if prompt in _TYPED:
        return json.dumps(_TYPED[prompt](inputs, seed), ensure_ascii=False, indent=1)
    return PLAIN


def remarks(messages: Sequence[BaseMessage]) -> list[str]:
    """Return what the answer to a prompt leaves undone of what a person asked for, each as a sentence."""
    asked: Any = messages[-1].additional_kwargs.get("fabula") if messages else None
    inputs = asked.get("inputs") or {} if isinstance(asked, dict) else {}
    said = str(inputs.get("instruction") or inputs.get("feedback") or "")
    if not said or asked["prompt"] not in _PROSE:
        return []
    told = inputs.get("outline") or inputs.get("draft") or {}
    people = [str(one["name"]).split()[0] for one in told.get("characters", [])]
    unheeded = [one for one in read_wishes(said).unheeded if not happens(one, people)]
    return [f"The offline storyteller cannot do this: “{one}”." for one in unheeded]


def _repair(inputs: Json, seed: int) -> Json:
    return plan.repair_plan(inputs["request"], inputs.get("outline") or {}, seed)


_PROSE: dict[str, Callable[[Json, int], str]] = {
    "story/write_chapter": write_chapter_as_wished,
    "story/edit_chapter": edit_chapter,
    "story/edit_paragraph": edit_chapter_paragraph,
    "creator/edit_paragraph": edit_scene_paragraph,
    "creator/write_scene": write_scene,
    "creator/rewrite_scene": rewrite_scene,
    "creator/polish_scene": polish_scene,
    "creator/mend_scene": mend_scene,
    "agent/respond": respond,
    "agent/write_bridge": write_bridge,
}
_TYPED: dict[str, Callable[[Json, int], Json]] = {
    "story/plan": lambda inputs, seed: plan.plan_story(inputs["request"], seed),
    "story/repair_plan": _repair,
    "story/plan_further_chapter": plan_further_chapter,
    "story/settle_chapter": lambda inputs, seed: audit.settle_chapter(inputs),
    "story/mend_sentence": lambda inputs, seed: audit.mend_sentence(inputs),
    "story/polish": lambda inputs, seed: audit.polish(inputs),
    "story/write_synopsis": audit.write_synopsis,
    "creator/imagine_concepts": creator.imagine_concepts,
    "creator/plan_draft": creator.plan_draft,
    "agent/distill_goal": character_judge.distill_goal,
    "agent/judge_input": character_judge.judge_input,
    "agent/judge_reply": character_judge.judge_reply,
}
