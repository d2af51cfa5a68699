"""Sessions in other languages and manners: each test straight through, and stopped after each step."""

from dataclasses import replace

import pytest

from domain.creator import versions_of
from domain.errors import FieldInvalid
from domain.media import NarratorProfile
from domain.text import count_words
from tests import creations
from tests.creations import prose

RESTYLE, SCENE, CONCEPTS, PLAN = (
    f"creator/{name}" for name in ("restyle_scene", "write_scene", "imagine_concepts", "plan_draft")
)
STYLE = "As a grandmother tells it, unhurried."
SAMPLE = "The constable arrived at nine. He noted the door, the lamp and the dog."


def answer(prompt, inputs):
    if prompt == RESTYLE:
        return prose("Maren, Tobias, retold", count_words(inputs["text"]))
    return creations.answer(prompt, inputs)


@pytest.mark.req("B80", "B82")
async def test_language_and_style_reach_the_prompts_as_data(session, script):
    values = await session.start(language="pt-BR", prose_style=STYLE, style_sample=SAMPLE)
    concept = values["rounds"][-1]["concepts"][0]
    await session.answer("select", concept_id=concept["concept_id"])
    scene = await session.scene(1)
    await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Let it rain.")
    await session.answer("manual_rewrite", scene_id=scene["scene_id"], content=prose("by hand"))

    for one in script.asked:
        system, user = (str(message.content) for message in one.messages)
        assert user.startswith("<language>\npt-BR\n</language>"), one.prompt
        written = one.prompt in (SCENE, "creator/rewrite_scene")
        assert (f"<style>\n{STYLE}\n</style>\n<sample>\n{SAMPLE}\n</sample>" in user) is written, one.prompt
        assert STYLE not in system
    assert {one.prompt for one in script.asked} >= {CONCEPTS, PLAN, SCENE, "creator/polish_scene"}


@pytest.mark.req("B82")
async def test_a_scene_is_told_in_another_manner_and_the_others_stay(session, script):
    script.answer = answer
    before = await session.draft()
    scene = await session.scene(2)
    values = await session.answer("restyle", scene_id=scene["scene_id"], prose_style=STYLE)

    [asked] = script.calls(RESTYLE)
    assert f"<style>\n{STYLE}\n</style>" in asked.text
    assert f"<scene>\n{prose('scene 2')}\n</scene>" in asked.text
    [first, second] = versions_of(values, scene["scene_id"])
    assert first.content == prose("scene 2")
    assert (second.why, second.by, second.note) == ("restyle", "model", STYLE)
    assert [one for one in values["draft"]["scenes"] if one["scene_id"] != scene["scene_id"]] == [
        one for one in before["draft"]["scenes"] if one["scene_id"] != scene["scene_id"]
    ]


async def test_a_restyle_without_any_manner_is_refused_by_name(session):
    await session.draft()
    scene = await session.scene(1)
    await session.answer("restyle", scene_id=scene["scene_id"])

    assert (await session.question())["problem"]["field"] == "prose_style"


async def test_a_session_begins_again_in_another_language(session, script):
    await session.start()
    values = await session.answer("start_over", prompt="Und noch einmal.", language="de")

    assert values["request"]["language"] == "de"
    assert "<language>" not in script.calls(CONCEPTS)[0].text
    assert "<language>\nde\n</language>" in script.calls(CONCEPTS)[1].text


@pytest.mark.req("B80")
async def test_narrators_of_the_session_s_language_come_first_and_others_may_be_chosen(
    session, voice, monkeypatch
):
    german = NarratorProfile(voice_id="de-1", name="Greta", language="de")
    everybody = await voice.narrators()

    async def narrators(language: str = ""):
        return [german] if language == "de" else everybody

    monkeypatch.setattr(voice, "narrators", narrators)
    values = await session.start(language="de")
    await session.answer("select", concept_id=values["rounds"][-1]["concepts"][0]["concept_id"])
    await session.answer("approve_all")
    await session.answer("select_format", format="audio")

    offered = (await session.question())["data"]["narrators"]
    assert [one["voice_id"] for one in offered] == ["de-1", "voice-1", "voice-2"]
    values = await session.answer("select_narrator", voice_id="voice-1")
    assert values["choices"]["voice_id"] == "voice-1"


async def test_what_is_drawn_is_told_of_in_the_session_s_language(session):
    values = await session.start(language="de")
    await session.answer("select", concept_id=values["rounds"][-1]["concepts"][0]["concept_id"])
    await session.answer("approve_all")
    values = await session.answer("select_format", format="visual")

    told = [asset["about"]["alt"] for asset in values["assets"].values() if asset["kind"] == "picture"]
    assert told and all("Maren looks for" in alt and "room, at dusk" not in alt for alt in told)


@pytest.mark.req("B80", "B82")
async def test_the_offline_storyteller_refuses_what_it_cannot_do_and_says_what_it_does_not(session):
    offline = "offline:storyteller"
    session.context = replace(session.context, plan_model=offline, write_model=offline, edit_model=offline)

    values = await session.start(prose_style=STYLE)
    values = await session.answer("select", concept_id=values["rounds"][-1]["concepts"][0]["concept_id"])
    assert all("prose style was not followed" in one["warnings"][-1] for one in values["versions"])
    await session.answer("restyle", scene_id=values["draft"]["scenes"][0]["scene_id"])
    assert (await session.question())["problem"]["field"] == "prose_style"
    await session.answer("start_over", prompt="Noch einmal.", language="de")
    assert (await session.question())["problem"]["field"] == "language"


async def test_a_session_in_another_language_does_not_begin_offline(session):
    session.context = replace(session.context, write_model="offline:storyteller")

    with pytest.raises(FieldInvalid, match="language"):
        await session.start(language="de")
