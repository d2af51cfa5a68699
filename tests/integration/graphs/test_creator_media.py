"""The creator's sound and pictures: what is made, kept, made again, and what is left out."""

import asyncio
import json
from dataclasses import asdict, replace

import pytest
from langgraph.runtime import Runtime

from domain.creator import StoryDraft
from domain.creator_session import StorySession
from domain.media import AudioSegment, GeneratedImage, PictureWanted
from nodes.creator.draw_pictures import draw_pictures
from nodes.creator.list_narrators import list_narrators
from nodes.creator.make_sound import make_sound
from providers import objects
from providers.objects import Objects
from tests import creations
from tests.creations import prose

WHEN = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}


def session_of(values):
    return StorySession.of_state(values, session_id="1", user_id="me", **WHEN)


@pytest.mark.req("B20", "B22", "B25")
@pytest.mark.parametrize(
    ("format", "sounds", "pictures"), [("audio", 4, 0), ("visual", 0, 5), ("both", 4, 5)]
)
async def test_a_format_makes_its_sound_and_its_pictures(session, voice, painter, format, sounds, pictures):
    values = await session.complete(format)

    assert sorted(text for text, _ in voice.said) == [prose(f"scene {n}") for n in range(1, sounds + 1)]
    assert len(painter.drawn_scenes) == pictures
    question = await session.question()
    assert question["stage"] == "completed"
    assert len(question["data"]["audio"]) == sounds
    assert len(question["data"]["images"]) == max(0, pictures - 1)
    assert bool(question["data"]["cover"]) == bool(pictures)
    assert question["data"]["warnings"] == []
    assert ("narrator_selection" in [event.get("phase") for event in session.events]) == bool(sounds)
    assert values["choices"]["format"] == format


@pytest.mark.req("B20")
async def test_an_unknown_format_is_refused(session):
    await session.approved()
    await session.answer("select_format", format="smell")

    question = await session.question()
    assert (question["stage"], question["problem"]["field"]) == ("format_selection", "format")
    assert question["data"]["formats"] == ["audio", "visual", "both"]


@pytest.mark.req("B24")
async def test_a_narrator_is_chosen_out_of_those_there_are(session, voice):
    await session.approved()
    await session.answer("select_format", format="audio")
    question = await session.question()
    assert question["stage"] == "narrator_selection"
    assert set(question["data"]["narrators"][0]) == {
        "voice_id",
        "name",
        "gender",
        "accent",
        "tone",
        "language",
        "sample_url",
    }

    await session.answer("select_narrator", voice_id="nobody's")
    question = await session.question()
    assert (question["stage"], question["problem"]["field"]) == ("narrator_selection", "voice_id")
    assert not voice.said

    values = await session.answer("select_narrator", voice_id="voice-2")
    assert {spoken for _, spoken in voice.said} == {"voice-2"}
    assert session_of(values).selected_narrator.name == "Voice 2"


async def test_what_is_made_is_kept_as_objects_and_only_named_in_the_state(session):
    values = await session.complete()

    store = objects.get()
    done = session_of(values)
    sounds = [(await store.read(one.key)).decode() for one in done.generated_audio]
    assert sounds == [f"sound of {prose(f'scene {n}')}" for n in (1, 2, 3, 4)]
    assert [one.scene_number for one in done.generated_audio] == [1, 2, 3, 4]
    assert all(one.key.startswith(f"creator/{session.id}/sound/") for one in done.generated_audio)
    assert all(one.key.startswith(f"creator/{session.id}/picture/") for one in done.generated_images)
    assert done.generated_audio[0].marks[0].text
    assert b"sound of" not in json.dumps(values, default=str).encode()


