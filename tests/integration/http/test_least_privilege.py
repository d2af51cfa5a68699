"""The server under the role that `docs/operations.md` makes for it: it owns nothing and can change no table."""

import re
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.database import address, new_database

GUIDE = Path(__file__).parents[3] / "docs" / "operations.md"
HELLO = {"assistant_id": "echo", "input": {"words": ["hello"]}}


@pytest.fixture
def database_url(postgres, template):
    """A database's address, under a role made by the guide's own statements."""
    role = f"fabula_app_{uuid4().hex}"
    [statements] = re.findall(
        r"```sql\n(-- The server's role.*?)```", GUIDE.read_text(encoding="utf-8"), re.S
    )
    with new_database(postgres, template) as name:
        owner = address(postgres, name)
        with psycopg.connect(owner, autocommit=True) as conn:
            user, database = conn.info.user, conn.info.dbname
            named = statements.replace("fabula_app", role).replace("fabula_owner", user)
            conn.execute(named.replace("DATABASE fabula", f"DATABASE {database}"))
        yield make_conninfo(owner, options=f"-c role={role}")
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP OWNED BY {role}")
        conn.execute(f"DROP ROLE {role}")


@pytest.mark.req("B89")
async def test_the_server_works_under_a_role_that_owns_nothing(api, database_url):
    assert (await api.get("/health")).json()["status"] == "healthy"
    job = await api.ended(await api.start(chapters=2))
    assert job["status"] == "completed", job["error"]
    thread = (await api.post("/threads", json={})).json()["thread_id"]
    later = await api.post(f"/threads/{thread}/runs", json=HELLO | {"after_seconds": 0.1})
    joined = await api.get(f"/threads/{thread}/runs/{later.json()['run_id']}/join")
    assert joined.json() == {"words": ["hello", "heard"]}
    assert (await api.delete(f"/threads/{thread}")).status_code == 204
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT current_user").fetchone()[0].startswith("fabula_app_")


@pytest.mark.req("B89")
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE threads",
        "ALTER TABLE runs ADD COLUMN mine text",
        "TRUNCATE checkpoints",
        "CREATE TABLE mine (id integer)",
        "DROP SCHEMA public CASCADE",
        "CREATE OR REPLACE FUNCTION fence(run uuid, held integer) RETURNS void LANGUAGE sql AS ''",
        "DELETE FROM fabula_migrations",
        "INSERT INTO checkpoint_migrations VALUES (99)",
        "CREATE ROLE another",
    ],
)
def test_the_role_can_change_no_table(database_url, statement):
    with psycopg.connect(database_url) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)
