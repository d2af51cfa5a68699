"""What those who operate a server see of it: its log, and the settings of its environment."""

import json

import httpx2
import pytest

from tests.database import address, new_database
from tests.e2e.langgraph.conftest import copy_config, running

ALLOWED, OTHER = "https://app.example", "https://smith.langchain.com"
SETTINGS = {"FABULA_CORS_ORIGINS": json.dumps([ALLOWED]), "FABULA_RATE": "8/minute"}


def asked_by(origin):
    return {"Origin": origin, "Access-Control-Request-Method": "POST"}


@pytest.fixture(scope="module")
def told(postgres, template, tmp_path_factory):
    """What a server answered, and the lines that it logged meanwhile."""
    folder = tmp_path_factory.mktemp("operations")
    told = {}
    with (
        new_database(postgres, template) as name,
        running(address(postgres, name), folder, copy_config(folder), **SETTINGS) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
    ):
        for origin in (ALLOWED, OTHER):
            told[origin] = http.options("/runs/wait", headers=asked_by(origin))
        given = {"X-Request-ID": "traced-1"}
        body = {"assistant_id": "failing", "input": {"steps": []}}
        told["failed"] = http.post("/runs/wait", json=body, headers=given)
        told["answers"] = [http.get("/assistants/echo") for _ in range(8)]
    told["lines"] = (folder / "server.txt").read_text(encoding="utf-8").splitlines()
    return told


@pytest.mark.req("B52")
def test_the_environment_says_whose_pages_may_call(told):
    assert told[ALLOWED].status_code == 200
    assert told[ALLOWED].headers["access-control-allow-origin"] == ALLOWED
    assert told[OTHER].status_code == 400
    assert "access-control-allow-origin" not in told[OTHER].headers


@pytest.mark.req("B53")
def test_the_environment_says_how_often_a_caller_may_ask(told):
    codes = [answer.status_code for answer in told["answers"]]
    assert codes == [200] * 7 + [429]
    assert 1 <= int(told["answers"][-1].headers["retry-after"]) <= 60


@pytest.mark.req("B71", "B72", "B73")
def test_the_log_is_json_and_follows_a_request_to_its_run_and_its_error(told):
    logged = [json.loads(line) for line in told["lines"] if line.startswith("{")]
    assert told["failed"].json()["__error__"]["error"] == "LookupError"
    assert told["failed"].headers["x-request-id"] == "traced-1"

    [accepted] = [line for line in logged if line["event"] == "run_accepted"]
    [failed] = [line for line in logged if line["event"] == "graph_failed"]

    assert accepted["request_id"] == "traced-1" and accepted["graph"] == "failing"
    assert failed["run_id"] == accepted["run_id"] and failed["level"] == "error"
    assert "Traceback" in failed["stack"] and "the fog answers nothing" in failed["stack"]
    assert all(line["timestamp"] and line["level"] for line in logged)
    assert not [line for line in told["lines"] if line.startswith(("Traceback", "  File"))]