@pytest.mark.req("B31")
async def test_a_session_has_exactly_the_fields_of_the_source(session):
    told = session_of(await session.complete()).model_dump(mode="json")

    assert list(told) == [
        "session_id",
        "user_id",
        "original_prompt",
        "generated_concepts",
        "selected_concept_id",
        "current_draft",
        "output_format",
        "selected_narrator",
        "generated_audio",
        "generated_images",
        "current_stage",
        "created_at",
        "updated_at",
    ]
    assert told["current_stage"] == "completed"
    assert told["created_at"] == "2026-01-01T00:00:00Z"


@pytest.mark.req("B81")
async def test_a_person_is_described_alike_in_every_picture(session, painter):
    values = await session.complete("visual")

    draft = StoryDraft.of_state(values)
    wanted = {one.scene_id: one for asked in painter.asked for one in asked}
    for scene in draft.scenes:
        for name, looks in creations.LOOKS.items():
            assert (f"{name}: {looks}" in wanted[scene.scene_id].characters) == (name in scene.characters)
            assert (f"Character: {name}: {looks}" in wanted[scene.scene_id].prompt) == (
                name in scene.characters
            )
        assert scene.setting in wanted[scene.scene_id].prompt
    assert all(f"{name}: {looks}" in wanted["cover"].characters for name, looks in creations.LOOKS.items())
    assert {one.aspect_ratio for one in wanted.values()} == {"16:9"}


@pytest.mark.req("B69")
async def test_all_sound_and_all_pictures_are_made_at_the_same_time(session, voice, painter):
    meeting = asyncio.Barrier(4 + 5)

    async def wait(_: str) -> None:
        await asyncio.wait_for(meeting.wait(), 60)

    voice.gate = painter.gate = wait
    values = await session.complete()

    assert values["media"]["warnings"] == []
    assert len(values["assets"]) == 9


@pytest.mark.req("B45")
async def test_a_painter_that_takes_many_is_asked_once(session, painter):
    painter.batch = True
    values = await session.complete("visual")

    assert [len(asked) for asked in painter.asked] == [5]
    assert len(values["assets"]) == 5


@pytest.mark.req("B45")
async def test_what_a_batch_cannot_do_is_drawn_singly(session, painter):
    painter.batch, painter.batch_down = True, True
    values = await session.complete("visual")

    assert [len(asked) for asked in painter.asked] == [5, 1, 1, 1, 1, 1]
    assert len(values["assets"]) == 5
    assert values["media"]["warnings"] == []


@pytest.mark.req("B41")
async def test_a_voice_that_is_down_costs_the_sound_and_never_the_book(session, voice):
    voice.down = ""
    values = await session.complete()

    question = await session.question()
    assert question["stage"] == "completed"
    assert question["data"]["audio"] == []
    assert len(question["data"]["images"]) == 4
    assert [(one["kind"], one["message"]) for one in question["data"]["warnings"]] == [
        ("sound", "the voice is down")
    ] * 4
    assert len(session_of(values).current_draft.scenes) == 4

    voice.down = None
    values = await session.answer("retry")
    assert len(session_of(values).generated_audio) == 4
    assert values["media"]["warnings"] == []


@pytest.mark.req("B41")
async def test_a_book_whose_narrators_cannot_be_listed_goes_on_without_sound(session, voice):
    voice.nobody = True
    await session.approved()
    await session.answer("select_format", format="audio")

    question = await session.question()
    assert question["stage"] == "completed"
    assert question["data"]["warnings"] == [{"kind": "sound", "scene_id": "", "message": "the voice is down"}]

    voice.nobody = False
    await session.answer("retry")
    assert (await session.question())["stage"] == "narrator_selection"


async def test_one_scene_that_cannot_be_read_costs_only_its_sound(session, voice, painter):
    voice.down, painter.down = "hour of scene 2", "Part 3"
    values = await session.complete()

    done = session_of(values)
    assert [one.scene_number for one in done.generated_audio] == [1, 3, 4]
    assert [one.scene_number for one in done.generated_images] == [1, 2, 4]
    scenes = {one["scene_id"]: one["scene_number"] for one in values["draft"]["scenes"]}
    assert [(one["kind"], scenes[one["scene_id"]]) for one in values["media"]["warnings"]] == [
        ("sound", 2),
        ("picture", 3),
    ]
    assert len([text for text, _ in voice.said if "hour of scene 2" in text]) == 2


