"""What the server alone decides, whoever runs the creator's graph by the LangGraph API."""

import pytest

from providers import moderation
from server.settings import Settings
from tests.creations import PROMPT, Judge

SAYS_OTHERWISE = {"nsfw": True, "moderation": "none"}


async def run(creator, rating="SFW", prompt=PROMPT, **given):
    """Run the graph on a new thread, and return what it asks, or how it failed."""
    thread = (await creator.post("/threads", json={})).json()["thread_id"]
    request = {"prompt": prompt, "rating": rating}
    body = {"assistant_id": "creator", "input": {"request": request}, **given}
    done = await creator.post(f"/threads/{thread}/runs/wait", json=body)
    assert done.status_code == 200, done.text
    asked = (await creator.get(f"/threads/{thread}/state")).json()["interrupts"]
    return asked[0]["value"] if asked else done.json()["__error__"]


ways = pytest.mark.parametrize(
    "given", [{"context": SAYS_OTHERWISE}, {"config": {"configurable": SAYS_OTHERWISE}}]
)


@ways
async def test_a_caller_cannot_allow_what_is_not_safe_for_work(creator, script, given):
    refused = await run(creator, "NSFW", **given)

    assert refused["message"] == "rating: NSFW is not allowed here"
    assert not script.asked


@ways
async def test_a_caller_cannot_choose_the_moderation(creator, script, monkeypatch, given):
    monkeypatch.setitem(moderation.PROVIDERS, "told", lambda _: Judge())
    monkeypatch.setenv("FABULA_MODERATION", "told:judge")
    asked = await run(creator, prompt="A forbidden thing.", **given)

    assert asked["problem"]["field"] == "prompt"
    assert not script.asked


@pytest.mark.req("B83")
@pytest.mark.parametrize("given", [{"context": {"by": "bob"}}, {"config": {"configurable": {"by": "bob"}}}])
async def test_a_caller_cannot_write_as_another(creator, given):
    [concept, *_] = (await creator.start())["data"]["generated_concepts"]
    answer = {"action": "select", "concept_id": concept["concept_id"]}
    body = {"assistant_id": "creator", "command": {"resume": answer}, **given}
    done = await creator.post(f"/threads/{creator.session_id}/runs/wait", json=body)

    assert {(one["by"], one["author"]) for one in done.json()["versions"]} == {("model", "")}


class TestOnAServerThatAllowsIt:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(nsfw=True)

    async def test_a_caller_need_say_nothing_but_the_rating(self, creator):
        assert (await run(creator, "NSFW"))["stage"] == "concept_selection"
        assert (await run(creator, "NSFW", context={"nsfw": False}))["stage"] == "concept_selection"
