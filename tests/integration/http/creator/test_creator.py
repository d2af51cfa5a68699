"""The creator's API: a session from its prompt to its book, and what is refused on the way."""

import asyncio

import pytest

from providers.speech.samples import WORDS
from tests import creations
from tests.integration.http.creator.conftest import ENVELOPE, PREFIX, served

FIELDS = {
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
}


@pytest.mark.req("B54", "B31", "B60")
async def test_a_prompt_begins_a_session_with_three_concepts(creator):
    told = await creator.start(user_id="reader-7")

    session = told["data"]
    assert set(session) == FIELDS
    assert session["user_id"] == "reader-7"
    assert session["original_prompt"] == creations.PROMPT
    assert session["current_stage"] == "concept_selection"
    assert len(session["generated_concepts"]) == 3


@pytest.mark.req("B02", "B55")
async def test_a_chosen_concept_is_drafted(creator):
    draft = await creator.draft()

    assert len(draft["scenes"]) == 4
    assert [scene["scene_number"] for scene in draft["scenes"]] == [1, 2, 3, 4]
    assert {scene["status"] for scene in draft["scenes"]} == {"pending"}
    assert (await creator.session())["current_stage"] == "revision"


@pytest.mark.req("B03", "B04", "B61")
async def test_more_concepts_like_one_and_a_new_prompt(creator):
    first = (await creator.start())["data"]["generated_concepts"]
    more = (await creator.do("more-like-this", concept_id=first[1]["concept_id"]))["data"][
        "generated_concepts"
    ]
    assert {one["concept_id"] for one in first}.isdisjoint(one["concept_id"] for one in more)

    again = (await creator.do("restart", prompt="A diver is paid to ring a drowned bell."))["data"]
    assert again["original_prompt"] == "A diver is paid to ring a drowned bell."
    assert again["current_stage"] == "concept_selection"


@pytest.mark.req("B13", "B14", "B57")
async def test_scenes_are_rewritten_from_feedback_and_approved(creator, script):
    draft = await creator.draft()
    scene = draft["scenes"][1]
    told = await creator.do("rewrite-scene", scene_id=scene["scene_id"], feedback="More rain.")
    rewritten = told["data"]["current_draft"]["scenes"][1]
    assert rewritten["content"] == creations.prose("More rain.")
    assert "More rain." in script.calls("creator/rewrite_scene")[0].text

    await creator.do("approve-scene", scene_id=scene["scene_id"])
    scenes = (await creator.session())["current_draft"]["scenes"]
    assert [one["status"] for one in scenes] == ["pending", "approved", "pending", "pending"]


@pytest.mark.req("B15", "B18", "B84")
async def test_every_version_of_a_scene_is_kept_compared_and_put_back(creator):
    scene = (await creator.draft())["scenes"][0]
    for feedback in ("Shorter.", "Longer.", "Darker.", "Lighter."):
        await creator.do("rewrite-scene", scene_id=scene["scene_id"], feedback=feedback)
    mine = creations.prose("my own hand")
    told = await creator.do("rewrite-scene", scene_id=scene["scene_id"], content=mine)
    assert told["data"]["current_draft"]["scenes"][0]["content"] == f"{mine} It was polished."

    path = f"session/{creator.session_id}/scenes/{scene['scene_id']}"
    found = (await creator.ask("GET", f"{path}/versions"))["data"]
    assert found["current"] == 6
    assert [one["why"] for one in found["versions"]] == ["draft", *["ai_rewrite"] * 4, "manual_rewrite"]
    compared = await creator.ask("GET", f"{path}/compare", params={"first": 1, "second": 2})
    assert any(line.startswith("+ ") for line in compared["data"]["sentences"])

    reverted = await creator.do("revert-scene", scene_id=scene["scene_id"], version=1)
    assert reverted["data"]["current_draft"]["scenes"][0]["content"] == scene["content"]
    await creator.ask("GET", f"{path}/compare", 404, params={"first": 1, "second": 99})


async def test_a_paragraph_of_a_scene_is_edited(creator):
    [scene, *others] = (await creator.draft())["scenes"]
    named = {"scene_id": scene["scene_id"], "paragraph": 2}
    told = await creator.do("edit-paragraph", **named, how="insert", text="It rained.")

    assert told["message"] == "Paragraph edited"
    first, *rest = scene["content"].split("\n\n")
    [edited, *same] = told["data"]["current_draft"]["scenes"]
    assert edited["content"].split("\n\n") == [first, "It rained.", *rest]
    assert (edited["version"], edited["status"], same) == (2, "pending", others)
    refused = await creator.do("edit-paragraph", 400, **named | {"paragraph": 99}, how="rewrite")
    assert refused["error"]["field"] == "paragraph"
    await creator.do("edit-paragraph", 404, **named | {"scene_id": "none"}, how="rewrite")
    await creator.do("edit-paragraph", 400, **named, how="burn")


