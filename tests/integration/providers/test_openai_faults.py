"""Servers that fail: whatever they do, a call ends in bounded time with `ModelError`, or says it was cut."""

import asyncio
import time
import traceback

import pytest

from domain.errors import MalformedAnswer, ModelError, ModelRefused
from domain.story import Synopsis
from providers import models
from tests.chat_server import KEY, failure
from tests.integration.providers.conftest import MESSAGES, event, send

BUSY = failure(429, "Rate limit reached", type="rate_limit_error", code="rate_limit_exceeded")
BROKEN = failure(500, "The server had an error", type="server_error")


@pytest.mark.parametrize("fault", [BUSY, BROKEN])
async def test_a_request_that_was_not_answered_is_made_again(server, fault):
    server.say_in_turn(fault, fault, "The lamp went out.")

    answer = await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert answer.text == "The lamp went out."
    statuses = [request["response"]["status"] for request in server.requests]
    assert statuses == [fault["status"], fault["status"], 200]


@pytest.mark.parametrize("fault", [BUSY, BROKEN])
async def test_a_server_that_never_answers_well_is_given_up(server, fault, openai_settings):
    openai_settings.setenv("FABULA_MODEL_RETRIES", "1")
    server.say(fault)

    with pytest.raises(ModelError, match=fault["error"]["message"]):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert len(server.requests) == 2


async def test_a_server_that_asks_to_wait_is_waited_for(server):
    server.say_in_turn(failure(429, "Rate limit reached", retry_after=1), "The lamp went out.")
    began = time.monotonic()

    await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert time.monotonic() - began >= 1


async def test_a_server_that_asks_to_wait_for_an_hour_is_given_up_at_once(server):
    server.say(failure(429, "Rate limit reached", retry_after=3600))

    with pytest.raises(ModelError, match="Rate limit reached"):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert len(server.requests) == 1


async def test_a_wrong_key_is_not_told_to_anybody(server):
    server.refuse(401, "x" * 480 + f" Incorrect API key provided: {KEY}.", code="invalid_api_key")
    model = await models.get("openai:gpt-4.1")

    with pytest.raises(ModelError, match="AuthenticationError") as caught:
        await model.write(MESSAGES)

    assert KEY[:12] not in "".join(traceback.format_exception(caught.value))
    assert KEY not in repr(model)
    assert len(server.requests) == 1


async def test_a_stream_that_the_server_cuts_is_never_a_finished_answer(server):
    server.say("The lamp went out. " * 20, chunkSize=10, latency=10, truncateAfterChunks=4)

    with pytest.raises(ModelError, match=r"^openai:"):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)


async def test_a_server_that_is_not_there_is_an_error(openai_settings, unused_tcp_port):
    openai_settings.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{unused_tcp_port}/v1")
    openai_settings.setenv("FABULA_MODEL_RETRIES", "1")

    with pytest.raises(ModelError, match="Connection error"):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)


async def ends_without_a_reason(writer):
    await send(writer, event({"role": "assistant", "content": "The lamp"}))


async def test_a_stream_that_ends_early_says_that_it_was_cut(faulty):
    faulty.serve = ends_without_a_reason

    answer = await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert answer.finish_reason == "cut"


async def ends_without_a_word(writer):
    await send(writer)


async def breaks_off_in_an_event(writer):
    await send(writer, event({"content": "The lamp"}), event({"content": " went out"})[:40], end=False)


async def breaks_off_in_an_event_politely(writer):
    await send(writer, event({"content": "The lamp"}), event({"content": " went out"})[:40] + b"\n\n")


async def closes_at_once(writer):
    writer.close()


async def fails_in_the_stream(writer):
    await send(writer, event({"content": "The lamp"}), b'data: {"error": {"message": "overloaded"}}\n\n')


async def sends_no_completion(writer):
    await send(writer, b'data: {"choices": [null]}\n\n')


async def sends_a_list(writer):
    await send(writer, b"data: [1, 2]\n\n")


@pytest.mark.parametrize(
    "serve",
    [
        ends_without_a_word,
        breaks_off_in_an_event,
        breaks_off_in_an_event_politely,
        closes_at_once,
        fails_in_the_stream,
        sends_no_completion,
        sends_a_list,
    ],
)
async def test_a_stream_that_breaks_is_an_error(faulty, serve):
    faulty.serve = serve

    with pytest.raises(ModelError, match=r"^openai:"):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)


async def says_nothing(writer):
    await asyncio.sleep(30)


async def falls_silent(writer):
    await send(writer, event({"content": "The lamp"}), end=False)
    await asyncio.sleep(30)


async def only_says_that_it_is_alive(writer):
    await send(writer, event({"content": "The lamp"}), end=False)
    for _ in range(100):
        writer.write(b"d\r\n: keepalive\n\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("serve", [says_nothing, falls_silent, only_says_that_it_is_alive])
async def test_a_server_that_hangs_is_given_up(faulty, serve, openai_settings):
    openai_settings.setenv("FABULA_MODEL_TIMEOUT", "0.4")
    faulty.serve = serve
    began = time.monotonic()

    with pytest.raises(ModelError):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert time.monotonic() - began < 20
    await asyncio.wait_for(faulty.hung_up.wait(), 20)


async def test_a_server_that_hangs_is_asked_again_as_often_as_told(faulty, openai_settings):
    openai_settings.setenv("FABULA_MODEL_TIMEOUT", "0.2")
    openai_settings.setenv("FABULA_MODEL_RETRIES", "1")

    with pytest.raises(ModelError, match="timed out"):
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert faulty.requests == 2


async def refuses(writer):
    pieces = [event({"refusal": word}) for word in ("I'm sorry, ", "I can't help", " with that.")]
    await send(writer, event({"role": "assistant"}), *pieces, event(finish="stop"))


async def test_a_refusal_is_not_an_answer(faulty):
    faulty.serve = refuses
    model = await models.get("openai:gpt-4.1")

    with pytest.raises(ModelRefused, match="I'm sorry, I can't help with that"):
        await model.write(MESSAGES)
    with pytest.raises(ModelRefused, match="I'm sorry, I can't help with that"):
        await model.ask(MESSAGES, Synopsis)


async def runs_out_of_length(writer):
    await send(writer, event({"content": '{"synopsis": "She'}), event(finish="length"))


async def test_a_typed_answer_that_ran_out_of_length_is_malformed(faulty):
    faulty.serve = runs_out_of_length

    with pytest.raises(MalformedAnswer) as caught:
        await (await models.get("openai:gpt-4.1")).ask(MESSAGES, Synopsis)

    assert caught.value.answer == '{"synopsis": "She'


async def never_stops(writer):
    await send(writer, end=False)
    piece = event({"content": "la " * 1000})
    while True:
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
        await asyncio.sleep(0)


async def test_an_answer_that_does_not_stop_is_stopped_and_hung_up_on(faulty):
    faulty.serve = never_stops

    with pytest.raises(ModelError) as caught:
        await (await models.get("openai:gpt-4.1")).write(MESSAGES)

    assert "did not stop after 200,000 characters" in str(caught.value)
    await asyncio.wait_for(faulty.hung_up.wait(), 20)


async def test_a_caller_who_gives_up_hangs_up(faulty):
    faulty.serve = falls_silent
    writing = asyncio.create_task((await models.get("openai:gpt-4.1")).write(MESSAGES))
    while not faulty.requests:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)

    writing.cancel()

    await asyncio.wait_for(faulty.hung_up.wait(), 20)
    with pytest.raises(asyncio.CancelledError):
        await writing
