"""Editing and extending a finished story over HTTP."""

import io
import zipfile

import pytest

from tests.stories import further_plan

STORY, EDIT, CHAPTER = "/api/story-agent", "story/edit_paragraph", "story/write_chapter"
NEW = "Nobody spoke of the harbour that night, and the kettle went cold beside the ledger."


async def finished(api, **wanted):
    """A finished job's id and its chapters' texts."""
    job_id = await api.start(**wanted)
    return job_id, texts(await api.ended(job_id))


def texts(job):
    return [chapter["text"] for chapter in job["output"]["chapters"]]


async def change(api, job_id, path, **body):
    answer = await api.post(f"{STORY}/job/{job_id}/{path}", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"job_id": job_id}
    return await api.ended(job_id)


async def test_a_paragraph_is_rewritten_and_the_rest_stays(api):
    job_id, before = await finished(api)
    job = await change(api, job_id, "edit", chapter=2, paragraph=3, action="rewrite", instruction="Quieter.")

    assert job["status"] == "completed"
    old = before[1].split("\n\n")
    assert texts(job) == [before[0], "\n\n".join([*old[:2], NEW, *old[3:]]), before[2]]
    assert [chapter["version"] for chapter in job["output"]["chapters"]] == [1, 2, 1]


async def test_versions_are_listed_and_any_of_them_is_put_back(api):
    job_id, before = await finished(api)
    await change(api, job_id, "edit", chapter=1, paragraph=1, action="continue", text="It rained.")
    job = await change(api, job_id, "revert", chapter=1, version=1)

    assert texts(job) == before
    found = (await api.get(f"{STORY}/job/{job_id}/chapters/1/versions")).json()
    assert (found["chapter"], found["current"]) == (1, 3)
    assert [(one["why"], one["by"]) for one in found["versions"]] == [
        ("written", "model"),
        ("continue", "person"),
        ("revert", "person"),
    ]
    assert "\n\nIt rained.\n\n" in found["versions"][1]["text"]
    assert (await api.get(f"{STORY}/job/{job_id}/chapters/9/versions")).status_code == 404


async def test_a_reader_sees_the_new_paragraph_come_and_then_the_chapter(api):
    job_id, _ = await finished(api)
    last = int((await api.events(job_id))[-2]["id"])
    await change(api, job_id, "edit", chapter=2, paragraph=1, action="insert")

    events = await api.events(job_id, after=last)
    names = [event["event"] for event in events if event["event"] != "progress"]
    assert list(dict.fromkeys(names)) == [
        "run.started",
        "paragraph.started",
        "paragraph.delta",
        "paragraph.finished",
        "chapters",
        "story.finished",
        "report",
        "job",
    ]
    said = [event["data"] for event in events if event["event"] == "paragraph.delta"]
    assert "".join(words["text"] for words in said) == NEW
    assert {(words["chapter"], words["paragraph"], words["attempt"]) for words in said} == {(2, 1, 1)}


async def test_a_finished_story_grows_by_a_chapter_on_the_same_job(api, script):
    job_id, before = await finished(api)
    job = await change(api, job_id, "extend", premise="The lamp comes back.")

    assert job["status"] == "completed"
    assert texts(job)[:3] == before
    assert job["output"]["chapters"][3]["title"] == further_plan(4).title
    assert job["output"]["metadata"]["request"]["chapters"] == 4
    assert "The lamp comes back." in script.calls("story/plan_further_chapter")[0].text


async def test_the_book_is_made_of_the_newest_text(api):
    job_id, _ = await finished(api)
    await change(
        api, job_id, "edit", chapter=1, paragraph=2, action="rewrite", text="Nothing stirred at all."
    )
    await change(api, job_id, "extend")

    epub = zipfile.ZipFile(io.BytesIO((await api.get(f"{STORY}/job/{job_id}/book.epub")).content))
    chapters = [epub.read(name).decode() for name in epub.namelist() if "chapter" in name]
    assert len(chapters) == 4
    assert any("Nothing stirred at all." in chapter for chapter in chapters)


async def test_a_chapter_written_again_keeps_what_was_edited_before_it(api):
    job_id, before = await finished(api)
    await change(api, job_id, "edit", chapter=1, paragraph=1, action="insert", text="It rained.")
    await change(api, job_id, "edit", chapter=3, paragraph=1, action="insert", text="It snowed.")
    job = await change(api, job_id, "regenerate", chapter=2)

    assert texts(job) == [f"It rained.\n\n{before[0]}", *before[1:]]
    assert [chapter["version"] for chapter in job["output"]["chapters"]] == [2, 1, 1]


