"""A whole story over the wire: the graph, an OpenAI-compatible server, nothing between them replaced."""

from typing import Any

import pytest

from domain.context import Context
from domain.errors import ChapterFailed
from domain.story import Story
from graphs.story import graph
from providers.models import OPENAI_DEFAULT
from tests.chat_server import failure
from tests.stories import chapter_text, outline_of
from tests.wire import match_of, say_story

REQUEST = {"request": {"premise": "A keeper hears the fog answer.", "chapters": 2}}
BROKEN = failure(500, "The server had an error", type="server_error")
CALLS = 1 + 2 * 2 + 2


async def test_a_story_is_told_over_the_wire(server):
    await say_story(server)
    words: list[str] = []

    async for mode, told in graph.astream(
        REQUEST, context=Context(seed=7), stream_mode=["messages", "values"]
    ):
        if mode == "messages":
            words.append(told[0].text)
        else:
            values: Any = told

    story = Story.of_state(values)
    texts = [chapter_text(plan.model_dump()) for plan in outline_of(2).chapters]
    assert [chapter.text for chapter in story.chapters] == texts
    assert {chapter.origin.model for chapter in story.chapters} == {OPENAI_DEFAULT}
    assert "".join(words) == "".join(texts)
    assert len(words) > 100
    assert values["usage"] == {"input": 100 * CALLS, "cached": 0, "output": 40 * CALLS}
    assert len(server.bodies) == CALLS
    assert {body["model"] for body in server.bodies} == {OPENAI_DEFAULT.removeprefix("openai:")}
    assert {body["seed"] for body in server.bodies} == {7}


async def test_a_story_survives_a_server_error_in_its_middle(server):
    second = await match_of("story/write_chapter", "Now write chapter 2 of 2")
    server.say(BROKEN, match=second | {"sequenceIndex": 0})
    await say_story(server)

    values = await graph.ainvoke(REQUEST, context=Context())

    assert [chapter["number"] for chapter in values["chapters"]] == [1, 2]
    assert [chapter["attempts"] for chapter in values["chapters"]] == [1, 1]
    assert len(server.requests) == CALLS + 1
    assert values["usage"]["output"] == 40 * CALLS


async def test_a_chapter_whose_stream_is_cut_is_written_again(server):
    second = await match_of("story/write_chapter", "Now write chapter 2 of 2")
    cut = {"content": "Maren carries the lamp. " * 90}
    server.say(cut, match=second | {"sequenceIndex": 0}, chunkSize=20, latency=10, truncateAfterChunks=9)
    await say_story(server)

    values = await graph.ainvoke(REQUEST, context=Context())

    assert [chapter["attempts"] for chapter in values["chapters"]] == [1, 2]
    assert values["chapters"][1]["text"] == chapter_text(outline_of(2).chapters[1].model_dump())


async def test_a_refused_chapter_is_never_stored(server):
    refused = {"content": "I can't write that, but here is", "finishReason": "content_filter"}
    server.say(refused, match=await match_of("story/write_chapter", "Now write chapter 2 of 2"))
    await say_story(server)

    with pytest.raises(ChapterFailed, match=r"chapter 2 failed twice.*declined"):
        await graph.ainvoke(REQUEST, context=Context())
