import os
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from server.db.cluster import LONGEST_SOCKET, Cluster
from server.db.embedded import default_folder


def test_fabula_home_says_where_the_database_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("FABULA_HOME", str(tmp_path))

    assert default_folder() == tmp_path / "postgres"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_roots_database_lies_outside_any_home(monkeypatch):
    monkeypatch.delenv("FABULA_HOME", raising=False)

    assert Path.home() not in default_folder().parents
    assert default_folder().parts[1] == "var"


@pytest.mark.parametrize("length", [1, 60, 70, 75, 80, 90, 200])
def test_the_sockets_path_is_never_too_long(length):
    cluster = Cluster(Path("/srv") / ("d" * length) / "postgres")

    assert len(str(cluster.socket / ".s.PGSQL.5432")) <= LONGEST_SOCKET


def test_two_long_folders_have_two_sockets():
    first, second = (Cluster(Path("/srv") / ("d" * 200) / name) for name in ("one", "two"))

    assert first.socket != second.socket
    assert first.socket == Cluster(first.folder).socket


def test_a_folder_with_odd_characters_keeps_its_address():
    cluster = Cluster(Path("/srv") / "my data & 100% 'ö'")

    assert conninfo_to_dict(cluster.url)["host"] == str(cluster.socket)
