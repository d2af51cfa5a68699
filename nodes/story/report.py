"""Report on the finished story."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.report import report as measure
from domain.state import StoryState
from domain.story import Story
from nodes.calls import tell, tell_progress
from providers.models import unfollowed


async def report(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Measure the story by code."""
    tell_progress(runtime, "polishing", "measuring the story")
    context, audits = Context.of(runtime), dict(state.get("audits") or {})
    polished = audits.pop("polish", "")
    measured = measure(
        Story.of_state(state), min_words=context.min_words, max_words=context.max_words, audits=audits
    )
    if polished in ("unavailable", "skipped"):
        measured.notes.append(f"The review of the whole story is {polished}.")
    measured.notes += unfollowed(state["request"], {one["origin"]["model"] for one in state["chapters"]})
    tell(runtime, "story.finished", title=state["outline"]["title"], passed=measured.passed)
    return {"report": measured.model_dump()}
