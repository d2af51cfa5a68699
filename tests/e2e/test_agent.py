"""A conversation whose server dies while it answers."""

import asyncio
import os
import signal

import httpx
import pytest

from tests.e2e.conftest import ended
from tests.e2e.test_serve import served
from tests.integration.http.talks import RESPOND, Talk


@pytest.mark.req("C44", "D02")
async def test_a_message_that_was_being_answered_is_answered_by_the_next_server(home):
    first, client = await served(home, TEST_HOLD=RESPOND)
    talk = Talk(client)
    await talk.begin()
    asking = asyncio.create_task(talk.post("Hello.", key="one"))
    await home.until(f"holding {RESPOND}")
    os.kill(first.pid, signal.SIGKILL)
    await ended(first)
    with pytest.raises(httpx.TransportError):
        await asking
    await client.aclose()

    _, talk.api = await served(home)
    talk.api.timeout = 40
    assert (await talk.say("Hello.", key="one"))["outcome"] == "NEEDS_INPUT"
    assert [turn["text"] for turn in (await talk.session())["transcript"]] == ["Hello."]
    assert (await talk.say("And then?"))["turn"] == 2
    await talk.api.aclose()
