"""What goes over the wire to an OpenAI-compatible server, and what comes back."""

import asyncio
import json
import time
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import HumanMessage, SystemMessage
from langgraph.runtime import Runtime

import prompts
from domain.context import Context
from domain.errors import MalformedAnswer, ModelError, ModelRefused
from domain.story import Mending, Outline, Review, Settlement, Synopsis
from nodes.calls import Calls
from providers import models
from tests.chat_server import failure
from tests.stories import outline_of

TEXT = "The lamp went out.\n\nMaren – she was nineteen – said: “No.”  Then she lit it again, by hand."
MESSAGES = [SystemMessage("You are a novelist."), HumanMessage("Write about a lamp.")]
TYPED = [Outline, Settlement, Review, Mending, Synopsis]
USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}


class Words(AsyncCallbackHandler):
    """Keeps each token with the time it came."""

    def __init__(self) -> None:
        self.came: list[tuple[float, str]] = []

    async def on_llm_new_token(self, token: str, **kwargs: Any) -> None:
        if token:
            self.came.append((time.monotonic(), token))


async def test_chunks_arrive_one_after_another_and_join_exactly(server):
    server.say(TEXT, chunkSize=10, latency=25)
    model, words = await models.get("openai:gpt-4.1"), Words()
    model.chat.callbacks = [words]

    answer = await model.write(MESSAGES)
    model.chat.callbacks = None

    assert answer.text == TEXT
    assert answer.finish_reason == "stop"
    assert [word for _, word in words.came] == [TEXT[at : at + 10] for at in range(0, len(TEXT), 10)]
    assert words.came[-1][0] - words.came[0][0] > 0.1


async def test_the_request_holds_messages_and_settings_and_nothing_of_ours(server):
    server.say(TEXT)
    prompt = await prompts.get("story/mend_sentence", None)
    asked = prompt.render(
        chapter={"number": 2, "title": "Fog"},
        sentence="It rained.",
        contradiction={"earlier": "It was dry.", "why": "weather"},
    )

    await (await models.get("openai:gpt-4.1", seed=7)).write(asked, temperature=0.3)

    body = server.bodies[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1] == {"role": "user", "content": asked[1].content}
    assert (body["model"], body["stream"], body["temperature"], body["seed"]) == ("gpt-4.1", True, 0.3, 7)
    assert body["stream_options"] == {"include_usage": True}
    everything = json.dumps(server.requests)
    assert "fabula" not in everything and "story/mend_sentence" not in everything


async def test_without_a_seed_or_a_temperature_none_is_sent(server):
    server.say(TEXT)

    await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert not {"seed", "temperature", "response_format"} & server.bodies[0].keys()


@pytest.mark.parametrize("shape", TYPED)
async def test_each_typed_answer_asks_strictly_for_its_own_schema(server, shape):
    server.say("{}", match={"responseFormat": "json_schema"})

    with pytest.raises(MalformedAnswer):
        await (await models.get("openai:gpt-4.1")).ask(MESSAGES, shape)

    asked = server.bodies[0]["response_format"]
    assert asked["type"] == "json_schema"
    assert asked["json_schema"]["name"] == shape.__name__
    assert asked["json_schema"]["strict"] is True
    assert asked["json_schema"]["schema"]["properties"].keys() == shape.model_fields.keys()


async def test_a_typed_answer_is_read_and_counted_once(server):
    server.say({"content": outline_of(2).model_dump_json(), "usage": USAGE}, chunkSize=40)

    outline, answer = await (await models.get("openai:gpt-4.1")).ask(MESSAGES, Outline)

    assert outline == outline_of(2)
    assert answer.usage == {"input": 120, "cached": 0, "output": 30}


async def test_a_typed_answer_is_not_shown_to_readers(server):
    server.say('{"synopsis": "She keeps a light."}')
    model = await models.get("openai:gpt-4.1")
    tags: list[list[str]] = []

    class Tags(AsyncCallbackHandler):
        async def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            tags.append(kwargs["tags"])

    model.chat.callbacks = [Tags()]
    await model.ask(MESSAGES, Synopsis)
    model.chat.callbacks = None

    assert tags == [["nostream"]]


@pytest.mark.parametrize("fenced", ["```json\n%s\n```", "```\n%s```", "\n  %s\n"])
async def test_json_in_a_fence_is_read(server, fenced):
    server.say(fenced % '{"synopsis": "She keeps a light."}')

    synopsis, _ = await (await models.get("openai:gpt-4.1")).ask(MESSAGES, Synopsis)

    assert synopsis.synopsis == "She keeps a light."


