"""Put an earlier version of a chapter back."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.editing import RevertChapter, read_order, versions_of
from domain.state import StoryState
from nodes.calls import tell
from nodes.story.settle_edit import standing


async def revert_chapter(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Make an earlier text the chapter's newest version, with the summary and the facts it had.

    Raises `EditRefused`, which names the field.
    """
    order = read_order(state, state.get("order"))
    assert isinstance(order, RevertChapter)
    versions = versions_of(state, order.chapter)
    again = {
        "version": len(versions) + 1,
        "why": "revert",
        "by": "person",
        "paragraph": 0,
        "note": f"version {order.version}",
    }
    version = versions[order.version - 1].model_copy(update=again)
    tell(runtime, "chapter.reverted", number=order.chapter, version=version.version, to=order.version)
    return standing(state, version)
