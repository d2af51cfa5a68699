import os
import signal
import subprocess
from pathlib import Path

import pytest

from server.db import migrate
from tests.integration.db.conftest import as_root_and_as_user, lives, wait_until

TABLE = "CREATE TABLE words (word text)"

MIGRATIONS = Path(migrate.__file__).parent / "migrations"
EVERY_MIGRATION = ",".join(sorted(path.stem for path in MIGRATIONS.glob("*.sql")))


@as_root_and_as_user
def test_a_killed_process_takes_its_server_along_and_the_data_stays(filled, member):
    first = member()
    assert first.heard() == "ready"
    first.ask(TABLE)
    first.ask("INSERT INTO words VALUES ('fog')")
    server = first.server
    assert lives(server)

    first.kill()

    assert wait_until(lambda: not lives(server)) < 1
    second = member()
    assert second.heard() == "ready"
    assert second.ask("SELECT word FROM words") == "fog"
    assert second.server != server


@as_root_and_as_user
@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_when_the_holder_ends_the_other_goes_on_with_a_server_of_its_own(filled, member, ending):
    holder = member()
    assert holder.heard() == "ready"
    other = member()
    assert other.heard() == "ready"
    holder.ask(TABLE)
    server = holder.server
    assert other.ask("SELECT count(*) FROM words") == "0"

    getattr(holder, ending)()

    assert other.ask("SELECT count(*) FROM words") == "0"
    assert not lives(server)
    assert lives(other.server)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_when_the_other_ends_the_holder_keeps_its_server(filled, member, ending):
    holder = member()
    assert holder.heard() == "ready"
    other = member()
    assert other.heard() == "ready"
    server = holder.server

    getattr(other, ending)()

    assert holder.ask("SELECT 1") == "1"
    assert holder.server == server
    holder.stop()
    assert not lives(server)


def test_four_that_start_at_once_share_one_server(member):
    members = [member() for _ in range(4)]

    assert [each.heard() for each in members] == ["ready"] * 4
    for each in members:
        each.process.stdin.write("migrate\n")
        each.process.stdin.flush()
    assert sorted(each.heard() for each in members) == [EVERY_MIGRATION] + ["nothing"] * 3
    assert len({each.ask("SELECT pg_postmaster_start_time()") for each in members}) == 1


def test_a_server_that_crashes_is_started_again(filled, member):
    holder = member()
    assert holder.heard() == "ready"
    server = holder.server

    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not lives(server))

    assert holder.ask("SELECT 1") == "1"
    assert holder.server != server


def test_a_database_that_was_half_made_is_made_anew(member, folder):
    cut = member()
    wait_until(lambda: any(folder.glob("initdb-*/PG_VERSION")))
    cut.kill()
    assert not (folder / "data").exists()

    assert member().heard() == "ready"
    assert not list(folder.glob("initdb-*"))


def test_a_stale_pid_file_that_names_a_living_process_is_no_obstacle(filled, member):
    first = member()
    assert first.heard() == "ready"
    pid_file = filled / "data" / "postmaster.pid"
    content, owner = pid_file.read_text(), pid_file.stat()
    first.stop()

    bystander = subprocess.Popen(["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None)
    pid_file.write_text(content.replace(content.split()[0], str(bystander.pid), 1))
    try:
        assert member().heard() == "ready"
    finally:
        bystander.kill()
        bystander.wait()


def test_a_ctrl_c_in_the_terminal_leaves_the_server_to_its_process(filled, member):
    holder = member()
    assert holder.heard() == "ready"
    server = holder.server

    os.killpg(holder.process.pid, signal.SIGINT)

    assert holder.ask("SELECT 1") == "1"
    assert holder.server == server


def test_a_folder_with_a_long_path_has_its_socket_elsewhere(member, folder):
    deep = folder.parent / ("deep" * 20) / ("deeper" * 20)
    holder = member(deep)
    assert holder.heard() == "ready"
    socket = Path(holder.ask("SHOW unix_socket_directories"))

    assert len(str(socket)) < 90
    assert socket.stat().st_mode & 0o777 == 0o700
    holder.stop()
    socket.rmdir()


def test_data_of_another_major_version_is_refused(filled, member):
    first = member()
    assert first.heard() == "ready"
    first.stop()
    (filled / "data" / "PG_VERSION").write_text("13\n")

    said = member().heard()

    assert said.startswith("OtherMajorVersion:")
    assert "Postgres 13" in said


def test_a_server_that_cannot_start_says_why_with_the_end_of_its_log(filled, member):
    first = member()
    assert first.heard() == "ready"
    first.stop()
    (filled / "data" / "global" / "pg_control").write_bytes(b"")

    said = member().heard()

    assert said.startswith("PostgresNotStarted:")
    assert "pg_control" in said


@as_root_and_as_user
def test_only_its_owner_gets_through_the_door(filled, member):
    assert member().heard() == "ready"

    assert (filled / "socket").stat().st_mode & 0o777 == 0o700
    assert (filled / "data").stat().st_mode & 0o777 == 0o700
    assert filled.stat().st_mode & 0o007 == 0
