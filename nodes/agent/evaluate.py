"""Evaluate the drafted reply."""

import re
from typing import Any

from langgraph.runtime import Runtime

from domain.agent import AgentState, ReplyCheck
from domain.context import Context
from domain.errors import ModelError
from domain.leaks import leaks
from domain.state import Json
from nodes.agent.memo import MemoCalls, store_of
from nodes.agent.memory import Reading, known_texts, memory_of, notes_of, passage, readings
from providers.ink.errors import InkError

MOST_DRAFTS = 2
LONGEST_REPLY = 1_500
MARKS = re.compile(r"</?[a-z_]+>|```|^\s*[\[{]|^\s*#", re.MULTILINE)


async def evaluate(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Check the draft by code and by a judge; what passes goes into the memo, what fails is drafted once more.

    A draft that cannot be checked does not pass.
    """
    draft, calls = state["draft"], MemoCalls(runtime, seed=state["session"]["seed"])
    try:
        reading = await readings.get(state["request"], store_of(runtime))
        faults = find_faults(state, draft, reading) or await ask_faults(state, draft, reading, calls)
    except (ModelError, InkError) as error:
        return {
            "draft": draft | {"passed": False, "again": False, "failed": type(error).__name__},
            **calls.spent,
        }
    if not faults:
        calls.keep(draft["key"], draft["text"])
    await calls.remember()
    again = bool(faults) and not draft["failed"] and draft["attempt"] < MOST_DRAFTS
    return {"draft": draft | {"passed": not faults, "faults": faults, "again": again}, **calls.spent}


def find_faults(state: AgentState, draft: Json, reading: Reading) -> list[str]:
    """Return what code finds wrong with the draft."""
    text = draft["text"]
    if draft["failed"] or not text:
        return ["empty"]
    if len(text) > LONGEST_REPLY:
        return ["too_long"]
    known = known_texts(state, reading)
    found = {
        "cut": draft["cut"],
        "marked_up": bool(MARKS.search(text)),
        "recites": draft["recites"] or bool(leaks(text, notes_of(state, reading), known)),
        "spoiler": bool(leaks(text, reading.unseen, known)),
    }
    return [fault for fault, is_there in found.items() if is_there]


async def ask_faults(state: AgentState, draft: Json, reading: Reading, calls: MemoCalls) -> list[str]:
    """Return what the judge finds wrong with the draft. Raises `ModelError`."""
    check = await calls.consult(
        "edit",
        "agent/judge_reply",
        ReplyCheck,
        target=passage(reading.target),
        outcome=state["judgement"]["outcome"],
        reply=draft["text"],
        **memory_of(state, reading),
    )
    return list(dict.fromkeys(check.faults))
