"""What `/docs` shows as examples works when it is sent as it is."""

import re

import pytest
from pydantic import TypeAdapter

from server.routes.story_agent import Accepted
from server.story_jobs import Estimate, StoryJob

STORY = "/api/story-agent"


@pytest.fixture
async def document(api):
    assert (await api.get("/docs")).status_code == 200
    return (await api.get("/openapi.json")).json()


def examples(document, path):
    """Return the examples of the body of a POST."""
    [content] = document["paths"][path]["post"]["requestBody"]["content"].values()
    name = content["schema"]["$ref"].rpartition("/")[2]
    found = document["components"]["schemas"][name]["examples"]
    assert found
    return found


async def sent(api, path, body):
    answer = await api.post(path, json=body)
    assert answer.is_success, (path, body, answer.text)
    return answer.json()


async def test_the_examples_of_new_stories_begin_stories(api, document):
    for body in examples(document, f"{STORY}/generate"):
        estimated = await sent(api, f"{STORY}/estimate", body)
        assert estimated["chapters"] == body.get("chapters", 3)
        job_id = (await sent(api, f"{STORY}/generate", body))["job_id"]
        wanted = "awaiting_approval" if body.get("approve") else "completed"
        assert (await api.until(job_id, wanted, "failed"))["status"] == wanted


async def test_the_examples_of_answers_to_a_job_are_taken_by_one(api, document):
    job_id = await api.start(chapters=2, approve=True)
    await api.until(job_id, "awaiting_approval")
    for path in ("resume", "regenerate", "edit", "revert", "extend"):
        for body in examples(document, f"{STORY}/job/{{job_id}}/{path}"):
            await sent(api, f"{STORY}/job/{job_id}/{path}", body)
            assert (await api.ended(job_id))["status"] == "completed"


async def test_the_examples_of_the_langgraph_api_run(api, document):
    for made in examples(document, "/threads"):
        thread = await sent(api, "/threads", made)
        for body in examples(document, "/threads/{thread_id}/runs"):
            path = f"/threads/{thread['thread_id']}/runs/wait"
            assert len((await sent(api, path, body))["chapters"]) == 2


@pytest.mark.parametrize("model", [Accepted, Estimate, StoryJob])
async def test_the_examples_of_answers_are_such_answers(api, document, model):
    told = document["components"]["schemas"][model.__name__]
    for example in told["examples"]:
        # The document leaves out what is `null`.
        whole = dict.fromkeys(told["properties"]) | example
        TypeAdapter(model).validate_python(whole, extra="forbid")


async def test_the_documentation_needs_no_network(api):
    page = (await api.get("/docs")).text
    parts = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert parts
    for part in parts:
        assert (await api.get(part)).status_code == 200
    assert "://" not in page
