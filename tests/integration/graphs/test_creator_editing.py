"""A paragraph of a scene is edited: each test straight through, and stopped after each step."""

from dataclasses import replace

import pytest

from domain.creator import StoryDraft, versions_of
from domain.errors import ModelError
from tests.creations import prose

EDIT = "creator/edit_paragraph"
NEW = "Nobody spoke of the harbour that night, and the kettle went cold beside the ledger."


async def edit(session, number=2, **given):
    scene = await session.scene(number)
    return await session.answer("edit_paragraph", scene_id=scene["scene_id"], **given)


def contents(values):
    return [scene.content for scene in StoryDraft.of_state(values).scenes]


@pytest.mark.parametrize(("how", "place", "gone"), [("rewrite", 2, 1), ("continue", 3, 0), ("insert", 2, 0)])
async def test_a_paragraph_of_a_scene_is_edited_as_a_new_version(session, script, how, place, gone):
    before = contents(await session.approved())
    values = await edit(session, paragraph=3, how=how, instruction="Let it be quiet.")

    old = before[1].split("\n\n")
    assert contents(values) == [
        before[0],
        "\n\n".join([*old[:place], NEW, *old[place + gone :]]),
        *before[2:],
    ]
    assert [scene["status"] for scene in values["draft"]["scenes"]] == ["approved", "pending"] + [
        "approved"
    ] * 2
    versions = versions_of(values, (await session.scene(2))["scene_id"])
    assert [(one.why, one.by, one.note) for one in versions] == [
        ("draft", "model", ""),
        ("edit_paragraph", "model", f"{how} 3: Let it be quiet."),
    ]
    [asked] = script.calls(EDIT)
    assert "<instruction>\nLet it be quiet.\n</instruction>" in asked.text
    assert asked.settings["temperature"] == 0.6
    assert all(prose(f"scene {number}") in asked.text for number in (1, 3, 4))


async def test_ones_own_words_go_into_a_scene_as_they_are(session, script):
    before = contents(await session.approved())
    values = await edit(session, paragraph=1, how="insert", text="Teh fog.\n\nOnly the fog.")

    assert contents(values)[1] == f"Teh fog.\n\nOnly the fog.\n\n{before[1]}"
    assert not script.calls(EDIT)
    assert values["versions"][-1]["by"] == "person"


@pytest.mark.req("B19")
async def test_an_edited_scene_has_only_its_own_media_made_again(session, voice, painter):
    await session.complete()
    voice.said.clear()
    painter.asked.clear()
    values = await edit(session, paragraph=2, how="rewrite")
    assert (await session.question())["stage"] == "revision"
    scene = await session.scene(2)
    await session.answer("approve", scene_id=scene["scene_id"])

    assert voice.said == [(contents(values)[1], "voice-1")]
    assert painter.drawn_scenes == [scene["scene_id"]]
    assert (await session.question())["stage"] == "completed"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"paragraph": 99, "how": "rewrite"}, "paragraph"),
        ({"paragraph": 0, "how": "rewrite"}, "paragraph"),
        ({"paragraph": 1, "how": "burn"}, "how"),
        ({"paragraph": 1, "how": "insert", "text": "a\0b"}, "text"),
        ({"paragraph": 1, "how": "insert", "text": "pornography"}, "text"),
        ({"paragraph": 1, "how": "insert", "instruction": "pornography"}, "instruction"),
        ({"paragraph": 1, "how": "insert", "text": "a", "instruction": "b"}, "answer"),
    ],
)
async def test_an_edit_that_cannot_be_made_is_refused_and_the_stage_stays(session, given, field):
    before = await session.approved()
    values = await edit(session, **given)

    assert (await session.question())["problem"]["field"] == field
    assert (values["draft"], values["versions"]) == (before["draft"], before["versions"])


async def test_an_edit_that_failed_can_be_tried_again(session, script):
    before = await session.draft()
    script.say(EDIT, "", ModelError("down"))
    values = await edit(session, paragraph=2, how="rewrite")

    assert (await session.question())["problem"]["field"] == "model"
    assert values["versions"] == before["versions"]
    values = await session.answer("retry")
    assert contents(values)[1].split("\n\n")[1] == NEW


async def test_what_a_model_may_not_write_is_asked_for_again(session, script, judge):
    session.context = replace(session.context, moderation="told:judge")
    await session.draft()
    script.say(EDIT, "It was a forbidden thing, and the kettle knew it.")
    values = await edit(session, paragraph=2, how="continue")

    assert contents(values)[1].split("\n\n")[2] == NEW
    assert "it is not allowed here: violence" in script.calls(EDIT)[1].text
