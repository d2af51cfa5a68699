"""The creator graph on a real Postgres, with a scripted model: from an idea to a draft."""

from itertools import pairwise

import pytest
from langgraph.types import Command

from domain.creator_session import StorySession
from domain.errors import ModelError, RequestInvalid
from tests import creations
from tests.creations import PROMPT, concepts_of, idea, plan_of, prose

IDEAS, PLAN, WRITE = "creator/imagine_concepts", "creator/plan_draft", "creator/write_scene"


@pytest.mark.req("B01", "B05", "B64")
async def test_a_prompt_becomes_three_distinct_concepts_in_one_call(session, script):
    values = await session.start()

    [asked] = script.asked
    assert asked.settings["temperature"] == 0.9
    assert PROMPT in asked.text
    question = await session.question()
    assert question["stage"] == "concept_selection"
    assert set(question["actions"]) == {"select", "more_like_this", "start_over"}
    concepts = question["data"]["concepts"]
    assert [concept["title"] for concept in concepts] == [idea(place).title for place in range(3)]
    assert len({concept["concept_id"] for concept in concepts}) == 3
    assert concepts == values["rounds"][0]["concepts"]


@pytest.mark.req("B01")
@pytest.mark.parametrize("places", [(0, 1), (0, 1, 2, 3), (0, 1, 0)])
async def test_two_four_or_twin_concepts_are_asked_for_again(session, script, places):
    script.say(IDEAS, concepts_of(*places))
    values = await session.start()

    first, second = script.calls(IDEAS)
    assert "An earlier attempt could not be used" in second.text
    assert "An earlier attempt could not be used" not in first.text
    assert len(values["rounds"][0]["concepts"]) == 3


@pytest.mark.req("B01")
async def test_concepts_that_differ_in_two_words_are_twins(session, script):
    twin = idea(0).model_copy(update={"title": "The Bell", "premise": idea(1).premise.replace("debt", "sum")})
    script.say(IDEAS, {"concepts": [idea(0).model_dump(), idea(1).model_dump(), twin.model_dump()]})
    await session.start()

    assert "'Salt in the Ledger' and 'The Bell' are nearly the same" in script.calls(IDEAS)[1].text


@pytest.mark.req("B90")
async def test_concepts_that_are_no_json_are_repaired_once(session, script):
    script.say(IDEAS, "Once upon a time").say("model/repair_answer", concepts_of(0, 1, 2))
    values = await session.start()

    assert len(values["rounds"][0]["concepts"]) == 3
    assert [asked.prompt for asked in script.asked] == [IDEAS, "model/repair_answer"]


@pytest.mark.req("B90")
async def test_concepts_that_cannot_be_had_leave_everything_as_it_was(session, script):
    values = await session.start()
    chosen = values["rounds"][0]["concepts"][1]
    script.say(IDEAS, "no").say("model/repair_answer", "no")
    after = await session.answer("more_like_this", concept_id=chosen["concept_id"])

    question = await session.question()
    assert after["rounds"] == values["rounds"]
    assert question["stage"] == "concept_selection"
    assert question["problem"]["field"] == "model"
    assert "retry" in question["actions"]

    values = await session.answer("retry")
    assert values["rounds"][1]["like"] == chosen["concept_id"]
    assert (await session.question())["problem"] is None


@pytest.mark.req("B90")
async def test_a_model_that_is_down_at_the_start_leaves_a_session_that_can_go_on(session, script):
    script.say(IDEAS, ModelError("the model is down"))
    await session.start()

    question = await session.question()
    assert question["stage"] == "idea_generation"
    assert question["problem"] == {"field": "model", "message": "the model is down"}
    assert set(question["actions"]) == {"start_over", "retry"}
    assert len((await session.answer("retry"))["rounds"]) == 1


@pytest.mark.req("B03")
async def test_more_like_this_gives_three_new_ones_and_keeps_the_others(session, script):
    values = await session.start()
    chosen = values["rounds"][0]["concepts"][1]
    values = await session.answer("more_like_this", concept_id=chosen["concept_id"])

    asked = script.calls(IDEAS)[1]
    assert chosen["premise"] in asked.text.split("The idea that it came from")[0]
    assert [one["title"] for one in values["rounds"][1]["concepts"]] == [idea(n).title for n in (3, 4, 5)]
    assert len(values["rounds"][0]["concepts"]) == 3
    data = (await session.question())["data"]
    assert [one["title"] for one in data["earlier"]] == [idea(n).title for n in (0, 1, 2)]


@pytest.mark.req("B03")
async def test_a_concept_that_was_offered_before_is_not_offered_again(session, script):
    values = await session.start()
    script.say(IDEAS, concepts_of(2, 3, 4))
    await session.answer("more_like_this", concept_id=values["rounds"][0]["concepts"][0]["concept_id"])

    assert f"'{idea(2).title}' was offered before" in script.calls(IDEAS)[2].text


