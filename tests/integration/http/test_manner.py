"""Languages and manners of stories over HTTP."""

import pytest

from tests import stories
from tests.stories import chapter_text

STORY, PREMISE = "/api/story-agent", "A keeper hears the fog answer."
STYLE = "Dry, short sentences."


def answer(prompt, inputs):
    if prompt == "story/restyle_chapter":
        return chapter_text(inputs["chapter"], salt="retold")
    return stories.answer(prompt, inputs)


@pytest.mark.req("B80", "B82")
async def test_a_story_is_asked_for_in_a_language_and_a_manner(api, script):
    job_id = await api.start(
        chapters=2, language="de", prose_style=STYLE, style_sample="Er kam. Er sah die Lampe und den Hund."
    )
    job = await api.ended(job_id)

    request = job["output"]["metadata"]["request"]
    assert (request["language"], request["prose_style"]) == ("de", STYLE)
    assert "<language>\nde\n</language>" in script.calls("story/write_chapter")[0].text
    book = await api.get(f"{STORY}/job/{job_id}/book.md")
    assert "## Kapitel 1" in book.text and "## Inhalt" in book.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "klingonisch"),
        ("language", "x" * 50),
        ("prose_style", "x" * 401),
        ("style_sample", "x" * 4_001),
    ],
)
@pytest.mark.parametrize("path", ["generate", "estimate"])
async def test_what_is_no_language_or_too_long_a_style_is_refused_by_name(api, field, value, path):
    answer = await api.post(f"{STORY}/{path}", json={"premise": PREMISE, field: value})

    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.req("B80")
async def test_a_server_that_writes_offline_refuses_another_language_and_makes_no_job(api, monkeypatch):
    monkeypatch.setenv("FABULA_MODEL", "offline:storyteller")
    answer = await api.post(f"{STORY}/generate", json={"premise": PREMISE, "language": "de"})

    assert (answer.status_code, answer.json()["field"]) == (400, "language")
    assert "needs a model, such as FABULA_MODEL" in answer.json()["detail"]
    assert (await api.post("/threads/search", json={})).json() == []
    begun = await api.post(f"{STORY}/generate", json={"premise": PREMISE, "language": "en-GB"})
    assert begun.status_code == 202


@pytest.mark.req("B82")
async def test_a_finished_chapter_is_told_again_as_a_reader_watches(api, script):
    script.answer = answer
    job_id = await api.start(chapters=2)
    before = (await api.ended(job_id))["output"]["chapters"]
    last = int((await api.events(job_id))[-2]["id"])
    told = await api.post(f"{STORY}/job/{job_id}/restyle", json={"chapter": 2, "prose_style": STYLE})
    assert told.status_code == 202, told.text
    after = (await api.ended(job_id))["output"]["chapters"]

    assert after[0] == before[0]
    assert after[1]["version"] == 2
    assert after[1]["text"] != before[1]["text"]
    found = (await api.get(f"{STORY}/job/{job_id}/chapters/2/versions")).json()["versions"]
    assert [(one["why"], one["note"]) for one in found] == [("written", ""), ("restyle", STYLE)]
    events = [event for event in await api.events(job_id, after=last) if event["event"] != "progress"]
    assert list(dict.fromkeys(event["event"] for event in events)) == [
        "run.started",
        "chapter.restyling",
        "chapter.delta",
        "chapter.restyled",
        "chapters",
        "story.finished",
        "report",
        "job",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"chapter": 1}, "prose_style"), ({"chapter": 7, "prose_style": STYLE}, "chapter"), ({}, "chapter")],
)
async def test_a_restyle_that_cannot_be_done_names_its_field(api, body, field):
    job_id = await api.start(chapters=2)
    await api.ended(job_id)
    answer = await api.post(f"{STORY}/job/{job_id}/restyle", json=body)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
