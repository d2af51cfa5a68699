"""The creator's review: a scene at a time, every version kept."""

from dataclasses import replace
from itertools import pairwise

import pytest

from domain.creator import StoryDraft, versions_of
from domain.creator_session import compare_versions
from domain.errors import ModelError
from providers.scripted import SCRIPTS, Script
from tests import creations
from tests.creations import prose

REWRITE, POLISH = "creator/rewrite_scene", "creator/polish_scene"


def contents(values):
    return [scene.content for scene in StoryDraft.of_state(values).scenes]


def statuses(values):
    return [scene["status"] for scene in values["draft"]["scenes"]]


@pytest.mark.req("B08", "B12", "B13")
async def test_scenes_are_approved_one_at_a_time(session):
    values = await session.draft()
    assert statuses(values) == ["pending"] * 4

    for number in (1, 2, 3, 4):
        question = await session.question()
        assert question["stage"] == "revision"
        assert question["data"]["scene"]["scene_number"] == number
        assert question["data"]["scene"]["content"] == prose(f"scene {number}")
        scene = await session.scene(number)
        values = await session.answer("approve", scene_id=scene["scene_id"])

    assert statuses(values) == ["approved"] * 4
    assert (await session.question())["stage"] == "format_selection"


async def test_all_scenes_can_be_approved_at_once(session):
    assert statuses(await session.approved()) == ["approved"] * 4


@pytest.mark.req("B14", "B16", "B47")
async def test_feedback_has_a_scene_rewritten_by_the_cheap_model(session, script):
    before = await session.draft()
    scene = await session.scene(2)
    values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Let it rain.")

    [asked] = script.calls(REWRITE)
    assert asked.settings["temperature"] == 0.6
    assert "<feedback>\nLet it rain.\n</feedback>" in asked.text
    assert prose("scene 2") in asked.text
    assert contents(values) == [prose("scene 1"), prose("Let it rain."), prose("scene 3"), prose("scene 4")]
    versions = versions_of(values, scene["scene_id"])
    assert [(one.version, one.why, one.by, one.note) for one in versions] == [
        (1, "draft", "model", ""),
        (2, "ai_rewrite", "model", "Let it rain."),
    ]
    assert versions[0].content == before["versions"][1]["content"]
    assert versions[1].order == 5


@pytest.mark.req("B47")
async def test_ideas_drafts_and_rewrites_go_to_models_of_their_own(session, script, monkeypatch):
    cheap = Script(creations.answer, name="scripted:cheap")
    monkeypatch.setitem(SCRIPTS, "cheap", cheap)
    session.context = replace(session.context, edit_model="scripted:cheap")
    await session.draft()
    scene = await session.scene(1)
    values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Colder.")

    assert [asked.prompt for asked in cheap.asked] == [REWRITE]
    assert not script.calls(REWRITE)
    assert values["versions"][-1]["origin"]["model"] == "scripted:cheap"


@pytest.mark.req("B15", "B16")
async def test_what_a_person_wrote_is_polished_and_takes_the_scenes_place(session, script):
    await session.draft()
    scene, mine = await session.scene(3), prose("my own words")
    values = await session.answer("manual_rewrite", scene_id=scene["scene_id"], content=mine)

    [asked] = script.calls(POLISH)
    assert asked.settings["temperature"] == 0.6
    assert f"<author>\n{mine}\n</author>" in asked.text
    assert contents(values)[2] == f"{mine} It was polished."
    assert values["versions"][-1]["by"] == "person"


async def test_what_a_person_wrote_short_on_purpose_is_not_padded(session, script):
    await session.draft()
    scene = await session.scene(3)
    values = await session.answer("manual_rewrite", scene_id=scene["scene_id"], content="He was gone.")

    assert contents(values)[2] == "He was gone. It was polished."
    assert not script.calls("creator/mend_scene")


@pytest.mark.req("B17")
async def test_a_rewrite_is_given_what_stands_and_changes_none_of_it(session, script):
    await session.draft()
    for number in (1, 3):
        await session.answer("approve", scene_id=(await session.scene(number))["scene_id"])
    scene = await session.scene(2)
    values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Let it rain.")

    [asked] = script.calls(REWRITE)
    for number, shown in ((1, True), (3, True), (4, False)):
        assert (prose(f"scene {number}") in asked.text) == shown
    assert all(looks in asked.text for looks in creations.LOOKS.values())
    assert statuses(values) == ["approved", "pending", "approved", "pending"]
    assert [contents(values)[place] for place in (0, 2, 3)] == [prose(f"scene {n}") for n in (1, 3, 4)]


@pytest.mark.req("B18")
async def test_a_scene_can_be_rewritten_five_times(session):
    await session.draft()
    scene = await session.scene(1)
    for turn in range(5):
        values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback=f"Again, {turn}.")

    versions = versions_of(values, scene["scene_id"])
    assert [one.version for one in versions] == [1, 2, 3, 4, 5, 6]
    assert all(one.content != two.content for one, two in pairwise(versions))
    assert contents(values)[0] == prose("Again, 4.")