@pytest.mark.req("B39", "B43")
async def test_services_that_hang_are_given_up(session, voice, painter):
    async def hang(_: str) -> None:
        await asyncio.Event().wait()

    assert (session.context.speech_seconds, session.context.image_seconds) == (120, 180)
    session.context = replace(session.context, speech_seconds=0.02, image_seconds=0.02)
    voice.gate = painter.gate = hang
    voice.outside = painter.outside = True
    values = await session.complete(consent=True)

    assert (await session.question())["stage"] == "completed"
    assert {one["message"] for one in values["media"]["warnings"]} == {
        "told:voice did not answer within 0.02 seconds",
        "told:painter did not answer within 0.02 seconds",
    }


@pytest.mark.req("B63")
async def test_nothing_goes_outside_without_consent(session, voice, painter):
    voice.outside = painter.outside = True
    values = await session.complete()

    assert not voice.said
    assert not painter.asked
    assert {one["kind"] for one in values["media"]["warnings"]} == {"sound", "picture", "cover"}
    assert (await session.question())["stage"] == "completed"


@pytest.mark.req("B63")
async def test_consent_given_later_makes_what_was_left_out(session, voice, painter):
    voice.outside = painter.outside = True
    await session.complete()
    question = await session.question()
    assert "select_format" in question["actions"]
    values = await session.answer("select_format", format="both", consent=True)

    assert len(voice.said) == 4
    assert len(painter.drawn_scenes) == 5
    assert values["media"]["warnings"] == []


@pytest.mark.req("B63")
async def test_a_person_is_told_who_is_outside_before_they_agree(session, voice, painter):
    voice.outside = True
    await session.approved()

    data = (await session.question())["data"]
    assert data["outside"] == ["speech"]
    assert data["consent"] is False


@pytest.mark.req("B19")
async def test_a_scene_revised_afterwards_has_only_its_own_media_made_again(session, voice, painter):
    before = await session.complete()
    voice.said.clear()
    painter.asked.clear()
    scene = await session.scene(2)
    values = await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Colder.")

    assert (await session.question())["stage"] == "revision"
    assert [one.scene_number for one in session_of(values).generated_audio] == [1, 3, 4]
    values = await session.answer("approve", scene_id=scene["scene_id"])

    assert voice.said == [(prose("Colder."), "voice-1")]
    assert painter.drawn_scenes == [scene["scene_id"]]
    assert (await session.question())["stage"] == "completed"
    then, now = session_of(before).generated_audio, session_of(values).generated_audio
    assert [one.key for one in now if one.scene_number != 2] == [
        one.key for one in then if one.scene_number != 2
    ]
    assert then[1].key != now[1].key


@pytest.mark.req("B19")
async def test_another_narrator_has_only_the_sound_made_again(session, voice, painter):
    before = await session.complete()
    voice.said.clear()
    painter.asked.clear()
    values = await session.answer("select_narrator", voice_id="voice-2")

    assert {spoken for _, spoken in voice.said} == {"voice-2"}
    assert len(voice.said) == 4
    assert not painter.asked
    assert session_of(values).generated_images == session_of(before).generated_images


@pytest.mark.req("B19")
async def test_another_format_makes_only_what_is_missing(session, voice, painter):
    await session.complete("audio")
    await session.answer("select_format", format="both")
    assert (len(voice.said), len(painter.drawn_scenes)) == (4, 5)

    values = await session.answer("select_format", format="visual")
    assert (len(voice.said), len(painter.drawn_scenes)) == (4, 5)
    assert session_of(values).generated_audio == []


