"""`useStream` of `@langchain/langgraph-sdk/react`, rendered in a browser, on another origin than the server."""

import asyncio
import re

import pytest
from langgraph_sdk import get_client
from playwright.async_api import expect

SAID = "li.ai .text"


@pytest.fixture
async def chat(page, served):
    """A page that shows a new conversation."""
    await page.goto(served.page)
    return page


async def say(page, text, button="#send"):
    await page.fill("input", text)
    await page.click(button)


async def idle(page):
    await expect(page.locator("#state")).to_have_text("idle")


async def told(page, *texts):
    await expect(page.locator(SAID)).to_have_text(list(texts))


def thread_of(page):
    return re.search(r"thread=([0-9a-f-]{36})", page.url)[1]


async def runs_of(served, page):
    async with get_client(url=served.url) as client:
        return [run["status"] for run in await client.runs.list(thread_of(page))]


@pytest.mark.req("D03")
async def test_words_are_seen_while_they_are_told(chat, served):
    await say(chat, "wait <words here")
    await told(chat, "You said wait")
    await expect(chat.locator("#state")).to_have_text("loading")

    served.open("words")

    await told(chat, "You said wait <words here .")
    await idle(chat)
    await say(chat, "more")
    await told(chat, "You said wait <words here .", "You said more .")
    await expect(chat.locator("li.human .text")).to_have_text(["wait <words here", "more"])


@pytest.mark.req("D04")
async def test_a_question_is_shown_and_its_answer_resumes_the_run(chat):
    await say(chat, "which door?")
    await expect(chat.locator("#interrupt")).to_have_text('{"question":"which door?"}')
    await idle(chat)

    await say(chat, "the red one", "#answer")

    await told(chat, "You said which door? and the red one .")
    await expect(chat.locator("#interrupt")).to_have_text("")


async def test_stop_ends_the_run_and_the_conversation_goes_on(chat, served):
    await say(chat, "wait <forever please")
    await told(chat, "You said wait")

    await chat.click("#stop")

    await idle(chat)
    async with asyncio.timeout(20):
        while await runs_of(served, chat) != ["interrupted"]:
            await asyncio.sleep(0.05)
    await say(chat, "on we go")
    await expect(chat.locator(SAID).last).to_have_text("You said on we go .")
    await idle(chat)
    assert await runs_of(served, chat) == ["success", "interrupted"]


@pytest.mark.req("D03")
async def test_a_page_that_is_loaded_anew_goes_on_where_the_story_is(chat, served):
    await say(chat, "one")
    await told(chat, "You said one .")
    await idle(chat)
    await say(chat, "wait <reload now")
    await told(chat, "You said one .", "You said wait")

    await chat.reload()
    await told(chat, "You said one .", "You said wait")
    served.open("reload")

    await told(chat, "You said one .", "You said wait <reload now .")
    await idle(chat)
    assert await runs_of(served, chat) == ["success", "success"]
    await chat.reload()
    await told(chat, "You said one .", "You said wait <reload now .")


async def test_an_earlier_message_is_changed_and_both_branches_stay(chat):
    await say(chat, "the door")
    await told(chat, "You said the door .")
    await idle(chat)
    await say(chat, "the key")
    await told(chat, "You said the door .", "You said the key .")
    await idle(chat)

    await chat.fill("input", "the window")
    await chat.click("li.human >> nth=0 >> .edit")
    await told(chat, "You said the window .")
    await idle(chat)
    await expect(chat.locator("button.branch")).to_have_count(2)

    await chat.click("button.branch >> nth=0")
    await told(chat, "You said the door .", "You said the key .")
    await expect(chat.locator("#error")).to_have_text("")
