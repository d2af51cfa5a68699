"""Whether what a person or a model wrote may be used."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.rating import explicit_words
from providers import moderation


def is_adult(state: Any, runtime: Runtime[Context]) -> bool:
    """Whether the server allows what is not safe for work and the caller asked for it."""
    return Context.of(runtime).nsfw and state["request"]["rating"] == "NSFW"


async def objection(texts: list[str], state: Any, runtime: Runtime[Context]) -> str:
    """Return why texts may not be used, or nothing.

    Without consent no outside service is asked: the word list judges instead.
    """
    if is_adult(state, runtime):
        return ""
    judge = moderation.get(Context.of(runtime).moderation)
    if judge.outside and not state["choices"].get("consent"):
        judge = moderation.get("words")
    verdict = await judge.check([text for text in texts if text])
    if not verdict.allowed:
        return f"it is not allowed here: {', '.join(verdict.categories)}"
    return "it is explicit, in a story rated SFW" if explicit_words("\n".join(texts)) else ""
