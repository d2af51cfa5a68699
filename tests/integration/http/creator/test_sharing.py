"""Finished books for whoever has the link: a page and files, and nothing of how they were made."""

import asyncio
import io
import re
import zipfile

import psycopg
import pytest
from PIL import Image

from domain.media import Picture
from server.db import keys
from server.settings import Settings
from tests import creations
from tests.integration.http.creator.conftest import PREFIX, served
from tests.integration.http.creator.test_collaborators import ask

PROMPT = "A keeper hears the fog answer, said Xantippe Quillfeather."
FEEDBACK = "More rain, please, for Ottoline Brackwater."
PLANTED = ("Xantippe", "Ottoline")
MARKUP = "<script>alert(1)</script> & <b>salt</b>"


async def finished(creator, **given):
    """Have a book made and share it."""
    await creator.complete()
    return await share(creator, **given)


async def planted(creator):
    """Have a book made whose prompt, feedback and earlier version say what no reader may see; share it."""
    started = await creator.start(PROMPT)
    concept = started["data"]["generated_concepts"][0]["concept_id"]
    told = await creator.do("select-concept", concept_id=concept)
    scene = told["data"]["current_draft"]["scenes"][0]["scene_id"]
    await creator.do("rewrite-scene", scene_id=scene, feedback=FEEDBACK)
    await creator.do("rewrite-scene", scene_id=scene, content=f"{creations.prose('Day')} {MARKUP}")
    await creator.do("approve-scene")
    await creator.do("select-format", format="both")
    await creator.do("select-narrator", narrator_id="voice-1")
    return await share(creator)


@pytest.fixture
def painter(painter):
    """A painter whose pictures can be seen."""
    seen = io.BytesIO()
    Image.new("RGB", (160, 90), "teal").save(seen, "PNG")
    painter.drawn = lambda one: Picture(seen.getvalue(), "image/png", 160, 90, 0.5)
    return painter


@pytest.fixture
def voice(voice):
    """A voice whose sound can be bound."""
    voice.compact = b"what a player hears"
    return voice


async def share(creator, status=200, **wanted):
    told = await creator.ask("POST", f"session/{creator.session_id}/share", status, json=wanted)
    return told["data"] if status == 200 else told


async def book(creator, url):
    async with asyncio.timeout(30):
        while (answer := await creator.get(url)).status_code == 202:
            assert PREFIX in url or "being bound" in answer.text
            await asyncio.sleep(0.1)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.req("B86", "B28")
