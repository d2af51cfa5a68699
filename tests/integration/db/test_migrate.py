import asyncio

import psycopg
import pytest
from psycopg.rows import scalar_row

from server.db.errors import MigrationChanged
from server.db.migrate import MIGRATIONS, migrate


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id int); CREATE TABLE second (id int);")
    return tmp_path


def tables(url: str) -> set[str]:
    with psycopg.connect(url, row_factory=scalar_row) as conn:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return set(conn.execute(query).fetchall())


async def test_an_empty_database_gets_our_tables_and_langgraphs(empty_database_url):
    applied = await migrate(empty_database_url)

    assert applied == sorted(file.stem for file in MIGRATIONS.glob("*.sql"))
    assert {"threads", "checkpoints", "checkpoint_blobs", "checkpoint_writes", "store"} <= tables(
        empty_database_url
    )


async def test_what_was_applied_is_not_applied_again(database_url):
    assert await migrate(database_url) == []


async def test_four_at_once_apply_each_migration_once(empty_database_url):
    applied = await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))

    assert [name for names in applied for name in names] == sorted(
        file.stem for file in MIGRATIONS.glob("*.sql")
    )


async def test_a_new_migration_is_applied_after_the_old_ones(empty_database_url, folder):
    assert await migrate(empty_database_url, folder) == ["0001_first"]
    (folder / "0010_third.sql").write_text("ALTER TABLE second ADD COLUMN name text")
    (folder / "0002_second.sql").write_text("ALTER TABLE second RENAME COLUMN id TO key")

    assert await migrate(empty_database_url, folder) == ["0002_second", "0010_third"]


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url, folder):
    (folder / "0002_broken.sql").write_text("CREATE TABLE third (id int); SELECT nonsense;")

    with pytest.raises(psycopg.errors.UndefinedColumn):
        await migrate(empty_database_url, folder)

    assert {"first", "second"} <= tables(empty_database_url)
    assert "third" not in tables(empty_database_url)
    (folder / "0002_broken.sql").write_text("CREATE TABLE third (id int)")
    assert await migrate(empty_database_url, folder) == ["0002_broken"]


async def test_a_changed_migration_is_named(empty_database_url, folder):
    await migrate(empty_database_url, folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id bigint)")

    with pytest.raises(MigrationChanged, match="0001_first"):
        await migrate(empty_database_url, folder)