@pytest.mark.req("B20", "B58", "B28")
async def test_a_book_with_sound_and_pictures_is_made_and_every_link_opens(creator):
    session = await creator.complete("both")

    assert session["current_stage"] == "completed"
    assert session["selected_narrator"]["voice_id"] == "voice-1"
    assert len(session["generated_audio"]) == 4
    assert [image["scene_number"] for image in session["generated_images"]] == [0, 1, 2, 3, 4]
    for link in [
        *(sound["audio_url"] for sound in session["generated_audio"]),
        *(image["image_url"] for image in session["generated_images"]),
    ]:
        assert (await creator.get(link)).status_code == 200


@pytest.mark.req("B22")
async def test_a_book_of_pictures_has_no_narrator(creator, voice):
    session = await creator.complete("visual")
    assert session["current_stage"] == "completed"
    assert session["generated_audio"] == []
    assert voice.said == []


@pytest.mark.req("B21", "B56")
async def test_no_format_before_every_scene_is_approved(creator):
    draft = await creator.draft()
    await creator.do("approve-scene", scene_id=draft["scenes"][0]["scene_id"])
    refused = await creator.do("select-format", 409, format="audio")
    assert "select_format is not possible at revision" in refused["message"]
    assert (await creator.session())["current_stage"] == "revision"


@pytest.mark.req("B19")
async def test_a_scene_revised_after_the_end_has_only_its_own_media_made_again(creator, voice, painter):
    session = await creator.complete("both")
    voice.said.clear()
    painter.asked.clear()
    scene = session["current_draft"]["scenes"][1]
    await creator.do("rewrite-scene", scene_id=scene["scene_id"], feedback="More rain.")
    done = (await creator.do("approve-scene", scene_id=scene["scene_id"]))["data"]

    assert done["current_stage"] == "completed"
    assert [text for text, _ in voice.said] == [creations.prose("More rain.")]
    assert painter.drawn_scenes == [scene["scene_id"]]


@pytest.mark.req("B23", "B24")
async def test_narrators_are_listed_and_an_unknown_one_is_refused(creator):
    found = (await creator.ask("GET", "narrators"))["data"]["narrators"]
    assert [one["voice_id"] for one in found] == ["voice-1", "voice-2"]
    assert set(found[0]) == {"voice_id", "name", "gender", "accent", "tone", "language", "sample_url"}

    await creator.draft()
    await creator.do("approve-scene")
    await creator.do("select-format", format="audio")
    refused = await creator.do("select-narrator", 400, narrator_id="nobody")
    assert refused["error"]["field"] == "narrator_id"
    assert (await creator.session())["current_stage"] == "narrator_selection"


@pytest.mark.req("B24")
async def test_every_narrator_has_a_sample_that_is_spoken_once(creator, voice):
    session = await creator.complete("audio")
    found = (await creator.ask("GET", "narrators"))["data"]["narrators"]
    told = len(voice.said)
    urls = [found[0]["sample_url"], session["selected_narrator"]["sample_url"], found[1]["sample_url"]]
    heard = [await creator.get(url, follow_redirects=True) for url in urls]

    assert [one.content for one in heard] == [f"sound of {WORDS}".encode()] * 3
    assert heard[0].headers["Content-Type"] == "audio/mpeg"
    assert voice.said[told:] == [(WORDS, "voice-1"), (WORDS, "voice-2")]


async def test_a_sample_without_a_link_of_ours_is_refused_and_nothing_spoken(creator, voice):
    [found, _] = (await creator.ask("GET", "narrators"))["data"]["narrators"]
    for url in (found["sample_url"].replace("voice-1", "voice-2"), found["sample_url"].partition("?")[0]):
        refused = await creator.get(url)
        assert (refused.status_code, refused.json()["success"]) == (403, False)
    assert voice.said == []


async def test_an_outside_service_is_asked_for_no_samples(creator, voice):
    voice.outside = True
    found = (await creator.ask("GET", "narrators"))["data"]["narrators"]
    assert [one["sample_url"] for one in found] == ["", ""]


