import os
import signal
import subprocess
import sys

import pytest

from server.db import launch
from tests.integration.db.conftest import lives, wait_until

PARENT = """
import os, subprocess, sys
mode, *command = sys.argv[1:]
launched = subprocess.Popen([sys.executable, "-I", "-S", {launch!r}, str(os.getpid()), "", mode, *command])
print(launched.pid, flush=True)
sys.exit(launched.wait())
"""
SLEEP = ["/bin/sh", "-c", "echo $$; exec sleep 60"]

modes = pytest.mark.parametrize(
    "mode",
    [
        pytest.param("exec", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux only")),
        "watch",
    ],
)


@pytest.fixture
def parent():
    started = []

    def start(mode: str, *command: str) -> subprocess.Popen[str]:
        script = PARENT.format(launch=launch.__file__)
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", script, mode, *command], stdout=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@modes
def test_the_command_ends_with_its_parent(parent, mode):
    process = parent(mode, *SLEEP)
    launched, command = int(process.stdout.readline()), int(process.stdout.readline())
    assert lives(command)

    process.kill()
    process.wait()

    assert wait_until(lambda: not lives(command) and not lives(launched)) < 1


@modes
def test_a_signal_reaches_the_command(parent, mode):
    process = parent(mode, *SLEEP)
    launched, command = int(process.stdout.readline()), int(process.stdout.readline())

    os.kill(launched, signal.SIGINT)

    process.wait(10)
    assert not lives(command)


@modes
def test_the_commands_exit_code_is_handed_on(parent, mode):
    process = parent(mode, "/bin/sh", "-c", "exit 3")

    assert process.wait(10) == 3


def test_a_command_whose_parent_is_already_gone_does_not_start():
    run = subprocess.run(
        [sys.executable, "-I", "-S", launch.__file__, "1", "", "exec", "/bin/echo", "started"],
        capture_output=True,
        text=True,
    )

    assert run.returncode == 1
    assert run.stdout == ""
