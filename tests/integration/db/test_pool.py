import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from server.db.errors import DatabaseUrlInvalid, PostgresUnavailable
from server.db.migrate import migrate
from server.db.pool import check_address, connect, open_pool
from server.db.threads import create_thread, list_threads


async def test_statements_are_committed_and_rows_are_dicts(database_url):
    async with open_pool(database_url) as pool, pool.connection() as conn:
        await conn.execute("CREATE TABLE words AS SELECT 'fog' AS word")
        with psycopg.connect(database_url) as other:
            assert other.execute("SELECT word FROM words").fetchone() == ("fog",)
        assert await (await conn.execute("SELECT word FROM words")).fetchall() == [{"word": "fog"}]


async def test_a_connection_that_the_server_closed_is_not_handed_out(database_url):
    async with open_pool(database_url, min_size=2, max_size=2) as pool:
        await pool.wait()
        with psycopg.connect(database_url, autocommit=True) as other:
            ours = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            other.execute(f"{ours} WHERE datname = current_database() AND pid <> pg_backend_pid()")

        async with pool.connection() as conn:
            assert await (await conn.execute("SELECT 1 AS one")).fetchone() == {"one": 1}


async def test_without_a_url_the_embedded_database_is_used(monkeypatch, folder):
    monkeypatch.setenv("FABULA_HOME", str(folder.parent))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    async with connect() as pool, pool.connection() as conn:
        await create_thread(conn, graph_id="story")

    assert (folder / "data").is_dir()
    async with connect() as pool, pool.connection() as conn:
        assert len(await list_threads(conn)) == 1


async def test_database_url_is_used_when_it_is_set(monkeypatch, empty_database_url, tmp_path):
    monkeypatch.setenv("FABULA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    async with connect() as pool, pool.connection() as conn:
        await create_thread(conn, graph_id="story")

    assert await migrate(empty_database_url) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("query", ["", "?connect_timeout=2"])
async def test_a_database_that_cannot_be_reached_is_named_without_the_password(monkeypatch, query):
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ada:s3cret@127.0.0.1:1/stories{query}")

    with pytest.raises(PostgresUnavailable) as raised:
        async with connect():
            pass

    assert "DATABASE_URL" in str(raised.value)
    assert "127.0.0.1" in str(raised.value)
    assert "stories" in str(raised.value)
    assert "s3cret" not in str(raised.value)


async def test_a_database_that_does_not_exist_is_named(postgres):
    with pytest.raises(PostgresUnavailable, match="no_such_database"):
        await check_address(make_conninfo(**{**conninfo_to_dict(postgres), "dbname": "no_such_database"}))


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ada:s3cret@localhost/stories",
        "postgresql://ada:s3cret@part@localhost/stories",
        "postgresql://ada:s3cret/part@localhost/stories",
        "postgresql://ada:s3cret@localhost:port/stories",
        "postgresql://ada:%zzs3cret@localhost/stories",
        "postgresql://ada:s3cret@localhost/stories?s3cret=1",
        "s3cret",
    ],
)
async def test_a_malformed_url_is_refused_without_quoting_it(url):
    with pytest.raises(DatabaseUrlInvalid) as raised:
        await check_address(url)

    assert "DATABASE_URL" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert "part" not in str(raised.value)
    assert raised.value.__cause__ is None