async def test_a_link_opens_the_finished_book_without_a_key(creator, database_url):
    shared = await planted(creator)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        await keys.create_key(conn, "ann")
    assert (await creator.get(f"{PREFIX}/session/{creator.session_id}")).status_code == 401

    answer = await creator.get(shared["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = answer.text
    assert '<h1 dir="auto">The Fog Answers</h1>' in page
    assert page.count("<figure>") == page.count("<audio") == 4
    assert all('alt="' in image for image in re.findall(r"<img[^>]*>", page))
    assert "It was the hour of Day." in page.replace('<span class="lead">', "").replace("</span>", "")
    assert "<script" not in page and "&lt;script&gt;" in page
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy
    names = re.findall(r'(?:src|href)="([^"#]+)"', page)
    for name in set(names):
        found = await creator.get(f"{shared['url'].rpartition('/')[0]}/{name}")
        assert found.status_code in (200, 202), name


@pytest.mark.req("B86")
async def test_no_reader_sees_prompt_feedback_versions_or_whose_it_is(creator):
    shared = await planted(creator)
    versions = (await creator.session())["current_draft"]["scenes"][0]["scene_id"]
    path = f"session/{creator.session_id}/scenes/{versions}/versions"
    earlier = (await creator.ask("GET", path))["data"]["versions"][0]["content"][:60]
    shown = await epub(creator, f"{shared['url']}/book.epub")
    told = [
        (await creator.get(shared["url"])).text,
        (await book(creator, f"{shared['url']}/book.md")).decode(),
        *shown,
    ]
    assert sum("Maren" in each for each in told) >= 3
    hidden = (*PLANTED, earlier, creator.session_id, "concept_id", "voice-1")
    assert [word for word in hidden if any(word in each for each in told)] == []
    owners = await epub(creator, f"{PREFIX}/session/{creator.session_id}/export?format=epub")
    assert any(PLANTED[0] in each for each in owners)


async def epub(creator, url):
    """Return all that is in an EPUB, as text."""
    found = zipfile.ZipFile(io.BytesIO(await book(creator, url)))
    return [found.read(name).decode("utf-8", "replace") for name in found.namelist()]


@pytest.mark.req("B86")
async def test_the_link_is_unguessable_kept_as_a_hash_and_gone_when_it_is_revoked(creator, database_url):
    shared = await finished(creator)
    token = shared["url"].rpartition("/")[2]
    assert len(token) >= 43
    row = str(await ask(database_url, "SELECT shares::text FROM shares"))
    assert token not in row and keys.hash_of(token) in row

    where = f"session/{creator.session_id}/share"
    assert (await creator.ask("GET", where))["data"]["url"] is None
    for name in ("", "/cover.jpg", "/sound-1.mp3", "/book.md"):
        assert (await creator.get(shared["url"] + name)).status_code in (200, 202)
        assert (await creator.get(shared["url"][:-1] + name)).status_code == 404
    await creator.ask("DELETE", where)
    for name in ("", "/cover.jpg", "/sound-1.mp3", "/book.md"):
        assert (await creator.get(shared["url"] + name)).status_code == 404
    await creator.ask("GET", where, 404)
    await creator.ask("DELETE", where, 404)
    assert (await share(creator))["url"] not in (None, shared["url"])


@pytest.mark.req("B86")
async def test_a_share_ends_when_it_expires_and_with_its_session(creator, database_url):
    shared = await finished(creator, expires_in_days=7)
    assert (await creator.get(shared["url"])).status_code == 200
    await ask(database_url, "UPDATE shares SET expires_at = now() - interval '1 second'")
    assert (await creator.get(shared["url"])).status_code == 404
    again = await share(creator)
    assert (again["url"], again["expires_at"]) == (None, None)
    assert (await creator.get(shared["url"])).status_code == 200
    await creator.ask("DELETE", f"session/{creator.session_id}")
    assert (await creator.get(shared["url"])).status_code == 404
    assert await ask(database_url, "SELECT 1 FROM shares") == []


@pytest.mark.req("B86")
async def test_a_share_stays_as_it_was_until_it_is_brought_up_to_date(creator):
    shared = await finished(creator)
    scene = (await creator.session())["current_draft"]["scenes"][1]["scene_id"]
    await creator.do("edit-paragraph", scene_id=scene, paragraph=1, how="insert", text="A gull said nothing.")
    refused = await share(creator, 409)
    assert "finished" in refused["message"]
    assert "A gull said nothing." not in (await creator.get(shared["url"])).text

    await creator.do("approve-scene")
    await share(creator, title="The Gull")
    page = (await creator.get(shared["url"])).text
    assert "A gull said nothing." in re.sub("<[^>]+>", "", page)
    assert '<h1 dir="auto">The Gull</h1>' in page


async def test_only_a_finished_story_is_shared(creator):
    await creator.draft()
    await share(creator, 409)
    await creator.do("approve-scene")
    await share(creator, 409)
    for wanted in ({"title": "x" * 300}, {"expires_in_days": 0}, {"who": "me"}):
        await share(creator, 400, **wanted)


async def test_a_recording_is_had_in_ranges_and_a_page_is_sent_once(creator):
    shared = await finished(creator)
    sound = f"{shared['url']}/sound-2.mp3"
    whole = await creator.get(sound)
    assert whole.headers["content-type"] == "audio/mpeg"
    assert whole.content.startswith(b"sound of")
    for asked, got in (
        ("bytes=6-7", b"of"),
        ("bytes=-5", whole.content[-5:]),
        ("bytes=9-", whole.content[9:]),
    ):
        part = await creator.get(sound, headers={"Range": asked})
        assert (part.status_code, part.content) == (206, got)
    beyond = await creator.get(sound, headers={"Range": "bytes=999999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")
    for url in (sound, shared["url"]):
        known = {"If-None-Match": (await creator.get(url)).headers["etag"]}
        assert (await creator.get(url, headers=known)).status_code == 304
        assert (await creator.head(url)).status_code == 200


@pytest.mark.req("B86")
async def test_views_are_counted_but_no_heads_and_no_reloads(creator, database_url):
    shared = await finished(creator)
    await creator.head(shared["url"])
    for _ in range(3):
        await creator.get(shared["url"])
    await creator.get(shared["url"], headers={"User-Agent": "another"})
    await creator.get(f"{shared['url']}/cover.jpg", headers={"User-Agent": "a third"})
    assert (await creator.ask("GET", f"session/{creator.session_id}/share"))["data"]["views"] == 2
    rows = str(await ask(database_url, "SELECT shares::text FROM shares"))
    assert "127.0.0.1" not in rows and "another" not in rows


class TestLimits:
    @pytest.fixture
    def settings(self):
        return Settings(rate="60/minute")

    async def test_strangers_are_limited_by_their_address(self, creator):
        for _ in range(60):
            assert (await creator.get("/shared/nothing")).status_code == 404
        limited = await creator.get("/shared/nothing")
        assert (limited.status_code, int(limited.headers["retry-after"]) > 0) == (429, True)
        assert (await creator.get(f"{PREFIX}/sessions")).status_code == 200


async def test_strange_names_find_nothing(creator):
    shared = await finished(creator)
    for path in ("/%00", "/..%2f..%2fetc%2fpasswd", "/book.exe", "/book.%00", "/sound-9.mp3"):
        assert (await creator.get(shared["url"] + path)).status_code in (404, 422)
    for path in ("/shared/%00", "/shared/assets/%00", "/gallery/no-uuid", "/gallery?genre=%00"):
        assert (await creator.get(path)).status_code in (404, 422)


@pytest.mark.req("B83", "B86")
async def test_who_was_let_in_shares_nothing(world, settings, database_url):
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        ann, bob = [{"X-Api-Key": await keys.create_key(conn, name)} for name in ("ann", "bob")]
    async with served(settings, headers=ann) as creator:
        shared = await finished(creator)
        where = f"session/{creator.session_id}/share"
        await creator.ask(
            "POST", f"session/{creator.session_id}/collaborators", json={"owner": "bob", "role": "editor"}
        )
        for method, status in (("GET", 403), ("DELETE", 403)):
            await creator.ask(method, where, status, headers=bob)
        await creator.ask("POST", where, 403, headers=bob, json={})
        assert "ann" not in re.findall(r"\w+", (await creator.get(shared["url"])).text)
