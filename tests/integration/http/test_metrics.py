"""What Prometheus reads: counts and times of runs, stages, models, services; and what the log says of them."""

import asyncio
import re

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from domain.errors import ModelError
from providers.bounds import place
from server.settings import Settings
from tests import conversations

HELLO = {"assistant_id": "echo", "input": {"words": ["hello"]}}


class Scrape:
    """The samples of one reading, by name and labels."""

    def __init__(self, text):
        self.samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def total(self, name, **labels):
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


@pytest.fixture
def settings():
    return Settings(model_prices={"scripted": (1.0, 1_000.0)})


@pytest.fixture
def scrape(api):
    async def read():
        return Scrape((await api.get("/metrics")).text)

    return read


@pytest.mark.req("B74")
async def test_a_story_shows_in_every_measure(api, scrape):
    before = await scrape()
    job_id = await api.start(chapters=2)
    assert (await api.ended(job_id))["status"] == "completed"
    async with asyncio.timeout(20):
        while not (thread := (await api.get(f"/threads/{job_id}")).json()).get("usage"):
            await asyncio.sleep(0.01)
    after = await scrape()

    def more(name, **labels):
        return after.total(name, **labels) - before.total(name, **labels)

    story = {"graph": "story"}
    assert more("fabula_sessions_created_total", **story) == 1
    assert more("fabula_runs_accepted_total", **story) == 1
    assert more("fabula_runs_settled_total", **story, status="success") == 1
    assert more("fabula_run_seconds_count", **story) == more("fabula_queue_wait_seconds_count", **story) == 1
    for stage in ("planning", "writing", "polishing"):
        assert more("fabula_stage_seconds_count", **story, stage=stage) == 1
    assert more("fabula_node_seconds_count", **story, node="write_chapter", outcome="success") == 2
    written = {**story, "node": "write_chapter", "model": "scripted"}
    assert more("fabula_model_seconds_count", **written, outcome="success") == 2
    assert more("fabula_model_tokens_total", **written, kind="input") == 20
    used = thread["usage"]
    assert used["input"] == more("fabula_model_tokens_total", **story, kind="input") > 20
    assert used["output"] == more("fabula_model_tokens_total", **story, kind="output") > 100
    cost = more("fabula_model_cost_dollars_total", **story)
    assert cost == pytest.approx((used["input"] + 1_000 * used["output"]) / 1_000_000)
    assert used["dollars"] == pytest.approx(cost)


@pytest.mark.req("B74")
async def test_what_fails_is_counted_as_failed(api, scrape, script):
    before = await scrape()
    script.say("story/plan", ModelError("down"))
    assert (await api.ended(await api.start()))["status"] == "failed"
    after = await scrape()

    for name, labels in (
        ("fabula_runs_settled_total", {"status": "error"}),
        ("fabula_node_seconds_count", {"node": "plan", "outcome": "error"}),
    ):
        assert after.total(name, graph="story", **labels) - before.total(name, graph="story", **labels) == 1


@pytest.mark.req("B74")
async def test_how_long_other_services_take_is_measured(scrape):
    before = await scrape()
    async with place("a voice service"):
        pass
    with pytest.raises(LookupError):
        async with place("a voice service"):
            raise LookupError
    async with place("https://user:secret@voices.example narrators"):
        pass
    after = await scrape()

    for outcome in ("success", "error"):
        labels = {"service": "a voice service", "outcome": outcome}
        name = "fabula_outside_seconds_count"
        assert after.total(name, **labels) - before.total(name, **labels) == 1
    assert after.total("fabula_outside_seconds_count", service="narrators") >= 1


async def test_a_thread_is_a_session_once_and_a_run_without_one_is_none(api, scrape):
    before, made = await scrape(), HELLO | {"if_not_exists": "create"}
    path = "/threads/3f1c2f0e-6f0a-4a52-9d3e-0a4f5a1f7c11/runs/wait"
    for _ in range(2):
        assert (await api.post(path, json=made)).status_code == 200
    assert (await api.post("/runs/wait", json=HELLO)).status_code == 200
    after = await scrape()

    name = "fabula_sessions_created_total"
    assert after.total(name, graph="echo") - before.total(name, graph="echo") == 1


async def test_no_label_holds_an_id(api, scrape):
    made = (await api.post("/threads", json={"metadata": {"graph_id": "a stranger's name"}})).json()
    run = await api.post(f"/threads/{made['thread_id']}/runs", json=HELLO)
    await api.get(f"/threads/{made['thread_id']}/runs/{run.json()['run_id']}/join")

    labels = [
        value
        for sample in (await scrape()).samples
        if sample.name.startswith("fabula_")
        for value in sample.labels.values()
    ]

    assert labels and not [value for value in labels if re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", value)]
    assert "a stranger's name" not in labels


class TestLog:
    @pytest.fixture
    def lines(self):
        with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
            yield lines

    @pytest.mark.req("B72", "B73")
    async def test_a_request_is_followed_to_its_run_and_the_run_to_its_calls(self, lines, api):
        made = await api.post(
            "/api/story-agent/generate", json={"premise": "A keeper."}, headers={"X-Request-ID": "mine-1"}
        )
        job_id = made.json()["job_id"]
        await api.ended(job_id)

        assert made.headers["X-Request-ID"] == "mine-1"
        [accepted] = [line for line in lines if line["event"] == "run_accepted"]
        assert (accepted["request_id"], accepted["thread_id"]) == ("mine-1", job_id)
        calls = [line for line in lines if line["event"] == "model_called"]
        assert {line["run_id"] for line in calls} == {accepted["run_id"]}
        assert {"plan", "write_chapter"} <= {line["node"] for line in calls}
        assert all(line["seconds"] >= 0 and line["succeeded"] for line in calls)
        [settled] = [line for line in lines if line["event"] == "run_settled"]
        assert (settled["run_id"], settled["status"]) == (accepted["run_id"], "success")

    @pytest.mark.req("B73")
    async def test_what_fails_is_logged_with_its_stack(self, lines, api, script):
        script.say("story/plan", ModelError("the model is down"))
        job_id = await api.start()
        await api.ended(job_id)

        [failed] = [line for line in lines if line["event"] == "graph_failed"]
        assert (failed["thread_id"], failed["graph"], failed["log_level"]) == (job_id, "story", "error")
        stack = failed["stack"]
        assert "Traceback" in stack and "the model is down" in stack and "nodes/story/plan.py" in stack


@pytest.mark.req("C25")
async def test_what_the_memo_answered_is_counted(api, scrape, script):
    script.answer = conversations.answer
    request = {"story": {"source": conversations.SOURCE}, "character": "keeper", "target": "lamp_room"}
    found = []
    for _ in range(2):
        before = await scrape()
        thread = (await api.post("/threads", json={})).json()["thread_id"]
        wait = f"/threads/{thread}/runs/wait"
        await api.post(wait, json={"assistant_id": "agent", "input": {"request": request}})
        said = {"resume": {"turn": 1, "text": "Good evening."}}
        answer = await api.post(wait, json={"assistant_id": "agent", "command": said})
        assert answer.json()["position"]["turn"] == 1
        after = await scrape()
        found.append(
            [
                after.total("fabula_memo_lookups_total", graph="agent", found=each)
                - before.total("fabula_memo_lookups_total", graph="agent", found=each)
                for each in ("no", "yes")
            ]
        )
    assert found == [[4, 0], [0, 3]]
