"""The story API over HTTP, with a scripted model."""

import asyncio
import json
import re

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.errors import ModelError
from tests import stories
from tests.stories import chapter_text, outline_of

STORY, CHAPTER = "/api/story-agent", "story/write_chapter"


@pytest.mark.req("A01", "A02", "A53")
async def test_one_call_with_a_premise_gives_a_whole_story(api):
    answer = await api.post(f"{STORY}/generate", json={"premise": "A keeper hears the fog answer."})
    assert answer.status_code == 202

    job = await api.ended(answer.json()["job_id"])
    assert job["status"] == "completed"
    assert job["output"]["title"] == "The Fog Answers"
    assert job["output"]["synopsis"] == "Maren keeps a light. The fog wants it out."
    assert [chapter["number"] for chapter in job["output"]["chapters"]] == [1, 2, 3]
    assert all(len(chapter["text"].split()) >= 800 for chapter in job["output"]["chapters"])


@pytest.mark.req("A03", "A05", "A52")
async def test_a_polling_client_sees_chapters_as_they_are_finished(api, gate):
    gate.hold("1", "2", "3")
    job_id = await api.start()
    seen = []
    for number in "123":
        await gate.until(number)
        job = await api.job(job_id)
        assert job["status"] == "in_progress"
        assert job["progress"]["phase"] == "writing"
        assert re.fullmatch(r"writing chapter \d of \d", job["progress"]["message"])
        seen.append([chapter["number"] for chapter in job["progress"]["chapters"] if chapter["text"]])
        gate.held[number].set()

    assert seen == [[], [1], [1, 2]]
    done = await api.ended(job_id)
    assert [chapter["status"] for chapter in done["progress"]["chapters"]] == ["completed"] * 3


@pytest.mark.req("A07")
async def test_a_job_is_pending_then_in_progress_then_completed(api, gate, settings):
    gate.hold("plan")
    jobs = [await api.start() for _ in range(settings.story_slots)]
    await gate.until("plan")
    waiting = await api.start()
    assert (await api.job(waiting))["status"] == "pending"
    assert (await api.job(jobs[0]))["status"] == "in_progress"

    gate.release()
    for job_id in [*jobs, waiting]:
        assert (await api.ended(job_id))["status"] == "completed"


@pytest.mark.req("A20")
async def test_the_outline_is_in_the_progress_once_it_is_planned(api, gate):
    gate.hold("plan", "1")
    job_id = await api.start()
    await gate.until("plan")
    assert (await api.job(job_id))["progress"]["outline"] is None

    gate.held["plan"].set()
    await gate.until("1")
    job = await api.job(job_id)
    assert job["progress"]["outline"]["title"] == "The Fog Answers"
    assert [chapter["status"] for chapter in job["progress"]["chapters"]] == ["writing", "planned", "planned"]
    gate.release()
    await api.ended(job_id)


@pytest.mark.req("A04")
async def test_a_job_that_is_not_there_is_404(api):
    for path in ("", "/stream", "/book.epub"):
        assert (await api.get(f"{STORY}/job/7b0f3a0e-0000-4000-8000-000000000000{path}")).status_code == 404
    assert (await api.get(f"{STORY}/job/no-id")).status_code == 400


BAD = {
    "no premise": {},
    "empty": {"premise": ""},
    "blank": {"premise": "  "},
    "null": {"premise": None},
    "a number": {"premise": 7},
    "a list": {"premise": ["x"]},
    "too long": {"premise": "x" * 5_001},
    "a million characters": {"premise": "x" * 1_000_000},
    "NUL": {"premise": "a\0b"},
    "a lone surrogate": {"premise": "\ud800"},
}


