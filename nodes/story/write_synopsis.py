"""Write the synopsis."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import ModelError
from domain.state import StoryState
from domain.story import Synopsis
from domain.text import has_stops, sentences
from nodes.calls import Calls, may_spend, tell_progress

FEWEST, MOST = 2, 3


async def write_synopsis(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write two or three sentences; asked again once, then cut or completed from the outline by code."""
    tell_progress(runtime, "polishing", "writing the synopsis")
    calls, text = Calls(runtime, state["request"]), ""
    problems: list[str] = []
    for _ in range(2):
        if not may_spend(state, runtime, calls.calls + 1):
            break
        try:
            text = (await ask_synopsis(state, calls, problems)).synopsis.strip()
        except ModelError:
            continue
        if FEWEST <= len(sentences(text)) <= MOST or (text and not has_stops(text)):
            break
        problems = [f"it has {len(sentences(text))} sentences, it must have 2 or 3"]
    return {"synopsis": {"text": fit(text, state["outline"]["arc"])}, **calls.spent}


async def ask_synopsis(state: StoryState, calls: Calls, problems: list[str]) -> Synopsis:
    """Ask for the synopsis."""
    return await calls.ask(
        "edit",
        "story/write_synopsis",
        Synopsis,
        prose=True,
        request=state["request"],
        outline=state["outline"],
        chapters=state["chapters"],
        problems=problems,
    )


def fit(text: str, arc: str) -> str:
    """Return the first three sentences of the text, filled up from the arc where it has fewer than two.

    Where a script marks no sentences, the text is left as it is.
    """
    if text and not has_stops(text):
        return text
    found = [sentence.strip() for sentence in sentences(text)]
    if len(found) < FEWEST:
        found += [sentence.strip() for sentence in sentences(arc)]
    return " ".join(found[:MOST])