async def test_while_a_chapter_is_edited_nothing_else_is(api, gate):
    job_id, _ = await finished(api)
    gate.hold(EDIT)
    body = {"chapter": 1, "paragraph": 1, "action": "rewrite"}
    await api.post(f"{STORY}/job/{job_id}/edit", json=body)
    await gate.until(EDIT)

    for path, other in (("edit", body), ("extend", {}), ("revert", {"chapter": 1, "version": 1})):
        assert (await api.post(f"{STORY}/job/{job_id}/{path}", json=other)).status_code == 409
    assert (await api.job(job_id))["progress"]["message"] == "changing the story"
    gate.release()
    assert (await api.ended(job_id))["status"] == "completed"


async def test_an_edit_that_was_cancelled_before_it_began_is_made_by_a_retry(api, gate, settings):
    job_id, before = await finished(api)
    gate.hold("plan")
    others = [await api.start() for _ in range(settings.story_slots)]
    await gate.until("plan")
    body = {"chapter": 1, "paragraph": 1, "action": "rewrite"}
    await api.post(f"{STORY}/job/{job_id}/edit", json=body)
    await api.post(f"{STORY}/job/{job_id}/cancel")
    assert texts(await api.until(job_id, "cancelled")) == before

    gate.release()
    job = await change(api, job_id, "retry")
    assert texts(job)[0].startswith(NEW)
    for other in others:
        await api.ended(other)


async def test_a_story_that_is_not_finished_takes_no_edit(api, gate):
    job_id = await api.start(approve=True)
    await api.until(job_id, "awaiting_approval")
    for path, body in (("edit", {"chapter": 1, "paragraph": 1, "action": "rewrite"}), ("extend", {})):
        assert (await api.post(f"{STORY}/job/{job_id}/{path}", json=body)).status_code == 409


@pytest.mark.req("A34")
async def test_an_edit_that_failed_leaves_the_story_and_can_be_retried(api, script):
    job_id, before = await finished(api)
    script.say(EDIT, "", "")
    failed = await change(api, job_id, "edit", chapter=1, paragraph=1, action="rewrite")
    assert failed["status"] == "failed"
    assert "paragraph 1 failed twice" in failed["error"]["message"]
    assert texts(failed) == before
    assert (await api.get(f"{STORY}/job/{job_id}/book.md")).status_code == 200

    script.asked.clear()
    job = await change(api, job_id, "retry")
    assert texts(job)[0].startswith(NEW)
    assert not script.calls(CHAPTER)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("edit", {"chapter": 4, "paragraph": 1, "action": "rewrite"}, "chapter"),
        ("edit", {"chapter": 1, "paragraph": 999, "action": "rewrite"}, "paragraph"),
        ("edit", {"chapter": 1, "paragraph": 0, "action": "rewrite"}, "paragraph"),
        ("edit", {"chapter": 1, "action": "rewrite"}, "paragraph"),
        ("edit", {"chapter": 1, "paragraph": 1, "action": "burn"}, "action"),
        ("edit", {"chapter": 1, "paragraph": 1, "action": "rewrite", "instruction": "a\0b"}, "instruction"),
        (
            "edit",
            {"chapter": 1, "paragraph": 1, "action": "rewrite", "instruction": "a" * 2_001},
            "instruction",
        ),
        ("edit", {"chapter": 1, "paragraph": 1, "action": "insert", "text": "a", "instruction": "b"}, "body"),
        ("edit", {"chapter": 1, "paragraph": 1, "action": "insert", "text": "pornography"}, "text"),
        ("revert", {"chapter": 1, "version": 2}, "version"),
        ("revert", {"chapter": 1}, "version"),
        ("extend", {"premise": "a" * 2_001}, "premise"),
        ("extend", {"chapters": 2}, "chapters"),
    ],
)
async def test_an_order_that_names_what_there_is_not_is_400_and_names_the_field(api, path, body, field):
    job_id, before = await finished(api, chapters=2)
    answer = await api.post(f"{STORY}/job/{job_id}/{path}", json=body)

    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == field
    job = await api.job(job_id)
    assert (job["status"], texts(job)) == ("completed", before)
