"""Folders in which no database can be kept."""

import os
import subprocess

import pytest

from server.db import binaries
from server.db.cluster import Cluster, own_folder

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.mark.parametrize("user", ["user"], indirect=True)
def test_a_folder_that_cannot_be_written_is_named(folder, member):
    folder.parent.chmod(0o555)

    said = member().heard()

    assert said.startswith(f"FolderUnusable: The embedded Postgres cannot use {folder}: Permission denied.")
    assert "FABULA_HOME" in said
    assert "DATABASE_URL" in said


@needs_root
def test_a_folder_that_the_servers_account_cannot_enter_is_named(folder, member):
    folder.parent.chmod(0o700)

    said = member().heard()

    assert said.startswith("FolderUnusable: As root, Postgres runs as the user")
    assert str(folder) in said
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_a_file_is_named(folder, member):
    folder.write_text("")

    assert member().heard().startswith(f"FolderUnusable: The embedded Postgres cannot use {folder}")


@needs_root
def test_a_full_disk_is_told(folder, member):
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True)
    if mount.returncode:
        pytest.skip("needs the right to mount")
    try:
        said = member().heard()
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)

    assert said.startswith(f"NoSpaceLeft: There is no space left for the embedded Postgres in {folder}.")


@needs_root
def test_a_folder_that_belongs_to_somebody_else_is_refused(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, -1)

    with pytest.raises(PermissionError):
        own_folder(theirs, os.geteuid())


def test_a_link_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(OSError, match="link"):
        own_folder(tmp_path / "link", os.geteuid())


@needs_root
def test_programs_that_the_account_cannot_reach_are_copied_once(folder):
    account = binaries.server_account()
    closed = folder.parent / "closed"
    closed.mkdir(mode=0o700)
    packages = closed / "packages"
    packages.symlink_to(binaries.installed())

    copy = binaries.readable(packages, folder.parent, account)
    again = binaries.readable(packages, folder.parent, account)

    assert copy == again != packages
    assert closed.stat().st_mode & 0o777 == 0o700
    run = subprocess.run(
        [binaries.programs(copy) / "initdb", "--version"], user=account.uid, capture_output=True, text=True
    )
    assert binaries.version().rsplit(".", 1)[0] in run.stdout


@needs_root
def test_as_root_the_account_cannot_enter_by_its_own_door(filled, member):
    account = Cluster(filled).account
    assert member().heard() == "ready"

    psql = binaries.programs(binaries.installed()) / "psql"
    run = subprocess.run(
        [psql, "-h", filled / "socket", "-U", "fabula", "-c", "SELECT 1"],
        user=account.uid,
        group=account.gid,
        capture_output=True,
        text=True,
        cwd="/",
    )

    assert "Peer authentication failed" in run.stderr
