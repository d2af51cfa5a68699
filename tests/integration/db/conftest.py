"""Processes that share an embedded Postgres."""

import os
import pwd
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from server.db.embedded import take

ROOT = Path(__file__).parents[3]
MEMBER = Path(__file__).parent / "member.py"


class Member:
    """A process that runs `member.py`."""

    def __init__(self, folder: Path, user: int) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [*become(user), sys.executable, str(MEMBER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "HOME": "/nonexistent",
            },
            start_new_session=True,
        )

    def heard(self) -> str:
        return self.process.stdout.readline().strip()

    def ask(self, command: str) -> str:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.heard()

    def stop(self) -> None:
        """End it the clean way."""
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def kill(self) -> None:
        """End it with kill -9."""
        self.process.kill()
        self.process.wait(30)

    @property
    def server(self) -> int:
        """The pid of the folder's Postgres."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])


as_root_and_as_user = pytest.mark.parametrize("user", ["root", "user"], indirect=True)


@pytest.fixture
def user(request) -> int:
    """The uid of whom the processes run as: ours, unless asked for root or an ordinary user."""
    wanted = getattr(request, "param", "ours")
    if wanted == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    return pwd.getpwnam("nobody").pw_uid if wanted == "user" and os.geteuid() == 0 else os.geteuid()


@pytest.fixture
def folder(user) -> Iterator[Path]:
    """A folder to be made by those processes, in one of their own."""
    with own_folder(user) as parent:
        yield parent / "postgres"


@pytest.fixture(scope="session")
def made() -> Iterator[Callable[[int], Path]]:
    """Return a folder in which that user made a database; it is made once and then copied."""
    made: dict[int, Path] = {}

    def make(user: int) -> Path:
        if user not in made:
            made[user] = stack.enter_context(own_folder(user)) / "postgres"
            first = Member(made[user], user)
            assert first.heard() == "ready"
            first.stop()
        return made[user]

    with ExitStack() as stack:
        yield make


@pytest.fixture
def filled(folder, user, made) -> Path:
    """The folder, with a database in it."""
    subprocess.run(["cp", "-a", made(user), folder], check=True)
    return folder


@contextmanager
def own_folder(user: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fabula-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        os.chown(folder, user, -1)
        yield Path(folder)


@pytest.fixture
def member(folder, user) -> Iterator[Callable[[], Member]]:
    """Start a process on the folder."""
    members: list[Member] = []

    def start(at: Path = folder) -> Member:
        members.append(Member(at, user))
        return members[-1]

    yield start
    for each in members:
        each.kill()
        each.process.stdin.close()
        each.process.stdout.close()
    for each in members:
        wait_until(lambda lock=each.folder / "lock": is_free(lock))


def become(user: int) -> list[str]:
    """Return what to put before a command that another user shall run.

    Root's Python may lie in a home that the user cannot enter: then the command gets a view of the files of
    its own, where it can.
    """
    if user == os.geteuid():
        return []
    drop = f"exec setpriv --reuid {user} --regid {pwd.getpwuid(user).pw_gid} --clear-groups"
    python = Path(sys.base_prefix)
    closed = [folder for folder in python.parents if not folder.stat().st_mode & 0o001]
    if not closed:
        return ["sh", "-c", f'{drop} "$@"', "sh"]
    over = f"mount --bind {python} /mnt && mount -t tmpfs -o mode=755 view {closed[-1]}"
    back = f"mkdir -p {python} && mount --move /mnt {python}"
    return ["unshare", "--mount", "sh", "-c", f'{over} && {back} && {drop} "$@"', "sh"]


def is_free(lock: Path) -> bool:
    """Say whether neither a process nor a server holds the lock."""
    if not lock.exists():
        return True
    with lock.open() as file:
        return take(file.fileno())


def lives(pid: int) -> bool:
    """Say whether the process is there, and not just waiting to be buried."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except ProcessLookupError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> float:
    """Wait until it holds; return how long that took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not happen"
        time.sleep(0.005)
    return time.monotonic() - start
