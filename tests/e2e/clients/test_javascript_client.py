"""Our server through the stock JavaScript client."""

import json
import subprocess

import pytest

from tests.e2e.clients.conftest import HERE


@pytest.mark.req("D03", "D04")
def test_the_stock_client_streams_rejoins_cancels_resumes_and_forks(served):
    command = ["node", "client.mjs", served.url, str(served.gates)]
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert seen["found"] == [True] and seen["assistants"] == ["chat"]
    assert seen["events"][0] == "metadata" and {"values", "updates", "messages", "tasks"} <= set(
        seen["events"]
    )
    assert seen["words"] == "You said hello . "
    assert seen["rejoined"] == seen["replayed"] == "You said wait <js for me . "
    assert seen["cancelled"] == ["interrupted", "joined"]
    assert (seen["asked"], seen["interrupted"]) == ([{"question": "which door?"}], "interrupted")
    assert seen["answered"] == "You said which door? and the red one . "
    assert seen["passed"] == ["idle", {}] and seen["state"] == [[], "another door?"]
    assert seen["history"] > 8
    assert seen["forked"] == 2 and seen["updated"] == ["tell"]
    assert (seen["item"], seen["items"], seen["gone"]) == ({"text": "fog"}, ["one"], None)
    assert seen["namespaces"] == [["js", "notes"]]
    assert seen["copied"] == ["tell"] and seen["deleted"] == 404
