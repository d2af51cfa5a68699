"""A creator session with a key set: its idea, its scenes and whose it is stand in no table."""

import pytest

from tests.planted import PLANTED, places, runs_of_words

KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="


@pytest.fixture(params=[KEY, ""], ids=["with a key", "without"])
def key(request, monkeypatch):
    monkeypatch.setenv("FABULA_ENCRYPTION_KEYS", request.param)
    return request.param


@pytest.mark.req("B62")
async def test_a_session_stands_in_no_table(key, creator, database_url, tmp_path):
    started = await creator.start(f"A keeper hears that {PLANTED}.", user_id="Ann of the Long Quay")
    concept = started["data"]["generated_concepts"][0]
    draft = (await creator.do("select-concept", concept_id=concept["concept_id"]))["data"]["current_draft"]
    await creator.do("approve-scene")
    await creator.do("select-format", format="visual")
    shared = await creator.ask("POST", f"session/{creator.session_id}/share", json={"title": PLANTED})

    told = [concept["premise"], *(scene["content"] for scene in draft["scenes"])]
    wanted = {PLANTED, "Ann of the Long Quay", *runs_of_words(*told)}
    assert len(wanted) > 6
    found = places(database_url, tmp_path / "objects", wanted)
    readable = {"runs.kwargs", "threads.metadata", "checkpoint_blobs.blob", "shares.title"}
    assert found == set() if key else found >= readable
    assert PLANTED in (await creator.get(shared["data"]["url"])).text
    mine = await creator.ask("GET", "sessions", params={"user_id": "Ann of the Long Quay"})
    assert len(mine["data"]["sessions"]) == 1
