"""What sessions come to together: one's own, and an admin's view of everybody's."""

import asyncio

import psycopg
import pytest

from server.db import keys
from tests.integration.http.creator.conftest import served
from tests.integration.http.creator.test_collaborators import ask


async def until(creator, path="analytics", **wanted):
    """Ask until the figures are these: they are noted just after a run has ended."""
    async with asyncio.timeout(20):
        while True:
            found = (await creator.ask("GET", path))["data"]
            if all(found[key] == value for key, value in wanted.items()):
                return found
            await asyncio.sleep(0.05)


@pytest.mark.req("B86")
async def test_sessions_are_summed_up_for_their_owner_and_for_an_admin(world, settings, database_url):
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        ann, bob = [{"X-Api-Key": await keys.create_key(conn, name)} for name in ("ann", "bob")]
        root = {"X-Api-Key": await keys.create_key(conn, "root", admin=True)}
    async with served(settings, headers=ann) as creator:
        await creator.complete("visual")
        scene = (await creator.session())["current_draft"]["scenes"][0]["scene_id"]
        for feedback in ("More rain.", "Less rain."):
            await creator.do("rewrite-scene", scene_id=scene, feedback=feedback)
        await creator.do("approve-scene")
        shared = (await creator.ask("POST", f"session/{creator.session_id}/share", json={}))["data"]
        await creator.get(shared["url"])
        await creator.start()
        await ask(
            database_url, "UPDATE threads SET created_at = now() - interval '1 hour' WHERE owner = 'ann'"
        )

        found = await until(creator, sessions=2, rewrites_per_scene=0.5)
        assert found["stages"] == {"completed": 1, "concept_selection": 1}
        assert (found["completed"], found["completion_rate"]) == (1, 0.5)
        assert (found["genres"], found["tones"]) == ({"fantasy": 1}, {"quiet": 1})
        assert (found["formats"], found["popular_genres"]) == ({"visual": 1}, {"fantasy": 1})
        assert (found["shared"], found["views"]) == (1, 1)
        assert 3_500 < found["median_seconds_to_complete"] < 3_700

        creator.headers.update(bob)
        assert (await creator.ask("GET", "analytics"))["data"] == {
            key: {} if isinstance(value, dict) else 0 if isinstance(value, int) else None
            for key, value in found.items()
        }
        await creator.ask("GET", "analytics?all=true", 403)
        creator.headers.update(root)
        assert (await creator.ask("GET", "analytics?all=true"))["data"] == found
        assert (await creator.ask("GET", "analytics"))["data"]["sessions"] == 0

        creator.headers.update(ann)
        await creator.ask("DELETE", f"session/{creator.session_id}")
        assert (await creator.ask("GET", "analytics"))["data"]["sessions"] == 1