@pytest.mark.req("A18")
@pytest.mark.parametrize("case", BAD)
async def test_a_bad_premise_is_400_names_the_field_and_makes_no_job(api, database_url, case):
    body, headers = json.dumps(BAD[case]), {"Content-Type": "application/json"}
    answer = await api.post(f"{STORY}/generate", content=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["field"] == "premise"
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        for table in ("threads", "runs", "checkpoints"):
            assert (await (await conn.execute(f"SELECT count(*) FROM {table}")).fetchone()) == (0,)


@pytest.mark.req("A09", "A12", "A14")
@pytest.mark.parametrize(
    ("field", "value"),
    [("chapters", v) for v in (1, 6, 0, -1, "x", 2.5)]
    + [
        ("tone", "grim"),
        ("rating", "PG"),
        ("colour", "red"),
        ("characters", [""]),
        ("characters", "Ada"),
        ("seed", -1),
    ],
)
async def test_a_bad_parameter_is_400_and_names_the_field(api, field, value):
    answer = await api.post(f"{STORY}/generate", json={"premise": "A keeper.", field: value})
    assert answer.status_code == 400
    assert answer.json()["field"].startswith(field)
    assert answer.json()["detail"].startswith(field)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe"])
async def test_a_body_that_is_no_object_is_400(api, body):
    answer = await api.post(f"{STORY}/generate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("body: ")


@pytest.mark.req("A18")
async def test_a_body_that_is_too_large_is_413_before_it_is_read(api, settings):
    async def endless():
        for _ in range(settings.max_body // 100_000 + 2):
            yield b"x" * 100_000

    assert (await api.post(f"{STORY}/generate", content=b"x" * (settings.max_body + 1))).status_code == 413
    assert (await api.post(f"{STORY}/generate", content=endless())).status_code == 413


@pytest.mark.req("A09", "A12", "A14")
@pytest.mark.parametrize(
    ("chapters", "tone", "rating"),
    [(2, "literary", "SFW"), (3, "casual", "NSFW"), (4, "dramatic", "SFW"), (5, "humorous", "SFW")],
)
async def test_every_count_tone_and_rating_is_taken(api, script, chapters, tone, rating):
    job = await api.ended(await api.start(chapters=chapters, tone=tone, rating=rating))

    assert len(job["output"]["chapters"]) == chapters
    for asked in [*script.calls("story/plan"), *script.calls(CHAPTER)]:
        assert f"Tone: {tone}" in asked.text
        assert f"Rating: {rating}" in asked.text


@pytest.mark.req("A54")
async def test_all_parameters_are_respected_at_once(api, script):
    job = await api.ended(
        await api.start(
            genre="weird western",
            chapters=5,
            tone="dramatic",
            rating="NSFW",
            characters=["Ada Quill", "Bo Lund"],
            structure="It ends where it began.",
            min_words=300,
            max_words=2_000,
        )
    )

    assert job["status"] == "completed"
    assert [person["name"] for person in job["output"]["characters"]] == ["Ada Quill", "Bo Lund"]
    last = script.calls(CHAPTER)[-1].text
    for words in (
        "weird western",
        "Tone: dramatic",
        "Rating: NSFW",
        "Ada Quill",
        "between 300 and 2000 words",
    ):
        assert words in last
    assert "It ends where it began." in script.calls("story/plan")[0].text


@pytest.mark.req("A30")
async def test_a_finished_story_has_everything(api):
    output = (await api.ended(await api.start()))["output"]

    assert set(output) == {"title", "synopsis", "chapters", "characters", "metadata"}
    assert set(output["metadata"]) == {"words", "origins", "audits", "report", "usage", "request"}
    assert output["metadata"]["origins"][0]["prompt"] == CHAPTER
    assert output["metadata"]["words"] == sum(chapter["words"] for chapter in output["chapters"])


@pytest.mark.req("A47", "A61")
async def test_a_job_has_the_fields_of_a_dashboard_and_its_chapters_name_it(api):
    job_id = await api.start()
    job = await api.ended(job_id)

    assert set(job) == {
        "id", "type", "product", "status", "progress", "output", "error", "created_at", "updated_at",
    }  # fmt: skip
    assert (job["type"], job["product"], job["error"]) == ("generate_story", "story_agent", None)
    for chapter in job["progress"]["chapters"]:
        assert (chapter["job_id"], chapter["status"], chapter["attempts"]) == (job_id, "completed", 1)


@pytest.mark.req("A33", "A34", "A61")
async def test_a_story_that_fails_in_chapter_3_keeps_the_first_two_and_can_be_retried(api, script):
    plans = [stories.plan_of(number, 3).model_dump() for number in (1, 2)]
    script.say(CHAPTER, *map(chapter_text, plans), ModelError("the line is dead"), ModelError("still dead"))
    job_id = await api.start()
    failed = await api.ended(job_id)

    assert failed["status"] == "failed"
    assert failed["error"] == {"error": "ChapterFailed", "message": "chapter 3 failed twice: still dead"}
    assert [chapter["number"] for chapter in failed["output"]["chapters"]] == [1, 2]
    third = failed["progress"]["chapters"][2]
    assert (third["status"], third["attempts"]) == ("failed", 2)

    assert (await api.post(f"{STORY}/job/{job_id}/retry")).status_code == 202
    done = await api.until(job_id, "completed")
    assert [asked.inputs["chapter"]["number"] for asked in script.calls(CHAPTER)] == [1, 2, 3, 3, 3]
    assert [chapter["number"] for chapter in done["output"]["chapters"]] == [1, 2, 3]
    assert (await api.post(f"{STORY}/job/{job_id}/retry")).status_code == 409


async def test_a_job_that_fails_in_planning_can_be_retried(api, script):
    script.say("story/plan", ModelError("down"))
    job_id = await api.start()
    failed = await api.ended(job_id)
    assert (failed["status"], failed["error"]["error"]) == ("failed", "ModelError")

    await api.post(f"{STORY}/job/{job_id}/retry")
    assert (await api.until(job_id, "completed"))["output"]["title"]


async def test_an_outline_is_approved_edited_over_http(api, script):
    job_id = await api.start(approve=True)
    waiting = await api.until(job_id, "awaiting_approval")
    assert waiting["progress"]["message"] == "the outline waits for approval"
    outline = waiting["progress"]["outline"] | {"title": "What the Fog Said"}

    answer = await api.post(f"{STORY}/job/{job_id}/resume", json={"outline": outline})
    assert answer.status_code == 202
    done = await api.until(job_id, "completed")
    assert done["output"]["title"] == "What the Fog Said"
    assert (await api.post(f"{STORY}/job/{job_id}/resume", json={})).status_code == 409


async def test_a_cancelled_job_keeps_its_chapters_and_goes_on_with_a_retry(api, gate, script):
    gate.hold("2")
    job_id = await api.start()
    await gate.until("2")
    cancelled = (await api.post(f"{STORY}/job/{job_id}/cancel")).json()

    assert cancelled["status"] == "cancelled"
    assert [chapter["number"] for chapter in cancelled["output"]["chapters"]] == [1]
    assert (await api.post(f"{STORY}/job/{job_id}/cancel")).status_code == 409
    gate.release()
    assert (await api.post(f"{STORY}/job/{job_id}/retry")).status_code == 202
    assert len((await api.until(job_id, "completed"))["output"]["chapters"]) == 3
    assert [asked.inputs["chapter"]["number"] for asked in script.calls(CHAPTER)] == [1, 2, 3]


async def test_a_chapter_is_written_again_from_a_fork(api, script):
    job_id = await api.start()
    first = await api.ended(job_id)
    script.asked.clear()
    script.say(CHAPTER, chapter_text(stories.plan_of(2, 3).model_dump(), salt="again"))

    answer = await api.post(f"{STORY}/job/{job_id}/regenerate", json={"chapter": 2, "feedback": "More fog."})
    assert answer.status_code == 202, answer.text
    await api.until(job_id, "pending", "in_progress", "completed")
    second = await api.ended(job_id)
    old, new = first["output"]["chapters"], second["output"]["chapters"]
    assert [old[n]["text"] == new[n]["text"] for n in range(3)] == [True, False, True]
    assert "More fog." in script.calls(CHAPTER)[0].text
    assert (await api.post(f"{STORY}/job/{job_id}/regenerate", json={"chapter": 9})).status_code == 400


@pytest.mark.req("A39")
async def test_an_estimate_makes_no_job_and_bounds_what_comes(api, script, database_url):
    answer = (await api.post(f"{STORY}/estimate", json={"premise": "A keeper.", "chapters": 4})).json()
    assert not script.asked
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        assert (await (await conn.execute("SELECT count(*) FROM threads")).fetchone()) == (0,)

    job = await api.ended(await api.start(chapters=4))
    assert answer["words"][0] <= job["output"]["metadata"]["words"] <= answer["words"][1]
    assert answer["model_calls"][0] <= len(script.asked) <= answer["model_calls"][1]
    assert answer["credits"] == 6


@pytest.mark.parametrize(
    ("suffix", "media", "start"),
    [
        ("epub", "application/epub+zip", b"PK"),
        ("pdf", "application/pdf", b"%PDF"),
        ("md", "text/markdown", b"# The Fog"),
    ],
)
async def test_a_finished_story_is_a_book(api, gate, suffix, media, start):
    gate.hold("2")
    job_id = await api.start(chapters=2)
    await gate.until("2")
    assert (await api.get(f"{STORY}/job/{job_id}/book.{suffix}")).status_code == 409

    gate.release()
    await api.ended(job_id)
    book = await api.get(f"{STORY}/job/{job_id}/book.{suffix}")
    assert book.headers["content-type"].startswith(media)
    assert book.content.startswith(start)
    assert (await api.get(f"{STORY}/job/{job_id}/book.docx")).status_code == 404


@pytest.mark.req("A48")
async def test_twenty_stories_at_once_do_not_mix(api, script):
    script.answer = lambda prompt, inputs: (
        outline_of(inputs["request"]["chapters"]).model_dump() | {"title": inputs["request"]["premise"]}
        if prompt == "story/plan"
        else stories.answer(prompt, inputs)
    )
    jobs = {f"Sentinel {n}": await api.start(f"Sentinel {n}", chapters=2 + n % 2) for n in range(20)}

    for n, (premise, job_id) in enumerate(jobs.items()):
        job = await api.ended(job_id)
        assert (job["status"], job["output"]["title"]) == ("completed", premise)
        assert len(job["output"]["chapters"]) == 2 + n % 2
    for asked in script.calls(CHAPTER):
        assert len(set(re.findall(r"Sentinel \d+", asked.text))) == 1


@pytest.mark.req("A56")
async def test_a_story_goes_on_when_its_reader_leaves(api, gate):
    gate.hold("2")
    job_id = await api.start()
    async with api.stream("GET", f"{STORY}/job/{job_id}/stream") as answer:
        async for line in answer.aiter_lines():
            if "chapter.delta" in line:
                break
    await gate.until("2")
    gate.release()
    assert (await api.ended(job_id))["status"] == "completed"


@pytest.mark.req("D03")
async def test_the_stream_tells_the_whole_story_and_goes_on_after_any_event(api):
    job_id = await api.start(chapters=2)
    events = await api.events(job_id)

    job = await api.job(job_id)
    for number in (1, 2):
        words = "".join(
            e["data"]["text"]
            for e in events
            if e["event"] == "chapter.delta" and e["data"]["number"] == number
        )
        assert words == job["output"]["chapters"][number - 1]["text"]
    assert events[-1]["event"] == "job"
    assert events[-1]["data"]["status"] == "completed"
    numbered = [event for event in events if "id" in event]
    ids = [int(event["id"]) for event in numbered]
    assert ids == sorted(set(ids))
    for place in (0, 5, len(ids) // 2, len(ids) - 1):
        again = await api.events(job_id, after=ids[place])
        assert [e for e in again if "id" in e] == numbered[place + 1 :]


@pytest.mark.req("D03", "D04")
async def test_the_stream_stays_open_while_a_person_is_awaited(api):
    job_id = await api.start(chapters=2, approve=True)
    reading = asyncio.create_task(api.events(job_id))
    await api.until(job_id, "awaiting_approval")
    await asyncio.sleep(0.3)
    assert not reading.done()

    await api.post(f"{STORY}/job/{job_id}/resume", json={})
    events = await reading
    assert [e["event"] for e in events].count("run.started") == 2
    assert "approval.requested" in [e["event"] for e in events]
    assert events[-1]["data"]["status"] == "completed"


async def test_the_same_idempotency_key_is_the_same_job(api, script):
    body, headers = {"premise": "A keeper.", "chapters": 2}, {"Idempotency-Key": "once"}
    answers = await asyncio.gather(
        *(api.post(f"{STORY}/generate", json=body, headers=headers) for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    await api.ended(answers[0].json()["job_id"])
    assert len(script.calls("story/plan")) == 1


@pytest.mark.req("A42", "A45")
async def test_every_product_says_how_it_is(api):
    from server.products import PRODUCTS

    health = await api.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "healthy")
    assert set(health.json()["products"]) == set(PRODUCTS)
    for name, product in PRODUCTS.items():
        answer = await api.get(f"/health/{name}")
        assert answer.status_code == 200
        assert answer.json()["queue"] == product.queue
    assert PRODUCTS["story_agent"].job_type == "generate_story"
    assert (await api.get("/health/nothing")).status_code == 404


@pytest.mark.req("A46", "A57")
async def test_stories_in_every_slot_keep_no_other_product_waiting(api, gate, settings):
    gate.hold("plan")
    jobs = [await api.start() for _ in range(settings.story_slots + 2)]
    await gate.until("plan")
    async with asyncio.timeout(20):
        answer = await api.post("/runs/wait", json={"assistant_id": "echo", "input": {"words": ["hello"]}})

    assert answer.json() == {"words": ["hello", "heard"]}
    assert (await api.job(jobs[-1]))["status"] == "pending"
    gate.release()
    for job_id in jobs:
        await api.ended(job_id)


@pytest.mark.req("A44")
async def test_a_server_whose_database_is_away_is_unhealthy_until_it_is_back(api, database_url, postgres):
    name = conninfo_to_dict(database_url)["dbname"]

    async def let_connect(allowed):
        async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as conn:
            await conn.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")
            await conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )

    await let_connect("false")
    for path in ("/health", "/health/story_agent"):
        away = await api.get(path)
        assert (away.status_code, away.json()["status"]) == (503, "unhealthy")
    await let_connect("true")
    async with asyncio.timeout(20):
        while (await api.get("/health")).status_code != 200:
            await asyncio.sleep(0.1)