@pytest.mark.req("B06", "B60")
@pytest.mark.parametrize(
    ("path", "given", "status", "field"),
    [
        ("select-concept", {"concept_id": "no-such"}, 404, "concept_id"),
        ("more-like-this", {"concept_id": "no-such"}, 404, "concept_id"),
        ("select-concept", {}, 400, "concept_id"),
        ("approve-scene", {}, 409, None),
        ("select-format", {"format": "audio"}, 409, None),
        ("select-format", {"format": "film"}, 400, "format"),
        ("select-narrator", {"narrator_id": "voice-1"}, 409, None),
        ("rewrite-scene", {"scene_id": "x", "feedback": "a", "content": "b"}, 400, "body"),
        ("restart", {"prompt": "  "}, 400, "prompt"),
        ("restart", {"prompt": "x" * 6_000}, 400, "prompt"),
        ("select-concept", {"concept_id": "x", "stage": "completed"}, 400, "stage"),
        ("cancel", {}, 409, None),
        ("generate", {}, 409, None),
    ],
)
async def test_what_cannot_be_answered_changes_nothing(creator, path, given, status, field):
    before = (await creator.start())["data"]
    refused = await creator.do(path, status, **given)
    assert refused["error"]["field"] == field
    assert refused["data"] is None
    assert await creator.session() == before


@pytest.mark.req("B60")
@pytest.mark.parametrize(
    "path", ["session/no-uuid", "session/7b1c1d8e-3f0a-4c52-9d7e-0d5f3b6a1c11", "nothing/here"]
)
async def test_errors_come_in_the_envelope_too(creator, path):
    answer = await creator.get(f"{PREFIX}/{path}")
    assert answer.status_code in (400, 404)
    assert set(answer.json()) == ENVELOPE


async def test_empty_and_endless_feedback_is_refused(creator):
    scene = (await creator.draft())["scenes"][0]
    for feedback in ("", "   ", "x" * 5_000):
        refused = await creator.do("rewrite-scene", 400, scene_id=scene["scene_id"], feedback=feedback)
        assert refused["error"]["field"] == "feedback"
    await creator.do("rewrite-scene", 404, scene_id="no-such", feedback="More rain.")


@pytest.mark.req("B79")
async def test_of_two_tabs_that_answer_at_once_one_wins(creator):
    draft = await creator.draft()
    first, second = (scene["scene_id"] for scene in draft["scenes"][:2])
    answers = await asyncio.gather(
        *(
            creator.post(
                f"{PREFIX}/approve-scene", json={"session_id": creator.session_id, "scene_id": scene}
            )
            for scene in (first, second)
        )
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses)[0] in (200, 202)
    await creator.ended()
    scenes = (await creator.session())["current_draft"]["scenes"]
    approved = {one["scene_id"] for one in scenes if one["status"] == "approved"}
    accepted = {scene for scene, status in zip((first, second), statuses, strict=True) if status < 400}
    assert approved == accepted
    assert set(statuses) <= {200, 202, 409}


@pytest.mark.req("B27", "B70")
async def test_long_work_is_answered_at_once_and_polled(world, settings, voice):
    held = asyncio.Event()

    async def gate(_: str) -> None:
        await held.wait()

    voice.gate = gate
    async with served(settings.model_copy(update={"creator_wait": 0.1})) as creator:
        await creator.draft()
        await creator.do("approve-scene")
        await creator.do("select-format", format="both")
        answer = await creator.post(
            f"{PREFIX}/select-narrator",
            json={"session_id": creator.session_id, "narrator_id": "voice-1"},
        )
        assert answer.status_code == 202
        assert set(answer.json()["data"]) == FIELDS
        progress = (await creator.get(answer.headers["location"])).json()["data"]
        assert progress["status"] == "working"
        assert progress["current_stage"] == "generation"
        assert progress["of"] == 9
        busy = await creator.do("approve-scene", 409)
        assert "busy" in busy["message"]
        held.set()
        await creator.ended()
        assert (await creator.progress())["done"] == 9


@pytest.mark.req("B49")
async def test_a_draft_is_streamed_while_it_is_written(creator):
    started = await creator.start()
    events: list[str] = []

    async def read() -> None:
        path = f"{PREFIX}/session/{creator.session_id}/progress"
        async with creator.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    events.append(line.removeprefix("event: "))
                if events.count("question") == 2:
                    return

    reading = asyncio.create_task(read())
    concept = started["data"]["generated_concepts"][0]["concept_id"]
    await creator.do("select-concept", concept_id=concept)
    async with asyncio.timeout(20):
        await reading
    assert events.count("scene.finished") == 4
    assert events.index("scene.started") < events.index("scene.delta") < events.index("scene.finished")