@pytest.mark.req("B84")
async def test_an_earlier_version_can_be_had_back(session):
    await session.draft()
    scene = await session.scene(1)
    await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Colder.")
    values = await session.answer("revert", scene_id=scene["scene_id"], version=1)

    assert contents(values)[0] == prose("scene 1")
    versions = versions_of(values, scene["scene_id"])
    assert [(one.version, one.why, one.note) for one in versions][2] == (3, "revert", "version 1")
    assert [one.content for one in versions] == [prose("scene 1"), prose("Colder."), prose("scene 1")]
    assert all(line.startswith("  ") for line in compare_versions(values, scene["scene_id"], 1, 3))
    changed = compare_versions(values, scene["scene_id"], 1, 2)
    assert "- It was the hour of scene 1." in changed
    assert "+ It was the hour of Colder.." in changed


@pytest.mark.req("B12")
async def test_a_rewrite_that_fails_leaves_the_text_and_says_that_it_needs_revision(session, script):
    before = await session.approved()
    script.say(REWRITE, ModelError("the model is down"), ModelError("the model is down"))
    scene = await session.scene(2)
    values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Colder.")

    assert statuses(values) == ["approved", "needs_revision", "approved", "approved"]
    assert values["versions"] == before["versions"]
    question = await session.question()
    assert question["stage"] == "revision"
    assert question["problem"] == {"field": "model", "message": "scene 2 failed twice: the model is down"}

    values = await session.answer("retry")
    assert contents(values)[1] == prose("Colder.")
    assert statuses(values) == ["approved", "pending", "approved", "approved"]


async def test_a_rewrite_of_the_wrong_length_is_mended(session, script):
    await session.draft()
    script.say(REWRITE, prose("brief", 200))
    scene = await session.scene(1)
    values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Shorter.")

    assert contents(values)[0] == prose("mended")


@pytest.mark.parametrize(
    ("action", "given", "field"),
    [
        ("approve", {"scene_id": "nobody's"}, "scene_id"),
        ("ai_rewrite", {"scene_id": "nobody's", "feedback": "x"}, "scene_id"),
        ("ai_rewrite", {"feedback": "  "}, "feedback"),
        ("ai_rewrite", {"feedback": "x" * 4_001}, "feedback"),
        ("ai_rewrite", {"feedback": "More pornography."}, "feedback"),
        ("manual_rewrite", {"content": ""}, "content"),
        ("manual_rewrite", {"content": "x" * 20_001}, "content"),
        ("manual_rewrite", {"content": "Pornography."}, "content"),
        ("revert", {"version": 2}, "version"),
        ("revert", {"version": 0}, "version"),
    ],
)
async def test_a_wrong_answer_leaves_the_draft_as_it_was(session, script, action, given, field):
    before = await session.draft()
    scene = {} if action == "approve" else {"scene_id": (await session.scene(1))["scene_id"]}
    after = await session.answer(action, **(scene | given))

    assert (await session.question())["problem"]["field"] == field
    assert after["draft"] == before["draft"]
    assert after["versions"] == before["versions"]
    assert not script.calls(REWRITE) and not script.calls(POLISH)


@pytest.mark.req("B21")
async def test_a_format_is_refused_before_all_scenes_are_approved(session):
    await session.draft()
    for number in (1, 2, 3):
        await session.answer("approve", scene_id=(await session.scene(number))["scene_id"])
    values = await session.answer("select_format", format="visual")

    question = await session.question()
    assert question["stage"] == "revision"
    assert question["problem"] == {"field": "action", "message": "select_format is not possible at revision"}
    assert "format" not in values["choices"]


async def test_an_explicit_rewrite_is_not_kept(session, script):
    before = await session.draft()
    script.say(REWRITE, prose("x") + " Pornography.", prose("x") + " Pornography.")
    scene = await session.scene(1)
    values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Warmer.")

    assert contents(values) == contents(before)
    assert "explicit" in (await session.question())["problem"]["message"]


@pytest.mark.parametrize(("nsfw", "rating", "kept"), [(True, "NSFW", True), (True, "SFW", False)])
async def test_what_is_explicit_needs_the_server_and_the_caller(session, script, nsfw, rating, kept):
    session.context = replace(session.context, nsfw=nsfw)
    values = await session.start(rating=rating)
    script.say("creator/write_scene", prose("x") + " Pornography.")
    concept = values["rounds"][0]["concepts"][0]
    values = await session.answer("select", concept_id=concept["concept_id"])

    assert contents(values)[0].endswith("Pornography.") == kept
    assert f"Rating: {rating}." in script.calls("creator/write_scene")[0].text
