"""Write the next chapter."""

import re
from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import ModelError
from domain.state import Json, StoryState
from nodes.calls import Calls, run_of, tell, tell_progress

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

# What models put above a chapter, in the languages that books have words for
HEADING = re.compile(
    r"(?:chapter|kapitel|chapitre|cap[ií]tulo|capitolo|hoofdstuk)\s+"
    r"(?:\d+|[ivx]+|one|two|three|four|five|eins|zwei|drei|vier|fünf|un|deux|trois|quatre|cinq|uno|dos|tres|cuatro|cinco"
    r"|due|tre|quattro|cinque|um|dois|três|quatro|een|één|twee|drie|vijf)\b|第\s?[\d一二三四五六七八九十０-９]+\s?章"
)


async def write_chapter(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write one chapter, streamed. A failure is noted in the draft: `check_chapter` decides what follows."""
    context, outline = Context.of(runtime), state["outline"]
    number, of = len(state.get("chapters") or []) + 1, len(outline["chapters"])
    plan, earlier = outline["chapters"][number - 1], draft_of(state, number)
    attempts = count_attempt(earlier, run_of(runtime))
    tell_progress(runtime, "writing", f"writing chapter {number} of {of}")
    about = {"chapter": number, "attempt": sum(attempts.values())}
    tell(runtime, "chapter.started", number=number, of=of, title=plan["title"], attempt=about["attempt"])
    draft: Json = {"number": number, "attempts": attempts, "edits": 0, "text": "", "failed": ""}
    inputs: Json = {
        "request": state["request"],
        "outline": outline,
        "chapter": plan,
        "words": {"min": context.min_words, "max": context.max_words},
        "problems": problems_of(state, earlier),
        "feedback": feedback_on(state, number),
    }
    calls = Calls(runtime, state["request"])
    try:
        inputs = await within_budget(calls, inputs, state.get("chapters") or [], context.token_budget)
        answer, origin = await calls.write("write", "story/write_chapter", about=about, **inputs)
        draft |= {"text": tidy(answer.text, plan["title"]), "origin": origin.model_dump()}
        draft["finish_reason"] = answer.finish_reason
    except ModelError as error:
        draft["failed"] = str(error)
    return {"draft": draft, **calls.spent}


def draft_of(state: StoryState, number: int) -> Json:
    """Return the draft of this chapter, or nothing when none was begun."""
    draft = state.get("draft") or {}
    return draft if draft.get("number") == number else {}


def problems_of(state: StoryState, earlier: Json) -> list[str]:
    """Return what was wrong with the text of an earlier attempt; a call that failed says nothing of the text."""
    return state["check"]["problems"] if earlier and not earlier["failed"] else []


def feedback_on(state: StoryState, number: int) -> str:
    """Return what a reader wants done differently in this chapter."""
    feedback = state.get("feedback") or {}
    return str(feedback["text"]) if feedback.get("chapter") == number else ""


def count_attempt(draft: Json, run: str) -> dict[str, int]:
    """Return the attempts at a chapter by run, this one included."""
    attempts: dict[str, int] = draft.get("attempts", {})
    return attempts | {run: attempts.get(run, 0) + 1}


async def within_budget(calls: Calls, inputs: Json, chapters: list[Json], budget: int) -> Json:
    """Return the inputs with the chapters so far: all verbatim while the prompt fits the budget (in tokens).

    Past it the last two stay verbatim, and the earlier ones become their summaries.
    """
    whole = inputs | {"chapters": chapters, "summaries": []}
    if await calls.tokens("story/write_chapter", **whole) <= budget:
        return whole
    brief = [{key: chapter[key] for key in ("number", "title", "summary")} for chapter in chapters[:-2]]
    return inputs | {"chapters": chapters[-2:], "summaries": brief}


def tidy(text: str, title: str) -> str:
    """Return the prose without a heading of its own or a fence, with ordinary line ends."""
    text = CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    text = text.removeprefix("```").removesuffix("```").strip()
    first, _, rest = text.partition("\n")
    bare = re.sub(r"[#*_\s]+", " ", first).strip(" .:").casefold()
    headed = HEADING.match(bare) and len(bare) < 80
    return rest.strip() if rest and (headed or bare == title.casefold()) else text
