"""Stories that are shared by their link, and those that everybody sees in the gallery."""

import re

import psycopg
import pytest

from providers import moderation
from server.db import keys
from server.settings import Settings
from tests.creations import Judge
from tests.integration.http.test_owners import ask, make_key

STORY = "/api/story-agent"
GALLERY = "/api/v1/gallery"


@pytest.fixture(autouse=True)
def objects(monkeypatch, tmp_path):
    monkeypatch.setenv("FABULA_OBJECTS", str(tmp_path / "objects"))


@pytest.fixture
def settings():
    return Settings(gallery=True, nsfw=True)


@pytest.fixture
def judge(monkeypatch):
    made = Judge()
    monkeypatch.setitem(moderation.PROVIDERS, "told", lambda _: made)
    monkeypatch.setenv("FABULA_MODERATION", "told:judge")
    return made


async def finished(api, **wanted):
    job_id = await api.start("Xantippe Quillfeather keeps a light.", chapters=2, **wanted)
    assert (await api.ended(job_id))["status"] == "completed"
    return job_id


async def share(api, job_id, status=200, **wanted):
    answer = await api.post(f"{STORY}/job/{job_id}/share", json=wanted)
    assert answer.status_code == status, answer.text
    return answer.json()


async def list_titles(api, **asked):
    answer = await api.get(GALLERY, params=asked)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["stories"]]


@pytest.mark.req("B86")
async def test_a_story_job_is_shared_by_a_link_and_not_listed(api):
    job_id = await finished(api)
    shared = await share(api, job_id)
    page = await api.get(shared["url"])
    assert page.status_code == 200
    assert (page.text.count("<section"), "Xantippe" in page.text, job_id in page.text) == (2, False, False)
    assert (await api.get(f"{shared['url']}/cover.jpg")).content[:2] == b"\xff\xd8"
    assert await list_titles(api) == []
    assert (await api.get(f"{STORY}/job/{job_id}/share")).json()["views"] == 1
    assert (await api.delete(f"{STORY}/job/{job_id}/share")).status_code == 204
    assert (await api.get(shared["url"])).status_code == 404
    assert (await api.get(f"{STORY}/job/{job_id}/share")).status_code == 404


@pytest.mark.req("B86")
async def test_the_gallery_sorts_filters_and_turns_its_pages(api, database_url):
    titles = ("Salt", "Fog", "Tin")
    for title, genre in zip(titles, ("Noir", "Noir", "Science Fiction"), strict=True):
        shared = await share(api, await finished(api, genre=genre), listed=True, title=title)
    tin = shared["gallery_url"]
    assert await list_titles(api) == ["Tin", "Fog", "Salt"]
    assert await list_titles(api, genre="NOIR") == ["Fog", "Salt"]
    assert (await api.get(tin)).status_code == 200
    await ask_for(database_url, "UPDATE shares SET views = 5 WHERE title = 'Salt'")
    assert await list_titles(api, sort="popular") == ["Salt", "Tin", "Fog"]
    first = (await api.get(GALLERY, params={"limit": 2})).json()
    assert (len(first["stories"]), first["next"]) == (2, 2)
    assert await list_titles(api, limit=2, offset=2) == ["Salt"]

    page = await api.get("/gallery", params={"genre": "science fiction"})
    assert re.findall(r'class="name" dir="auto">([^<]+)<', page.text) == ["Tin"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    [story] = (await api.get(GALLERY, params={"genre": "science fiction"})).json()["stories"]
    assert set(story) == {"share_id", "title", "genre", "views", "created_at", "path", "cover"}
    assert (await api.get(story["cover"])).headers["content-type"] == "image/jpeg"


async def ask_for(url, statement):
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute(statement)


@pytest.mark.req("B86")
async def test_what_is_judged_unfit_is_not_listed(api, judge):
    job_id = await finished(api)
    for title, why in (("A forbidden thing", "violence"), ("A fucking thing", "explicit")):
        refused = await share(api, job_id, 400, listed=True, title=title)
        assert refused["field"] == "listed" and why in refused["detail"]
    text = (await api.job(job_id))["output"]["chapters"][0]["text"]
    assert any(text in asked for asked in judge.asked)
    judge.down = True
    assert "judged" in (await share(api, job_id, 400, listed=True))["detail"]
    judge.down, judge.outside = False, True
    judge.asked.clear()
    await share(api, job_id, listed=True)
    assert judge.asked == []
    await share(api, job_id, listed=True, consent=True)
    assert judge.asked
    assert (
        "safe for work" in (await share(api, await finished(api, rating="NSFW"), 400, listed=True))["detail"]
    )


@pytest.mark.req("B86")
async def test_an_admin_takes_a_story_down_for_good(api, database_url):
    ann = await make_key(database_url, "ann")
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        admin = {"X-Api-Key": await keys.create_key(conn, "root", admin=True)}
    api.headers.update(ann)
    job_id = await finished(api)
    shared = await share(api, job_id, listed=True)
    story = f"{GALLERY}/{shared['gallery_url'].rpartition('/')[2]}"
    assert (await api.delete(story)).status_code == 403
    assert (await api.delete(story, headers=admin)).status_code == 204
    assert await list_titles(api) == []
    for url in (shared["url"], shared["gallery_url"]):
        assert (await api.get(url)).status_code == 404
    await share(api, job_id, 409)
    assert (await api.delete(f"{STORY}/job/{job_id}/share")).status_code == 409


@pytest.mark.req("B86", "B51")
async def test_anothers_story_is_shared_by_nobody_else(api, database_url):
    ann, bob = await make_key(database_url, "ann"), await make_key(database_url, "bob")
    api.headers.update(ann)
    job_id = await finished(api)
    await share(api, job_id)
    for method, body in (("POST", {}), ("GET", None), ("DELETE", None)):
        answer = await api.request(method, f"{STORY}/job/{job_id}/share", json=body, headers=bob)
        assert answer.status_code == 404
    assert await ask(database_url, "SELECT count(*) FROM shares") == [1]


class TestClosed:
    @pytest.fixture
    def settings(self):
        return Settings()

    async def test_without_a_gallery_nothing_is_listed(self, api):
        job_id = await finished(api)
        refused = await share(api, job_id, 400, listed=True)
        assert refused == {"detail": "this server has no gallery", "field": "listed"}
        for path in (GALLERY, "/gallery", "/gallery/7b1c1d8e-3f0a-4c52-9d7e-0d5f3b6a1c11"):
            assert (await api.get(path)).status_code == 404
