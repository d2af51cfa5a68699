"""Settle the draft: it becomes a chapter, with its summary and its verified facts."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import ModelError
from domain.sentences import replace_sentence
from domain.state import Json, StoryState
from domain.story import Chapter, Contradiction, Mending, Settlement
from domain.text import count_words, find_sentence, stands_in
from nodes.calls import Calls, may_spend, tell, tell_progress


async def settle_chapter(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Summarise the draft, keep the facts whose quotes stand in it, mend the first verified contradiction.

    When the call cannot be made or read, the chapter stands and its audit is `unavailable`.
    """
    draft = state["draft"]
    number, text = draft["number"], draft["text"]
    plan, calls = state["outline"]["chapters"][number - 1], Calls(runtime, state["request"])
    tell_progress(runtime, "writing", f"reading chapter {number} for continuity")
    nearby = (state.get("chapters") or [])[-2:]
    settled = await ask_settlement(state, runtime, calls, plan, text, nearby, state.get("facts") or [])
    facts: list[Json] = []
    if settled:
        facts = verified_facts(settled, number, text)
        text = await mend(settled.contradictions, state, plan, text, calls)
    chapter = Chapter(
        number=number,
        title=plan["title"],
        text=text,
        words=count_words(text),
        summary=settled.summary if settled else plan["summary"],
        attempts=sum(draft["attempts"].values()),
        edits=draft["edits"] + (text != draft["text"]),
        notes=state["check"]["problems"],
        origin=draft["origin"],
    )
    tell(runtime, "chapter.finished", number=number, words=chapter.words)
    audit = "verified" if settled else "unavailable"
    return {
        "chapters": [chapter.model_dump()],
        "facts": facts,
        "audits": {**(state.get("audits") or {}), str(number): audit},
        "draft": {},
        **calls.spent,
    }


async def ask_settlement(
    state: StoryState,
    runtime: Runtime[Context],
    calls: Calls,
    plan: Json,
    text: str,
    chapters: list[Json],
    facts: list[Json],
) -> Settlement | None:
    """Ask what a chapter's text settles, beside other chapters and facts; `None` when that cannot be had."""
    if not may_spend(state, runtime, 1):
        return None
    try:
        return await calls.ask(
            "edit",
            "story/settle_chapter",
            Settlement,
            outline=state["outline"],
            facts=facts,
            chapters=chapters,
            chapter=plan,
            text=text,
        )
    except ModelError:
        return None


def verified_facts(settled: Settlement, number: int, text: str) -> list[Json]:
    """Return the facts whose quotes stand in the chapter's text."""
    return [{"chapter": number, **fact.model_dump()} for fact in settled.facts if stands_in(fact.quote, text)]


async def mend(
    contradictions: list[Contradiction], state: StoryState, plan: Json, text: str, calls: Calls
) -> str:
    """Return the text with one sentence edited, when a contradiction has both its quotes where it says."""
    earlier = [chapter["text"] for chapter in state.get("chapters") or []]
    for contradiction in contradictions:
        sentence = find_sentence(text, contradiction.now)
        if not sentence or not any(stands_in(contradiction.earlier, other) for other in earlier):
            continue
        if not stands_in(contradiction.now, text):
            continue
        try:
            mending = await calls.ask(
                "edit",
                "story/mend_sentence",
                Mending,
                prose=True,
                chapter=plan,
                sentence=sentence,
                contradiction=contradiction.model_dump(),
            )
        except ModelError:
            return text
        return replace_sentence(text, sentence, mending.replacement) or text
    return text
