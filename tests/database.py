"""Real databases for tests: `database_url` is a fresh, migrated one for each test."""

import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from server.db.embedded import embedded
from server.db.migrate import migrate

QUICK = {"fsync": "off", "full_page_writes": "off"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[str]:
    """The address of a running server: `TEST_DATABASE_URL`, or an embedded one, each worker its own."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with TemporaryDirectory(prefix="fabula-test-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101
        async with embedded(Path(folder) / "postgres", settings=QUICK) as url:
            yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(postgres: str) -> AsyncIterator[str]:
    """The name of a migrated database to clone."""
    with new_database(postgres, "template1") as name:
        await migrate(address(postgres, name))
        yield name


class Clones:
    """Databases made from a template: while a test has one, the next is made and the last is dropped."""

    def __init__(self, server: str, template: str) -> None:
        self.server, self.template = server, template
        self._thread = ThreadPoolExecutor(1, "clones")
        self._left: list[Future[None]] = []
        self._next = self._thread.submit(create, server, template)

    def take(self) -> str:
        """Return the name of a new database."""
        name = self._next.result()
        self._next = self._thread.submit(create, self.server, self.template)
        return name

    def leave(self, name: str) -> None:
        """Have a database dropped."""
        self._left.append(self._thread.submit(drop, self.server, name))

    def close(self) -> None:
        """Drop what is left. Raises what kept any from being dropped."""
        self.leave(self._next.result())
        self._thread.shutdown()
        for dropped in self._left:
            dropped.result()


@pytest.fixture(scope="session")
def clones(postgres: str, template: str) -> Iterator[Clones]:
    made = Clones(postgres, template)
    yield made
    made.close()


@pytest.fixture
def database_url(postgres: str, clones: Clones) -> Iterator[str]:
    """The address of a migrated database of the test's own."""
    name = clones.take()
    yield address(postgres, name)
    clones.leave(name)


@pytest.fixture
def empty_database_url(postgres: str) -> Iterator[str]:
    """The address of an empty database of the test's own."""
    with new_database(postgres, "template1") as name:
        yield address(postgres, name)


@contextmanager
def new_database(server: str, template: str) -> Iterator[str]:
    """Make a database from another; drop it in the end."""
    name = create(server, template)
    yield name
    drop(server, name)


def create(server: str, template: str) -> str:
    """Make a database from another; return its name."""
    name = f"fabula_test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return name


def drop(server: str, name: str) -> None:
    """Drop a database, and end its connections."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def address(server: str, name: str) -> str:
    """Return the address of another database on the server."""
    return make_conninfo(**{**conninfo_to_dict(server), "dbname": name})