@pytest.mark.req("B02", "B03")
async def test_a_concept_of_an_earlier_round_can_still_be_chosen(session):
    values = await session.start()
    first = values["rounds"][0]["concepts"][0]
    await session.answer("more_like_this", concept_id=first["concept_id"])
    values = await session.answer("select", concept_id=first["concept_id"])

    assert values["draft"]["concept_id"] == first["concept_id"]
    assert values["choices"]["concept_id"] == first["concept_id"]


@pytest.mark.req("B04")
async def test_starting_over_takes_a_new_prompt_and_keeps_what_it_does_not_name(session, script):
    await session.start(genre="weird western")
    values = await session.answer("start_over", prompt="A baker dreams of bread.")

    assert values["request"]["prompt"] == "A baker dreams of bread."
    assert values["request"]["genre"] == "weird western"
    assert PROMPT not in script.calls(IDEAS)[1].text
    assert (await session.question())["stage"] == "concept_selection"


@pytest.mark.req("B04", "B19")
async def test_one_can_start_over_after_the_book_is_complete(session, script):
    await session.complete()
    script.say(IDEAS, concepts_of(3, 4, 5))
    values = await session.answer("start_over", prompt="A baker dreams of bread.")

    assert (await session.question())["stage"] == "concept_selection"
    assert values["draft"] == {}
    assert values["choices"] == {"consent": False}
    assert values["versions"]


@pytest.mark.req("B06")
@pytest.mark.parametrize("action", ["select", "more_like_this"])
async def test_an_unknown_concept_is_refused_and_the_stage_stays(session, action):
    before = await session.start()
    after = await session.answer(action, concept_id="nobody's")

    question = await session.question()
    assert question["stage"] == "concept_selection"
    assert question["problem"] == {"field": "concept_id", "message": 'there is no concept "nobody\'s"'}
    assert after["rounds"] == before["rounds"]
    assert not after.get("draft")


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (None, "action"),
        (True, "action"),
        ({"action": ["select"]}, "action"),
        ({"action": "dance"}, "action"),
        ({"action": "approve", "scene_id": "x"}, "action"),
        ({"action": "select_format", "format": "audio"}, "action"),
        ({"action": "retry"}, "action"),
        ({"action": "select"}, "concept_id"),
        ({"action": "select", "concept_id": 3}, "concept_id"),
        ({"action": "start_over", "prompt": " "}, "prompt"),
        ({"action": "start_over", "prompt": "a\0b"}, "prompt"),
        ({"action": "start_over", "prompt": "x", "rating": "NSFW"}, "rating"),
        ({"action": "start_over", "prompt": "x", "extra": 1}, "extra"),
    ],
)
async def test_a_wrong_answer_is_refused_and_names_the_field(session, answer, field):
    before = await session.start()
    after = await session.resume(answer)

    question = await session.question()
    assert question["stage"] == "concept_selection"
    assert question["problem"]["field"] == field
    assert after["rounds"] == before["rounds"]
    assert after["request"] == before["request"]


async def test_an_answer_to_a_question_that_was_answered_changes_nothing(session):
    values = await session.start()
    old = (await session.state()).interrupts[0].id
    await session.answer("select", concept_id=values["rounds"][0]["concepts"][0]["concept_id"])
    before = await session.state()

    await session.run(Command(resume={old: {"action": "start_over", "prompt": "Something else."}}))

    after = await session.state()
    assert after.values["request"] == before.values["request"]
    assert after.values["draft"] == before.values["draft"]


@pytest.mark.req("B07", "B09", "B10")
async def test_a_concept_becomes_a_draft_of_four_scenes(session, script):
    values = await session.draft()

    session_now = StorySession.of_state(
        values,
        session_id="1",
        user_id="me",
        created_at="2026-01-01T00:00:00Z",
        updated_at="2026-01-01T00:00:00Z",
    )
    draft = session_now.current_draft
    assert [scene.scene_number for scene in draft.scenes] == [1, 2, 3, 4]
    assert len({scene.scene_id for scene in draft.scenes}) == 4
    assert [scene.content for scene in draft.scenes] == [prose(f"scene {n}") for n in (1, 2, 3, 4)]
    assert {scene.status for scene in draft.scenes} == {"pending"}
    assert {asked.settings["temperature"] for asked in script.calls(PLAN) + script.calls(WRITE)} == {0.7}
    assert session_now.current_stage == "revision"
    assert values["calls"] and sum(values["calls"].values()) == len(script.asked)