@pytest.mark.parametrize(
    "said", ["Here is your synopsis: she keeps a light.", '{"synopsis": "cut in the mi', "[]"]
)
async def test_an_answer_of_another_shape_is_malformed_and_kept(server, said):
    server.say(said)

    with pytest.raises(MalformedAnswer) as caught:
        await (await models.get("openai:gpt-4.1")).ask(MESSAGES, Synopsis)

    assert caught.value.answer == said


async def test_a_malformed_answer_is_repaired_with_what_was_wrong_and_the_shape(server):
    server.say_in_turn("She keeps a light.", '{"synopsis": "She keeps a light."}')
    calls = Calls(Runtime(context=Context(edit_model="openai:gpt-4.1")))

    mended = await calls.ask(
        "edit",
        "story/write_synopsis",
        Synopsis,
        request={"tone": "casual", "premise": "p"},
        outline={"title": "T"},
        chapters=[],
        problems=[],
    )

    assert mended.synopsis == "She keeps a light."
    assert calls.calls == len(server.requests) == 2
    repair = server.bodies[1]["messages"][1]["content"]
    assert "She keeps a light." in repair and "Invalid JSON" in repair and '"synopsis"' in repair
    assert server.bodies[1]["response_format"] == server.bodies[0]["response_format"]


async def test_an_answer_that_stays_malformed_is_given_up(server):
    server.say("She keeps a light.")
    calls = Calls(Runtime(context=Context(edit_model="openai:gpt-4.1")))

    with pytest.raises(MalformedAnswer):
        await calls.ask(
            "edit",
            "story/write_synopsis",
            Synopsis,
            request={"tone": "casual", "premise": "p"},
            outline={"title": "T"},
            chapters=[],
            problems=[],
        )

    assert len(server.requests) == 2


async def test_cached_tokens_are_counted(server, openai_settings):
    openai_settings.setenv("OPENAI_BASE_URL", server.url.replace("/v1", "/api/v1"))
    server.say({"content": TEXT, "usage": USAGE | {"prompt_tokens_details": {"cached_tokens": 96}}})

    answer = await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert answer.usage == {"input": 120, "cached": 96, "output": 30}


async def test_an_answer_that_ran_out_of_length_says_so(server):
    server.say({"content": TEXT, "finishReason": "length"})

    answer = await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert answer.finish_reason == "length"


async def test_what_a_content_filter_stopped_is_refused(server):
    server.say({"content": "The lamp", "finishReason": "content_filter"})

    with pytest.raises(ModelRefused, match="content filter"):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)


REFUSALS = {
    "temperature": "Unsupported value: 'temperature' does not support 0.7 with this model.",
    "seed": "Unsupported parameter: 'seed' is not supported with this model.",
    "response_format": "This response_format type is unavailable now",
}


@pytest.mark.parametrize("setting", REFUSALS)
@pytest.mark.parametrize("status", [400, 422])
async def test_a_setting_that_a_model_refuses_is_left_out_from_then_on(server, setting, status):
    said = '{"synopsis": "She keeps a light."}'
    refusal = failure(status, REFUSALS[setting], param=setting, type="invalid_request_error")
    server.say_in_turn(refusal, said, said)
    model = await models.get(f"openai:gpt-5-{setting}-{status}", seed=7)

    for _ in range(2):
        synopsis, _ = await model.ask(MESSAGES, Synopsis, temperature=0.7)

    assert synopsis.synopsis == "She keeps a light."
    others = {"temperature", "seed", "response_format"} - {setting}
    assert [setting in body for body in server.bodies] == [True, False, False]
    assert all(others <= body.keys() for body in server.bodies)


async def test_a_request_that_is_wrong_otherwise_is_not_repeated(server):
    server.refuse(400, "This model's maximum context length is 8192 tokens.", code="context_length_exceeded")

    with pytest.raises(ModelError, match="8192"):
        await (await models.get("openai:gpt-4.1", seed=7)).write(MESSAGES, temperature=0.3)

    assert len(server.requests) == 1


def test_one_model_serves_several_event_loops(server):
    server.say(TEXT)

    async def twice() -> list[str]:
        model = await models.get("openai:gpt-4.1")
        return [answer.text for answer in await asyncio.gather(*(model.write(MESSAGES) for _ in range(2)))]

    texts = [asyncio.run(twice()) for _ in range(3)]

    assert texts == [[TEXT, TEXT]] * 3


async def test_calls_of_one_loop_share_a_connection(server):
    server.say(TEXT)
    model = await models.get("openai:gpt-4.1")

    for seed in range(3):
        model = await models.get("openai:gpt-4.1", seed=seed)
        await model.write(MESSAGES)

    clients = model.chat.http_async_client._clients
    pool = clients[asyncio.get_running_loop()]._transport._pool
    assert len(pool.connections) == 1
