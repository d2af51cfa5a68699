"""Whatever our own OpenAPI document allows, and what it does not, is answered: never with a 500."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
PATHS = "^/(threads|runs|assistants|store|info|ok)"


@pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="schemathesis is not installed")
def test_nothing_that_the_schema_says_is_too_much(server, tmp_path):
    options = ["--checks", "not_a_server_error", "--max-examples", "10", "--phases", "coverage,fuzzing"]
    command = [str(SCHEMATHESIS), "run", f"{server}/openapi.json", "--include-path-regex", PATHS, *options]

    ran = subprocess.run([*command, "--no-color"], cwd=tmp_path, capture_output=True, text=True, timeout=120)

    assert ran.returncode == 0, ran.stdout[-5_000:]
    made = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert made and int(made[1]) > 1_000
