"""Settle an edit: it becomes the chapter's newest version."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.editing import ChapterVersion, facts_of, new_versions, with_facts
from domain.state import Json, StoryState
from domain.story import Contradiction, Settlement
from domain.text import stands_in
from nodes.calls import Calls, tell, tell_progress
from nodes.story.settle_chapter import ask_settlement, verified_facts


async def settle_edit(state: StoryState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Have the edited chapter summed up anew, keep the facts that stand in it, and name what it contradicts now.

    A contradiction is a warning: what a person asked for is not taken back. When the call cannot be made or read, the
    facts whose quotes still stand are kept, and the chapter's audit is `unavailable`.
    """
    version, calls = ChapterVersion.model_validate(state["edit"]), Calls(runtime, state["request"])
    number = version.chapter
    tell_progress(runtime, "polishing", f"reading chapter {number} for continuity")
    plan, others = state["outline"]["chapters"][number - 1], others_of(state, number)
    nearby = [one for one in others if abs(one["number"] - number) == 1]
    facts = [fact for fact in state.get("facts") or [] if fact["chapter"] != number]
    settled = await ask_settlement(state, runtime, calls, plan, version.text, nearby, facts)
    version = settled_version(state, version, settled, others)
    tell_settled(runtime, version)
    audit = "verified" if settled else "unavailable"
    return {
        **standing(state, version),
        "audits": {**(state.get("audits") or {}), str(number): audit},
        "edit": {},
        **calls.spent,
    }


def tell_settled(runtime: Runtime[Context], version: ChapterVersion) -> None:
    """Say what was edited, and what speaks against it."""
    about = {"version": version.version, "words": version.words, "warnings": version.warnings}
    if version.why == "restyle":
        tell(runtime, "chapter.restyled", number=version.chapter, **about)
        return
    tell(runtime, "paragraph.finished", chapter=version.chapter, paragraph=version.paragraph, **about)


def others_of(state: StoryState, number: int) -> list[Json]:
    """Return all chapters but one."""
    return [one for one in state["chapters"] if one["number"] != number]


def settled_version(
    state: StoryState, version: ChapterVersion, settled: Settlement | None, others: list[Json]
) -> ChapterVersion:
    """Return the version with its summary, its facts and its warnings."""
    number = version.chapter
    if settled is None:
        facts = [fact for fact in facts_of(state, number) if stands_in(fact["quote"], version.text)]
        summary = state["chapters"][number - 1]["summary"]
        return version.model_copy(update={"summary": summary, "facts": facts})
    told = {
        "summary": settled.summary,
        "facts": verified_facts(settled, number, version.text),
        "warnings": version.warnings
        + [
            f"“{one.now}” contradicts “{one.earlier}”: {one.why}"
            for one in settled.contradictions
            if is_verified(one, version.text, others)
        ],
    }
    return version.model_copy(update=told)


def is_verified(one: Contradiction, text: str, others: list[Json]) -> bool:
    """Whether both quotes of a contradiction stand where it says."""
    return stands_in(one.now, text) and any(stands_in(one.earlier, other["text"]) for other in others)


def standing(state: StoryState, version: ChapterVersion) -> dict[str, Any]:
    """Return the update by which a version becomes the chapter."""
    chapter = state["chapters"][version.chapter - 1]
    told = {key: getattr(version, key) for key in ("text", "words", "summary")}
    return {
        "chapters": [chapter | told],
        "facts": {"__overwrite__": with_facts(state, version.chapter, version.facts)},
        "versions": new_versions(state, version),
    }
