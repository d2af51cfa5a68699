"""The small story of `tests.stories`, told by a chat server: each answer is found by what the prompt says."""

from typing import Any

import prompts
from tests.chat_server import ChatServer
from tests.stories import answer, chapter_text, outline_of, settlement_of

USAGE = {"prompt_tokens": 100, "completion_tokens": 40, "total_tokens": 140}


async def say_story(server: ChatServer, chapters: int = 2) -> None:
    """Have the server tell a story of so many chapters, a word or two a chunk, 140 tokens a call."""
    plans = [plan.model_dump() for plan in outline_of(chapters).chapters]
    await say(server, "story/plan", outline_of(chapters).model_dump_json())
    for plan in plans:
        text = chapter_text(plan)
        await say(server, "story/write_chapter", text, f"Now write chapter {plan['number']} of {chapters}")
        settled = settlement_of(plan, text).model_dump_json()
        await say(server, "story/settle_chapter", settled, f"The newest, chapter {plan['number']}")
    await say(server, "story/polish", '{"edits": []}')
    await say(server, "story/write_synopsis", answer("story/write_synopsis", {}).model_dump_json())


async def say(server: ChatServer, prompt: str, text: str, user: str = "") -> None:
    server.say({"content": text, "usage": USAGE}, match=await match_of(prompt, user), chunkSize=12)


async def match_of(prompt: str, user: str = "") -> dict[str, Any]:
    """Return what makes a request one of this prompt's: its whole system text, and a part of the user's."""
    system = (await prompts.get(prompt, None)).system.render().strip()
    return {"systemMessage": system} | ({"userMessage": user} if user else {})