@pytest.mark.req("B07")
@pytest.mark.parametrize("scenes", [3, 7])
async def test_a_plan_of_three_or_seven_scenes_is_asked_for_again(session, script, scenes):
    script.say(PLAN, plan_of(scenes))
    values = await session.draft()

    assert f"there are {scenes} scenes, there must be 4 to 6" in script.calls(PLAN)[1].text
    assert len(values["draft"]["scenes"]) == 4


@pytest.mark.req("B07", "B90")
async def test_a_plan_that_stays_wrong_leaves_the_concepts_to_choose_from(session, script):
    script.say(PLAN, plan_of(3), plan_of(7))
    values = await session.draft()

    question = await session.question()
    assert question["stage"] == "concept_selection"
    assert "there are 7 scenes" in question["problem"]["message"]
    assert not values.get("draft")
    assert len((await session.answer("retry"))["draft"]["scenes"]) == 4


@pytest.mark.req("B49")
async def test_a_draft_arrives_scene_by_scene(session):
    await session.draft()

    told = [
        (event["event"], event["number"]) for event in session.events if event["event"].startswith("scene.")
    ]
    assert told == [(f"scene.{what}", number) for number in (1, 2, 3, 4) for what in ("started", "finished")]


async def test_every_scene_prompt_holds_the_people_the_plan_and_the_scenes_before(session, script):
    await session.draft()

    for number, asked in enumerate(script.calls(WRITE), 1):
        assert all(looks in asked.text for looks in creations.LOOKS.values())
        assert all(scene.summary in asked.text for scene in plan_of().scenes)
        for other in (1, 2, 3, 4):
            assert (prose(f"scene {other}") in asked.text) == (other < number)


@pytest.mark.req("B91")
async def test_each_scene_prompt_begins_as_the_one_before_did(session, script):
    await session.draft()

    texts = [asked.text for asked in script.calls(WRITE)]
    for number, (earlier, later) in enumerate(pairwise(texts), 1):
        shared = earlier[: earlier.index(f"Now write scene {number} of")]
        assert later.startswith(shared)
        assert all(prose(f"scene {before}") in shared for before in range(1, number))


@pytest.mark.req("B11")
@pytest.mark.parametrize("words", [200, 1000])
async def test_a_scene_of_the_wrong_length_is_mended_once(session, script, words):
    script.say(WRITE, prose("off", words))
    values = await session.draft()

    [mend] = script.calls("creator/mend_scene")
    assert prose("off", words) in mend.text
    assert values["versions"][0]["content"] == prose("mended")
    assert values["versions"][0]["warnings"] == []


@pytest.mark.req("B11")
async def test_a_scene_whose_length_stays_wrong_says_so(session, script):
    script.say(WRITE, prose("off", 200)).say("creator/mend_scene", prose("off again", 220))
    values = await session.draft()

    assert values["versions"][0]["content"] == prose("off", 200)
    assert values["versions"][0]["warnings"][0].startswith("it is too short")


async def test_a_scene_that_fails_twice_keeps_those_before_and_is_tried_again(session, script):
    script.say(WRITE, prose("scene 1"), "", "I'm sorry, I can't write this.")
    values = await session.draft()

    question = await session.question()
    assert question["stage"] == "story_drafting"
    assert question["data"] == {"written": 1, "of": 4}
    assert question["problem"]["message"] == "scene 2 failed twice: the model declined to write it"

    after = await session.answer("retry")
    assert after["versions"][0] == values["versions"][0]
    assert len(after["versions"]) == 4
    assert (await session.question())["stage"] == "revision"


@pytest.mark.req("B19")
async def test_another_concept_can_be_chosen_after_the_book_is_complete(session):
    values = await session.complete()
    other = values["rounds"][0]["concepts"][2]
    after = await session.answer("select", concept_id=other["concept_id"])

    assert (await session.question())["stage"] == "revision"
    assert after["draft"]["concept_id"] == other["concept_id"]
    assert after["draft"]["draft_id"] != values["draft"]["draft_id"]
    assert after["choices"] == {"consent": False, "concept_id": other["concept_id"]}
    assert len(after["versions"]) == 8


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 5_001}, "prompt"),
        ({"prompt": "x", "rating": "XXX"}, "rating"),
        ({"prompt": "x", "rating": "NSFW"}, "rating"),
        ({"prompt": "x", "unknown": 1}, "unknown"),
        ("a story", "request"),
    ],
)
async def test_a_session_that_cannot_begin_names_the_field(session, request_, field):
    with pytest.raises(RequestInvalid, match=f"^{field}: "):
        await session.run({"request": request_})


async def test_a_prompt_that_is_not_allowed_is_refused_and_another_taken(session, script):
    await session.start("A keeper writes pornography.")

    question = await session.question()
    assert (question["stage"], question["problem"]["field"]) == ("idea_generation", "prompt")
    assert not script.asked
    values = await session.answer("start_over", prompt=PROMPT)
    assert len(values["rounds"]) == 1
