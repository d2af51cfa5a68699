"""Whatever our own OpenAPI document allows, and what it does not, is answered: never with a 500."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# It has an environment of its own: `make fuzz`.
SCHEMATHESIS = Path(sys.prefix) / "fuzz" / "bin" / "schemathesis"
HOOKS = Path(__file__).parents[2] / "schemathesis"
# In this order, as far as the seconds go: the coverage phase alone takes more than seven minutes.
PHASES = "examples,coverage,fuzzing --max-time " + os.environ.get("FUZZING_SECONDS", "60")
# It never ends, whatever thread is asked for.
ENDLESS = "/threads/{thread_id}/stream/events"
# One worker: on Python 3.11 two threads that parse Python at once fail each other.
OPTIONS = (
    f"--checks not_a_server_error --phases {PHASES} --workers 1 --request-timeout 60 --no-color "
    f"--exclude-path {ENDLESS}"
).split()


@pytest.mark.timeout(900)
@pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="schemathesis is not installed: make fuzz")
def test_nothing_that_the_schema_says_is_too_much(server, tmp_path):
    command = [str(SCHEMATHESIS), "run", f"{server}/openapi.json", *OPTIONS]

    told = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HOOKS)}
    ran = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout[-8_000:]
    made = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert made and int(made[1]) > 200
