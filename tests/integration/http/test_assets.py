"""Links to the objects of a local folder, followed over HTTP."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from providers import objects
from server.db.secrets import get_secret
from server.links import SECRET, Signer
from tests.integration.http.conftest import Api

DAY = 24 * 3600
KEY = "creator/a/audio/1.mp3"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FABULA_OBJECTS", str(tmp_path / "objects"))
    return tmp_path / "objects"


@pytest_asyncio.fixture
async def secret(api: Api, database_url: str) -> AsyncIterator[bytes]:
    async with await AsyncConnection.connect(database_url, autocommit=True) as conn:
        await objects.get().put(KEY, b"0123456789")
        yield await get_secret(conn, SECRET)


def signed(secret: bytes, key: str = KEY, *, ago: float = 0.0) -> str:
    """Return a link that was made so many seconds ago."""
    return Signer(secret, clock=lambda: time.time() - ago).sign(key)


@pytest.mark.req("B37")
async def test_a_link_opens_for_seven_days_and_then_no_more(api: Api, secret: bytes) -> None:
    for ago, status in ((0, 200), (6 * DAY + 23 * 3600, 200), (7 * DAY + 1, 403), (30 * DAY, 403)):
        assert (await api.get(signed(secret, ago=ago))).status_code == status


@pytest.mark.req("B37")
async def test_a_link_that_was_tampered_with_opens_nothing(api: Api, secret: bytes) -> None:
    await objects.get().put("creator/b/audio/1.mp3", b"another's")
    link = signed(secret)
    url = httpx.URL(link)
    later = str(int(url.params["expires"]) + 1)
    forged = [
        link.replace("creator/a", "creator/b"),
        str(url.copy_set_param("expires", later)),
        str(url.copy_set_param("signature", "0" * 64)),
        str(url.copy_set_param("signature", "é")),
        str(url.copy_remove_param("signature")),
        url.path,
        signed(b"another secret"),
    ]

    assert {(await api.get(each)).status_code for each in forged} == {403}


async def test_what_is_sent_is_the_object_with_its_media_type_and_nothing_to_guess(
    api: Api, secret: bytes
) -> None:
    answer = await api.get(signed(secret))

    assert answer.content == b"0123456789"
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'inline; filename="1.mp3"'
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=50-", 416, None),
    ],
)
async def test_a_player_gets_the_range_that_it_asks_for(
    api: Api, secret: bytes, wanted: str, status: int, body: bytes | None
) -> None:
    answer = await api.get(signed(secret), headers={"Range": wanted})

    assert answer.status_code == status
    assert body is None or answer.content == body


async def test_a_player_may_ask_for_the_head_alone(api: Api, secret: bytes) -> None:
    answer = await api.head(signed(secret))

    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "10", b"")


@pytest.mark.parametrize("key", ["a/page.html", "a/picture.svg", "a/book.epub", "a/thing"])
async def test_what_a_browser_could_run_is_saved_instead(api: Api, secret: bytes, key: str) -> None:
    await objects.get().put(key, b"<script>alert(1)</script>")
    answer = await api.get(signed(secret, key))

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "key", ["../secret", "a/../../secret", "/etc/passwd", "..%2fsecret", "a\\..\\secret"]
)
async def test_no_path_leads_out_of_the_folder(api: Api, secret: bytes, folder: Path, key: str) -> None:
    (folder.parent / "secret").write_text("planted")
    expires = int(time.time()) + 60
    link = f"/assets/{key}?expires={expires}&signature={Signer(secret).signature(key, expires)}"

    answer = await api.get(link)
    assert answer.status_code in (403, 404)
    assert b"planted" not in answer.content


async def test_an_object_that_is_gone_is_not_found(api: Api, secret: bytes) -> None:
    assert (await api.get(signed(secret, "creator/a/audio/2.mp3"))).status_code == 404
    assert (await api.get(signed(secret, "creator/a/audio"))).status_code == 404


async def test_every_process_signs_alike(database_url: str, api: Api, secret: bytes) -> None:
    async with await AsyncConnection.connect(database_url, autocommit=True) as conn:
        assert await get_secret(conn, SECRET) == secret
