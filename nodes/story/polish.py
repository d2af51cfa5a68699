"""Review the whole story."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import ModelError
from domain.sentences import apply_edits
from domain.state import StoryState
from domain.story import Chapter, Review
from nodes.calls import Calls, may_spend, tell, tell_progress


async def polish(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Have the story read once as a whole; at most five sentences are put right, all others stay byte for byte."""
    tell_progress(runtime, "polishing", "reading the whole story")
    calls, audits = Calls(runtime, state["request"]), state.get("audits") or {}
    if not may_spend(state, runtime, 1):
        return {"audits": audits | {"polish": "skipped"}}
    try:
        review = await calls.ask(
            "edit",
            "story/polish",
            Review,
            prose=True,
            outline=state["outline"],
            facts=state.get("facts") or [],
            chapters=state["chapters"],
        )
    except ModelError:
        return {"audits": audits | {"polish": "unavailable"}, **calls.spent}
    chapters = [Chapter.model_validate(chapter) for chapter in state["chapters"]]
    changed = apply_edits(chapters, review.edits)
    for chapter in changed:
        tell(runtime, "chapter.polished", number=chapter.number)
    return {
        "chapters": [chapter.model_dump() for chapter in changed],
        "audits": audits | {"polish": "verified"},
        **calls.spent,
    }