@pytest.mark.req("B41")
async def test_a_voice_that_is_down_leaves_a_book_without_sound(creator, voice):
    voice.down = ""
    session = await creator.complete("both")
    assert session["current_stage"] == "completed"
    assert session["generated_audio"] == []
    progress = await creator.progress()
    assert {warning["kind"] for warning in progress["warnings"]} == {"sound"}

    voice.down = None
    again = (await creator.do("generate"))["data"]
    assert len(again["generated_audio"]) == 4


@pytest.mark.req("B90")
async def test_a_model_that_answers_nonsense_fails_and_the_session_stays(creator, script):
    await creator.start()
    session = await creator.session()
    script.say("creator/imagine_concepts", "nonsense").say("model/repair_answer", "nonsense")
    failed = await creator.do(
        "more-like-this", 502, concept_id=session["generated_concepts"][0]["concept_id"]
    )
    assert failed["error"]["field"] is None
    after = await creator.session()
    assert after["generated_concepts"] == session["generated_concepts"]
    assert after["current_stage"] == "concept_selection"


async def test_the_same_key_names_the_same_session(creator):
    key = {"Idempotency-Key": "once"}
    first = await creator.ask("POST", "start", json={"prompt": creations.PROMPT}, headers=key)
    second = await creator.ask("POST", "start", json={"prompt": creations.PROMPT}, headers=key)
    assert first["data"]["session_id"] == second["data"]["session_id"]


async def test_a_thread_on_which_no_session_was_begun_is_none(creator):
    about = {"metadata": {"graph_id": "creator", "product": "creator"}}
    thread_id = (await creator.post("/threads", json=about)).json()["thread_id"]

    await creator.ask("GET", f"session/{thread_id}", 404)
    (listed,) = (await creator.ask("GET", "sessions"))["data"]["sessions"]
    assert listed["session_id"] == thread_id


async def test_what_was_stopped_goes_on(world, settings, voice):
    held = asyncio.Event()

    async def gate(_: str) -> None:
        await held.wait()

    voice.gate = gate
    async with served(settings.model_copy(update={"creator_wait": 0.1})) as creator:
        await creator.draft()
        await creator.do("approve-scene")
        await creator.do("select-format", format="audio")
        await creator.do("select-narrator", 202, narrator_id="voice-1")
        await creator.do("cancel")
        assert (await creator.progress())["status"] == "failed"
        await creator.do("approve-scene", 409)
        voice.gate = None
        await creator.do("generate")
        assert len((await creator.session())["generated_audio"]) == 4


async def test_nsfw_needs_the_servers_leave(creator):
    refused = await creator.ask("POST", "start", 400, json={"prompt": creations.PROMPT, "rating": "NSFW"})
    assert refused["error"]["field"] == "rating"


@pytest.mark.req("B29", "B59")
async def test_a_session_goes_on_after_a_restart_at_every_stage(world, settings):
    steps = [
        ("more-like-this", lambda s: {"concept_id": s["generated_concepts"][0]["concept_id"]}),
        ("select-concept", lambda s: {"concept_id": s["generated_concepts"][0]["concept_id"]}),
        ("approve-scene", lambda s: {}),
        ("select-format", lambda s: {"format": "both"}),
        ("select-narrator", lambda s: {"narrator_id": "voice-2"}),
    ]
    async with served(settings) as creator:
        session = (await creator.start())["data"]
    for path, given in steps:
        async with served(settings) as creator:
            creator.session_id = session["session_id"]
            before = await creator.session()
            volatile = {"generated_audio", "generated_images"}
            assert {k: v for k, v in before.items() if k not in volatile} == {
                k: v for k, v in session.items() if k not in volatile
            }
            session = (await creator.do(path, **given(session)))["data"]
    assert session["current_stage"] == "completed"


@pytest.mark.req("B50")
async def test_the_api_describes_every_endpoint_of_the_source(creator):
    described = (await creator.get("/openapi.json")).json()["paths"]
    posted = ("start", "select-concept", "approve-scene", "rewrite-scene", "select-format")

    assert all(described[f"{PREFIX}/{path}"]["post"]["requestBody"] for path in posted)
    assert described[f"{PREFIX}/session/{{session_id}}"]["get"]["summary"]
