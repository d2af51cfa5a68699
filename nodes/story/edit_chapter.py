"""Have the draft of a chapter mended."""

from typing import Any

from langgraph.runtime import Runtime

from domain.chapter_check import failures, misses
from domain.context import Context
from domain.errors import ModelError
from domain.manner import language_of
from domain.state import StoryState
from nodes.calls import Calls, tell, tell_progress
from nodes.story.write_chapter import tidy


async def edit_chapter(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Ask once for the chapter without what it misses; the edit is kept only where it is better."""
    draft, problems, context = state["draft"], state["check"]["problems"], Context.of(runtime)
    number = draft["number"]
    plan = state["outline"]["chapters"][number - 1]
    tell_progress(runtime, "writing", f"editing chapter {number}: {problems[0]}")
    calls, edited = Calls(runtime, state["request"]), draft | {"edits": 1}
    try:
        answer, origin = await calls.write(
            "edit",
            "story/edit_chapter",
            streamed=False,
            request=state["request"],
            outline=state["outline"],
            chapter=plan,
            text=draft["text"],
            words={"min": context.min_words, "max": context.max_words},
            problems=problems,
        )
        text = tidy(answer.text, plan["title"])
        candidate = draft | {"text": text, "finish_reason": answer.finish_reason}
        sound = not failures(candidate, state.get("chapters") or [], state["request"], context.min_words)
        language = language_of(state["request"])
        left = misses(text, plan, context.min_words, context.max_words, language)
        if sound and len(left) <= len(problems):
            edited |= {"text": text, "origin": origin.model_dump()}
            tell(runtime, "chapter.edited", number=number, problems=problems)
    except ModelError:
        pass
    return {"draft": edited, **calls.spent}
