"""The creator's models, checks, stages and answers."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import ValidationError

from domain.creator import CreatorInput, SceneVersion, StoryConcept, StoryDraft, StoryScene, merge_assets
from domain.creator_answers import ANSWERS, read_answer
from domain.creator_checks import concept_problems, length_problems, plan_problems
from domain.creator_media import current_assets, made_from, picture_of
from domain.creator_session import StorySession, compare_versions
from domain.creator_stages import FIELDS, actions_of, question_of, stage_after, stage_of
from domain.errors import AnswerRefused
from domain.media import AudioSegment, GeneratedImage, Mark, NarratorProfile
from tests.creations import LOOKS, idea, plan_of, prose

CONCEPTS = [StoryConcept(concept_id=f"c{place}", **idea(place).model_dump()) for place in range(3)]
REQUEST = CreatorInput(prompt="A keeper hears the fog answer.").model_dump()


def scene(number: int, **changed: object) -> dict[str, object]:
    plan = plan_of().scenes[number - 1].model_dump()
    return (
        plan | {"scene_id": f"s{number}", "scene_number": number, "status": "pending", "version": 1} | changed
    )


def version(number: int, content: str = "", **changed: object) -> dict[str, object]:
    told = SceneVersion(
        scene_id=f"s{number}",
        version=1,
        order=number,
        content=content or prose(str(number)),
        why="draft",
        by="model",
    )
    return told.model_dump() | changed


def state(**changed: object) -> dict[str, object]:
    """A session whose draft is approved and whose book is wanted with sound and pictures."""
    draft = {
        "draft_id": "d1",
        "concept_id": "c0",
        "title": "The Fog Answers",
        "characters": [person.model_dump() for person in plan_of().characters],
        "scenes": [scene(number, status="approved") for number in (1, 2, 3, 4)],
    }
    rounds = [
        {
            "round": 1,
            "prompt": REQUEST["prompt"],
            "like": None,
            "concepts": [c.model_dump() for c in CONCEPTS],
        }
    ]
    return {
        "request": REQUEST,
        "rounds": rounds,
        "draft": draft,
        "versions": [version(number) for number in (1, 2, 3, 4)],
        "choices": {"concept_id": "c0", "format": "both", "voice_id": "v1", "consent": False},
        "narrators": [NarratorProfile(voice_id="v1", name="Ada").model_dump()],
        "stage": {"name": "generation", "due": "ask", "problem": None, "failed": ""},
    } | changed


@pytest.mark.req("B30", "B10")
@pytest.mark.parametrize(
    "made",
    [
        CONCEPTS[0],
        StoryScene(scene_id="s1", scene_number=1, title="One", content="Text.", setting="Here.", characters=["Maren"]),
        StoryDraft(draft_id="d", concept_id="c", title="T", characters=plan_of().characters, scenes=[]),
        SceneVersion(scene_id="s", version=1, order=1, content="Text.", why="draft", by="model"),
        NarratorProfile(voice_id="v1", name="Ada", gender="female", accent="British", tone="warm", sample_url="/s.mp3"),
        GeneratedImage(scene_id="s", scene_number=1, key="k", width=16, height=9),
        AudioSegment(scene_id="s", scene_number=1, key="k", duration=1.5, marks=[Mark(start=0, end=1, text="T.")]),
        StorySession(
            session_id=str(uuid4()),
            user_id="me",
            original_prompt="p",
            generated_concepts=CONCEPTS,
            selected_concept_id=None,
            current_draft=None,
            output_format=None,
            selected_narrator=None,
            generated_audio=[],
            generated_images=[],
            current_stage="concept_selection",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            updated_at=datetime(2026, 1, 2, tzinfo=UTC),
        ),
    ],
    ids=lambda made: type(made).__name__,
)  # fmt: skip
def test_every_model_survives_json(made):
    assert type(made).model_validate_json(made.model_dump_json()) == made


@pytest.mark.req("B12")
@pytest.mark.parametrize("status", ["done", "", None, "APPROVED"])
def test_a_scene_has_one_of_three_statuses(status):
    given = {"scene_id": "s", "scene_number": 1, "title": "", "content": "", "setting": "", "characters": []}

    assert [StoryScene(**given, status=one).status for one in ("pending", "approved", "needs_revision")]
    with pytest.raises(ValidationError):
        StoryScene(**given, status=status)


@pytest.mark.parametrize(
    ("places", "problem"),
    [
        ((0, 1), "there are 2 concepts, there must be exactly 3"),
        ((0, 1, 2, 3), "there are 4 concepts, there must be exactly 3"),
        ((0, 1, 1), "'Salt in the Ledger' and 'Salt in the Ledger' are nearly the same"),
    ],
)
def test_concepts_are_three_and_distinct(places, problem):
    assert problem in concept_problems([idea(place) for place in places], [])


def test_concepts_about_nobody_are_refused():
    lonely = idea(0).model_copy(update={"main_characters": []})

    [problem] = concept_problems([lonely, idea(1), idea(2)], [])
    assert "somebody it is about" in problem


def test_an_offered_concept_is_not_offered_again():
    problems = concept_problems([idea(0), idea(1), idea(2)], [{"title": idea(2).title, "premise": "Other."}])

    assert problems == [f"'{idea(2).title}' was offered before"]


@pytest.mark.parametrize(("scenes", "wrong"), [(3, True), (4, False), (5, False), (6, False), (7, True)])
def test_a_plan_has_four_to_six_scenes(scenes, wrong):
    assert bool(plan_problems(plan_of(scenes))) == wrong


def test_a_plan_names_only_people_whom_it_describes():
    plan = plan_of()
    plan.scenes[1].characters = ["Nobody"]

    assert plan_problems(plan) == ["scene 2 has 'Nobody', who is not among the characters"]


@pytest.mark.parametrize(("words", "wrong"), [(299, True), (300, False), (800, False), (801, True)])
def test_a_scene_has_300_to_800_words(words, wrong):
    assert bool(length_problems("word " * words, {"min": 300, "max": 800})) == wrong


@pytest.mark.parametrize(
    ("changed", "stage", "due"),
    [
        ({"rounds": []}, "idea_generation", "ask"),
        ({"draft": {}}, "concept_selection", "ask"),
        ({"draft": {"scenes": [scene(1), scene(2, version=0)]}}, "story_drafting", "write_scene"),
        ({"draft": {"scenes": [scene(1, status="approved"), scene(2)]}}, "revision", "ask"),
        ({"choices": {}}, "format_selection", "ask"),
        ({"choices": {"format": "audio"}}, "narrator_selection", "ask"),
        ({"choices": {"format": "audio"}, "narrators": []}, "narrator_selection", "list_narrators"),
        ({}, "generation", "plan_media"),
    ],
)
def test_the_stage_is_the_first_that_something_is_missing_of(changed, stage, due):
    assert stage_of(state(**changed)) == stage
    assert stage_after(state(**changed))["due"] == due


def test_every_action_says_what_it_needs():
    assert set(ANSWERS) == set(FIELDS)
    for action, fields in FIELDS.items():
        needed = [name for name, field in ANSWERS[action].model_fields.items() if field.is_required()]
        assert needed == ["action", *fields]


def test_an_answer_is_read_by_its_action():
    told = {"action": "ai_rewrite", "scene_id": "s2", "feedback": "  Colder. "}

    assert read_answer(state(), told).model_dump() == told | {"feedback": "Colder."}
    with pytest.raises(AnswerRefused, match="there is no scene 's9'") as refused:
        read_answer(state(), told | {"scene_id": "s9"})
    assert refused.value.field == "scene_id"


def test_what_may_be_answered_grows_with_the_session():
    assert list(actions_of({})) == ["start_over"]
    assert "select_narrator" in actions_of(state())
    assert "select_narrator" not in actions_of(state(choices={"format": "visual"}))
    assert "select_format" not in actions_of(state(draft={"scenes": [scene(1)]}))


@pytest.mark.req("B19")
def test_only_what_depended_on_a_scene_changes_with_it():
    before = state()
    after = state(versions=[*before["versions"][:1], version(2, "Another text."), *before["versions"][2:]])

    for kind in ("sound", "picture"):
        then, now = made_from(before, kind), made_from(after, kind)
        assert [scene for scene in then if then[scene] != now[scene]] == ["s2"]
    assert made_from(before, "cover") == made_from(after, "cover")


def test_another_voice_changes_only_the_sound():
    other = state(choices={"concept_id": "c0", "format": "both", "voice_id": "v2"})

    assert set(made_from(state(), "sound").values()).isdisjoint(made_from(other, "sound").values())
    assert made_from(state(), "picture") == made_from(other, "picture")


def test_what_was_made_of_something_else_is_not_current():
    wanted = made_from(state(), "sound")
    assets = {
        "old": {"kind": "sound", "scene_id": "s1", "made_from": "something else", "about": {}},
        "new": {"kind": "sound", "scene_id": "s2", "made_from": wanted["s2"], "about": {}},
    }

    assert current_assets(state(assets=assets), "sound") == [assets["new"]]
    assert merge_assets({"a": 1}, [{"b": 2}, {"a": 3}]) == {"a": 3, "b": 2}


@pytest.mark.req("B81")
def test_a_person_looks_the_same_in_every_picture():
    draft = StoryDraft.of_state(state())
    told = [picture_of(draft, scene, REQUEST, 7) for scene in draft.scenes]

    assert all(f"Maren: {LOOKS['Maren']}" in picture.characters for picture in told)
    assert all(LOOKS["Maren"] in picture.prompt for picture in told)
    assert {picture.seed for picture in told} == {7}


@pytest.mark.req("B84")
def test_versions_are_compared_by_sentences():
    told = state(versions=[version(1, "One. Two. Three."), version(1, "One. Four. Three.", version=2)])

    assert compare_versions(told, "s1", 1, 2) == ["  One.", "- Two.", "+ Four.", "  Three."]
    with pytest.raises(KeyError):
        compare_versions(told, "s1", 1, 3)


def test_long_texts_that_share_nothing_are_compared_without_long_thought():
    old, new = (" ".join(f"{word} {number}." for number in range(1_500)) for word in ("Rain", "Snow"))
    told = state(versions=[version(1, old), version(1, new, version=2)])

    assert len(compare_versions(told, "s1", 1, 2)) == 3_000


def test_a_question_says_what_may_be_answered_and_what_there_is_to_choose_from():
    question = question_of(state(choices={}), ["images"])

    assert set(question) == {"stage", "actions", "data", "problem"}
    assert question["stage"] == "format_selection"
    assert question["actions"]["select_format"] == ["format"]
    assert question["data"] == {
        "formats": ["audio", "visual", "both"],
        "outside": ["images"],
        "consent": False,
    }
