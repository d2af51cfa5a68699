"""Whether what a person or a model wrote may be used."""

from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import ModerationFailed
from domain.rating import explicit_words
from providers import moderation

# What no rating allows, in the words of OpenAI's moderation.
NEVER = ("sexual/minors", "self-harm/instructions", "illicit/violent", "hate/threatening")


def is_adult(state: Any, runtime: Runtime[Context]) -> bool:
    """Whether the server allows what is not safe for work and the caller asked for it."""
    return Context.of(runtime).nsfw and state["request"]["rating"] == "NSFW"


async def objection(texts: list[str], state: Any, runtime: Runtime[Context]) -> str:
    """Return why texts may not be used, or nothing. What cannot be judged may not be used either.

    Without consent no outside service is asked: the word list judges instead.
    """
    judge = moderation.get(Context.of(runtime).moderation)
    if judge.outside and not state["choices"].get("consent"):
        judge = moderation.get("words")
    try:
        verdict = await judge.check([text for text in texts if text])
    except ModerationFailed as error:
        return f"it could not be judged: {error}"
    adult = is_adult(state, runtime)
    categories = [one for one in verdict.categories if not adult or one in NEVER]
    if not verdict.allowed and (categories or not adult):
        return f"it is not allowed here: {', '.join(categories)}"
    explicit = not adult and explicit_words("\n".join(texts))
    return "it is explicit, in a story rated SFW" if explicit else ""
