"""The model that is told what to say."""

import pytest
from langchain_core.messages import HumanMessage

from domain.errors import MalformedAnswer, ModelError, UnknownModel
from domain.story import Synopsis
from providers import models


def asking(prompt: str, **inputs: object) -> list[HumanMessage]:
    return [HumanMessage("Please.", additional_kwargs={"fabula": {"prompt": prompt, "inputs": inputs}})]


async def test_it_says_what_was_queued_first_and_then_what_the_story_says(script):
    script.say(
        "story/write_synopsis", {"synopsis": "One."}, Synopsis(synopsis="Two."), '{"synopsis": "Three."}'
    )
    model = await models.get(script.name)

    said = [(await model.ask(asking("story/write_synopsis"), Synopsis))[0].synopsis for _ in range(4)]

    assert said == ["One.", "Two.", "Three.", "Maren keeps a light. The fog wants it out."]


async def test_it_remembers_what_it_was_asked(script):
    script.say("story/write_synopsis", {"synopsis": "One."})

    await (await models.get(script.name)).ask(
        asking("story/write_synopsis", words=3), Synopsis, temperature=0.2
    )

    asked = script.calls("story/write_synopsis")[0]
    assert (asked.inputs, asked.text) == ({"words": 3}, "Please.")
    assert asked.settings["temperature"] == 0.2
    assert asked.settings["response_format"]["json_schema"]["name"] == "Synopsis"


async def test_it_streams_word_by_word_and_counts(script):
    text = "  The lamp\n\nwent out.  "
    script.say("any", text)
    model = await models.get(script.name)

    chunks = [chunk.text async for chunk in model.chat.astream(asking("any"))]
    script.say("any", text)
    answer = await model.write(asking("any"))

    assert [chunk for chunk in chunks if chunk] == ["  The ", "lamp\n\n", "went ", "out.  "]
    assert (answer.text, answer.finish_reason) == (text, "stop")
    assert answer.usage == {"input": 10, "cached": 0, "output": 4}


async def test_it_raises_what_it_was_told_to_raise(script):
    script.say("any", ModelError("it is down"))

    with pytest.raises(ModelError, match="it is down"):
        await (await models.get(script.name)).write(asking("any"))


async def test_an_answer_of_another_shape_is_malformed(script):
    script.say("any", "no JSON")

    with pytest.raises(MalformedAnswer) as caught:
        await (await models.get(script.name)).ask(asking("any"), Synopsis)

    assert caught.value.answer == "no JSON"


async def test_a_prompt_that_nothing_was_scripted_for_is_named(script):
    script.answer = None

    with pytest.raises(AssertionError, match="story/plan"):
        await (await models.get(script.name)).write(asking("story/plan"))


async def test_a_script_that_is_not_there_is_unknown():
    with pytest.raises(UnknownModel, match="'nobody'"):
        await models.get("scripted:nobody")
