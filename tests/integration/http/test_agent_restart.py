"""Whole conversations within the example stories, with the server stopped and started in the middle of each."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from providers.ink.compiler import compile_story
from providers.ink.play import begin, choose, leave_agent
from server.settings import Settings
from tests.conversations import judged
from tests.integration.http import talks
from tests.integration.http.conftest import Api, served
from tests.integration.http.talks import JUDGE, RESPOND, Talk

EXAMPLES = Path(__file__).parents[3] / "examples" / "ink"


@pytest.fixture
def script(script):
    script.answer = talks.answer
    return script


class Server:
    """A server that can be started anew on the same database."""

    def __init__(self, stack):
        self.stack, self.running = stack, AsyncExitStack()

    async def restart(self) -> Api:
        await self.running.aclose()
        self.running = AsyncExitStack()
        self.stack.push_async_callback(self.running.aclose)
        address = await self.running.enter_async_context(served(Settings()))
        return await self.running.enter_async_context(Api(base_url=address, timeout=30))


@pytest_asyncio.fixture
async def server(database_url, script, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FABULA_MODEL", script.name)
    async with AsyncExitStack() as stack:
        yield Server(stack)


def play_to_the_agent(story):
    """Play a story by its first choices until it calls the agent."""
    at = begin(story)
    while at.stands == "choices":
        at = choose(story, at.state, 0)
    assert at.stands == "agent"
    return at


async def converse(server, api, name, at, outcome, script):
    """Talk for three turns, each after a restart, until the story can go on; return how it does."""
    call = at.call
    seen = "\n".join(line.text for line in at.lines if not line.hidden)
    talk = Talk(api, name)
    answer = await talk.start(character=call.character, target=call.target, ink_state=at.state, visible=seen)
    assert answer.status_code == 201, answer.text
    talk.take(answer.json())
    said = []
    for text, likely in (("Good evening.", "NEEDS_INPUT"), ("Bananas!", "INVALID"), ("I see.", outcome)):
        talk.api = await server.restart()
        assert (await talk.session())["input_enabled"]
        script.say(JUDGE, judged(**{likely: 1}))
        said.append(await talk.say(text))
        assert said[-1]["outcome"] == likely
    talk.api = await server.restart()
    session = await talk.session()
    assert [turn["reply"] for turn in session["transcript"]] == [decision["reply"] for decision in said]
    assert session["input_enabled"] is False
    last = script.calls(RESPOND)[-1].text
    assert "Good evening." in last
    assert said[0]["reply"] in last
    return talk.api, (await talk.leave()).json()["variables"]


@pytest.mark.req("C05", "C34", "C39")
@pytest.mark.parametrize(
    ("name", "outcome", "goes_on"),
    [
        ("harbour", "DIRECT", "The old man draws in his knees and lets you by."),
        (
            "quiet-bell",
            "BRIDGE",
            "The keys have stopped ringing in her hands by the time the door stands open.",
        ),
    ],
)
async def test_a_conversation_outlives_the_server_and_the_story_goes_on(
    server, script, name, outcome, goes_on
):
    source = (EXAMPLES / f"{name}.ink").read_text(encoding="utf-8")
    story, api = compile_story(source), await server.restart()
    await Talk(api, name).put(source)
    at = play_to_the_agent(story)

    api, variables = await converse(server, api, name, at, outcome, script)
    after = leave_agent(story, at, variables["agent_outcome"], variables["agent_turns"])
    assert after.lines[0].text == goes_on

    if name == "quiet-bell":
        assert len(source.splitlines()) >= 150
        while after.stands == "choices":
            after = choose(story, after.state, 0)
        assert after.call.character == "corvin"
        api, variables = await converse(server, api, name, after, "DIRECT", script)
        ending = leave_agent(story, after, variables["agent_outcome"], variables["agent_turns"])
        assert ending.lines[0].text.startswith("He takes off his spectacles")


async def test_an_id_has_the_same_answer_after_a_restart(server, script):
    talk = Talk(await server.restart())
    await talk.begin()
    first = await talk.say("Hello.", key="one")
    talk.api = await server.restart()

    assert (await talk.post("Hello.", turn=1, key="one")).json() == first
    assert [*dict(await events_again(talk))] == ["said", "decision", "end"]
    assert len(script.calls(RESPOND)) == 1


async def events_again(talk):
    talk.turn = 0
    return await talk.events("Hello.", key="one")
