"""The creator's moderation: every text of a person and of a model is judged before it is used."""

from dataclasses import replace

import pytest

from domain.creator import StoryDraft
from tests.creations import PROMPT, concepts_of, idea, prose

REWRITE = "creator/rewrite_scene"


@pytest.fixture
def judged(session, judge):
    session.context = replace(session.context, moderation="told:judge")
    return session


async def test_every_text_of_the_person_and_of_the_model_is_judged(judged, judge, script):
    await judged.draft()
    scene = await judged.scene(1)
    await judged.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Colder.")
    await judged.answer("manual_rewrite", scene_id=scene["scene_id"], content="My own words.")

    ideas = [f"{idea(place).title}\n{idea(place).premise}" for place in range(3)]
    scenes = [prose(f"scene {number}") for number in (1, 2, 3, 4)]
    mine = ["My own words.", "My own words. It was polished."]
    assert judge.asked == [PROMPT, *ideas, *scenes, "Colder.", prose("Colder."), *mine]


@pytest.mark.parametrize(
    ("action", "given", "field"),
    [
        ("start_over", {"prompt": "A forbidden thing."}, "prompt"),
        ("ai_rewrite", {"feedback": "More forbidden things."}, "feedback"),
        ("manual_rewrite", {"content": "A forbidden thing."}, "content"),
    ],
)
async def test_what_a_person_may_not_write_is_refused(judged, action, given, field):
    before = await judged.draft()
    scene = {} if action == "start_over" else {"scene_id": (await judged.scene(1))["scene_id"]}
    after = await judged.answer(action, **(scene | given))

    problem = (await judged.question())["problem"]
    assert problem == {"field": field, "message": "it is not allowed here: violence"}
    assert after["versions"] == before["versions"]
    assert after["rounds"] == before["rounds"]


async def test_what_a_model_may_not_write_is_asked_for_again_and_then_given_up(judged, script):
    before = await judged.draft()
    scene = await judged.scene(1)
    script.say(REWRITE, prose("forbidden"), prose("allowed"))
    values = await judged.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Colder.")
    assert StoryDraft.of_state(values).scenes[0].content == prose("allowed")
    assert "not allowed here: violence" in script.calls(REWRITE)[1].text

    script.say(REWRITE, prose("forbidden"), prose("forbidden, again"))
    values = await judged.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Warmer.")
    assert StoryDraft.of_state(values).scenes[0].content == prose("allowed")
    assert len(values["versions"]) == len(before["versions"]) + 1


async def test_concepts_that_are_not_allowed_are_asked_for_again(judged, script):
    forbidden = concepts_of(0, 1, 2)
    forbidden.concepts[1].premise = "A forbidden thing happens."
    script.say("creator/imagine_concepts", forbidden)
    values = await judged.start()

    assert "not allowed here" in script.calls("creator/imagine_concepts")[1].text
    assert len(values["rounds"]) == 1


async def test_what_cannot_be_judged_is_not_used(judged, judge, script):
    judge.down = True
    await judged.start()

    question = await judged.question()
    assert question["problem"] == {"field": "prompt", "message": "it could not be judged: the judge is down"}
    assert not script.asked


@pytest.mark.parametrize(("category", "kept"), [("sexual", True), ("sexual/minors", False)])
async def test_a_rating_opens_what_is_for_adults_and_nothing_else(judged, judge, category, kept):
    judge.category = category
    judged.context = replace(judged.context, nsfw=True)
    values = await judged.start("A forbidden thing.", rating="NSFW")

    assert bool(values.get("rounds")) == kept


@pytest.mark.req("B63")
async def test_an_outside_judge_is_asked_only_with_consent(judged, judge):
    judge.outside = True
    await judged.start()
    assert not judge.asked

    await judged.answer("start_over", prompt="pornography")
    assert (await judged.question())["problem"]["field"] == "prompt"

    await judged.start(consent=True)
    assert judge.asked
