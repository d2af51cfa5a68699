"""Check the draft of a chapter, by code."""

from typing import Any

from langgraph.runtime import Runtime

from domain.chapter_check import failures, misses
from domain.context import Context
from domain.errors import ChapterFailed
from domain.manner import language_of
from domain.state import Json, StoryState
from nodes.calls import may_spend, run_of, tell, tell_progress


async def check_chapter(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Decide what becomes of the draft: `retry` (once), `edit` (once) or `settle`.

    Raises `ChapterFailed` when it failed again after its retry; what was written before is kept.
    """
    draft, context = state["draft"], Context.of(runtime)
    number = draft["number"]
    tell_progress(runtime, "writing", f"checking chapter {number}")
    hard = (
        [draft["failed"]]
        if draft["failed"]
        else failures(draft, written(state), state["request"], context.min_words)
    )
    if hard:
        if draft["attempts"].get(run_of(runtime), 0) > 1:
            raise ChapterFailed(f"chapter {number} failed twice: {'; '.join(hard)}")
        if draft["attempts"].get(run_of(runtime), 0) == 1:
            tell(runtime, "chapter.rejected", number=number, problems=hard)
        return {"check": {"number": number, "problems": hard, "verdict": "retry"}}
    plan = state["outline"]["chapters"][number - 1]
    language = language_of(state["request"])
    soft = misses(draft["text"], plan, context.min_words, context.max_words, language)
    edit = bool(soft) and not draft["edits"] and may_spend(state, runtime, 1)
    return {"check": {"number": number, "problems": soft, "verdict": "edit" if edit else "settle"}}


def written(state: StoryState) -> list[Json]:
    """Return the chapters that stand."""
    return state.get("chapters") or []
