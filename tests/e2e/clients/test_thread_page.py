"""`useStream` of `@langchain/react`, which speaks the thread stream, in a browser on another origin."""

import asyncio
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.e2e.clients.test_use_stream import SAID, idle, runs_of, say, told


@pytest.fixture(params=["sse", "websocket"])
async def chat(page, served, request):
    """A page that shows a new conversation."""
    await page.goto(f"{served.thread_page}&transport={request.param}")
    return page


@pytest.fixture
def gate():
    """A gate that nobody has opened."""
    return f"thread-{uuid4()}"


@pytest.mark.req("D03")
async def test_words_are_seen_while_they_are_told_and_a_second_run_follows(chat, served, gate):
    await say(chat, f"wait <{gate} here")
    await told(chat, "You said wait ")
    await expect(chat.locator("#state")).to_have_text("loading")

    served.open(gate)

    await told(chat, f"You said wait <{gate} here . ")
    await idle(chat)
    await say(chat, "more")
    await told(chat, f"You said wait <{gate} here . ", "You said more . ")
    await idle(chat)
    await expect(chat.locator("li.human .text")).to_have_text([f"wait <{gate} here", "more"])
    await expect(chat.locator("#error")).to_have_text("")


@pytest.mark.req("D04")
async def test_a_question_is_shown_and_its_answer_resumes_the_run(chat):
    await say(chat, "which door?")
    await expect(chat.locator("#interrupt")).to_have_text('{"question":"which door?"}')
    await idle(chat)

    await say(chat, "the red one", "#answer")

    await told(chat, "You said which door? and the red one . ")
    await expect(chat.locator("#interrupt")).to_have_text("")


async def test_stop_ends_the_run_and_the_conversation_goes_on(chat, served, gate):
    await say(chat, f"wait <{gate} please")
    await told(chat, "You said wait ")

    await chat.click("#stop")

    await idle(chat)
    async with asyncio.timeout(20):
        while await runs_of(served, chat) != ["interrupted"]:
            await asyncio.sleep(0.05)
    await say(chat, "on we go")
    # What was broken off is in no state, and the client shows it before or after what is.
    await expect(chat.locator(SAID).filter(has_text="You said on we go . ")).to_be_visible()
    await idle(chat)
    assert await runs_of(served, chat) == ["success", "interrupted"]


@pytest.mark.req("D03")
async def test_a_page_that_is_loaded_anew_goes_on_where_the_story_is(chat, served, gate):
    await say(chat, "one")
    await told(chat, "You said one . ")
    await idle(chat)
    await say(chat, f"wait <{gate} now")
    await told(chat, "You said one . ", "You said wait ")

    await chat.reload()
    await told(chat, "You said one . ", "You said wait ")
    served.open(gate)

    await told(chat, "You said one . ", f"You said wait <{gate} now . ")
    await idle(chat)
    assert await runs_of(served, chat) == ["success", "success"]
    await chat.reload()
    await told(chat, "You said one . ", f"You said wait <{gate} now . ")