@pytest.mark.req("B84")
async def test_a_version_that_comes_back_brings_its_media_along(session, voice, painter):
    before = await session.complete()
    scene = await session.scene(2)
    await session.answer("ai_rewrite", scene_id=scene["scene_id"], feedback="Colder.")
    await session.answer("approve", scene_id=scene["scene_id"])
    voice.said.clear()
    await session.answer("revert", scene_id=scene["scene_id"], version=1)
    values = await session.answer("approve", scene_id=scene["scene_id"])

    assert not voice.said
    assert session_of(values).generated_audio == session_of(before).generated_audio


async def test_progress_counts_up_to_all(session):
    await session.complete()

    for kind, of in (("sound", 4), ("picture", 5)):
        told = [event for event in session.told("media.progress") if event["kind"] == kind]
        assert {event["of"] for event in told} == {of}
        assert max(event["done"] for event in told) == of


async def test_what_was_finished_before_a_crash_is_not_paid_for_again(session, voice, painter):
    """A run that is gone in the middle of the media stage is taken up by another one."""
    third = asyncio.Event()

    async def wait(text: str) -> None:
        if "scene 3" in text:
            third.set()
            await asyncio.Event().wait()

    await session.approved()
    await session.answer("select_format", format="audio")
    voice.gate = wait
    running = asyncio.create_task(session.answer("select_narrator", voice_id="voice-1"))
    await asyncio.wait_for(third.wait(), 60)
    store: Objects = objects.get()
    while len([key async for key in store.list(f"creator/{session.id}")]) < 6:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    voice.gate = None
    values = await session.retry()

    assert [text for text, _ in voice.said].count(prose("scene 3")) == 2
    assert len(voice.said) == 5
    assert len(session_of(values).generated_audio) == 4


@pytest.mark.req("B92", "B23")
async def test_narrators_voice_and_pictures_can_be_called_on_their_own(session, voice, painter):
    runtime = Runtime(context=session.context)
    listed = await list_narrators({"choices": {"format": "audio"}, "draft": {}}, runtime)
    sound = {"scene_id": "s1", "scene_number": 1, "text": "Once.", "voice_id": "voice-1", "made_from": "m"}
    read = await make_sound(sound | {"node": "", "base": "creator/x/sound/a", "bases": []}, runtime)
    wanted = asdict(PictureWanted(scene_id="s1", prompt="A lamp."))
    work = {
        "wanted": wanted,
        "scene_number": 1,
        "alt": "A lamp.",
        "made_from": "m",
        "base": "creator/x/picture/a",
    }
    drawn = await draw_pictures({"node": "", "pictures": [work], "bases": []}, runtime)

    assert [one["voice_id"] for one in listed["narrators"]] == ["voice-1", "voice-2"]
    assert await objects.get().read("creator/x/sound/a.mp3") == b"sound of Once."
    assert read["assets"]["creator/x/sound/a.mp3"]["about"]["duration"] == 1.5
    assert await objects.get().read("creator/x/picture/a.png") == b"picture of A lamp."
    assert drawn["assets"]["creator/x/picture/a.png"]["about"]["alt"] == "A lamp."


async def test_what_lies_in_the_store_is_not_made_again(session, voice, painter):
    before = await session.complete()
    async for state in session.graph().aget_state_history(session.config):
        if state.next == ("plan_media",):
            session.forked = state.config["configurable"]["checkpoint_id"]
            break
    voice.said.clear()
    painter.asked.clear()
    values = await session.run(None)

    assert not voice.said and not painter.asked
    assert session_of(values) == session_of(before)


@pytest.mark.req("B30")
async def test_every_model_of_a_session_survives_json(session):
    done = session_of(await session.complete())

    assert StorySession.model_validate_json(done.model_dump_json()) == done
    assert isinstance(done.generated_audio[0], AudioSegment)
    assert isinstance(done.generated_images[0], GeneratedImage)
