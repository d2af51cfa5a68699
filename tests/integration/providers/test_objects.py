"""The object store: a local folder, and S3 as moto serves it."""

import errno
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from moto.server import ThreadedMotoServer

from domain.errors import ObjectNotFound, RequestInvalid, StoreFailed
from providers import objects
from providers.objects import Objects
from tests.chat_server import free_port


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(moto: str, monkeypatch: pytest.MonkeyPatch) -> Objects:
    for name, value in (
        ("AWS_ENDPOINT_URL", moto),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    httpx2.put(
        f"{moto}/stories",
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=test/x/us-east-1/s3/aws4_request"},
    )
    return Objects("s3://stories/fabula")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "s3":
        found: Objects = request.getfixturevalue("s3")
        return found
    return Objects(str(tmp_path / "objects"))


@pytest.mark.req("B36")
async def test_what_is_put_is_read_whole_or_in_part(store: Objects) -> None:
    await store.put("creator/a/audio/1.mp3", b"0123456789", "audio/mpeg")
    await store.put("creator/a/audio/1.mp3", b"abcdefghij", "audio/mpeg")

    assert await store.read("creator/a/audio/1.mp3") == b"abcdefghij"
    assert await store.read_range("creator/a/audio/1.mp3", 2, 5) == b"cde"
    assert await store.size("creator/a/audio/1.mp3") == 10
    assert await store.exists("creator/a/audio/1.mp3")
    assert not await store.exists("creator/a/audio/2.mp3")


async def test_a_large_file_is_put_from_the_disk(store: Objects, tmp_path: Path) -> None:
    file = tmp_path / "book.m4b"
    file.write_bytes(bytes(12_000_000))
    await store.put("books/a.m4b", file)

    assert await store.size("books/a.m4b") == 12_000_000


async def test_a_folder_is_listed_and_deleted_and_its_neighbours_are_not(store: Objects) -> None:
    for key in ("creator/a/1.png", "creator/a/audio/1.mp3", "creator/ab/1.png"):
        await store.put(key, b"x")

    assert sorted([key async for key in store.list("creator/a")]) == [
        "creator/a/1.png",
        "creator/a/audio/1.mp3",
    ]
    assert await store.delete("creator/a") == 2
    assert [key async for key in store.list("creator")] == ["creator/ab/1.png"]
    assert await store.delete("creator/a") == 0
    assert await store.delete("creator/ab/1.png") == 1


async def test_what_there_is_not_is_said(store: Objects) -> None:
    for reading in (
        store.read("no/such.png"),
        store.size("no/such.png"),
        store.read_range("no/such.png", 0, 1),
    ):
        with pytest.raises(ObjectNotFound, match=r"no/such\.png"):
            await reading


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../a",
        "a/../../b",
        "a/./b",
        "a//b",
        "a\\b",
        "a\0b",
        "a b",
        "%2e%2e/a",
        ".env",
        "é",
        "a" * 501,
    ],
)
async def test_a_key_that_could_lead_out_is_refused(store: Objects, key: str) -> None:
    with pytest.raises(RequestInvalid, match="key"):
        await store.put(key, b"x")
    with pytest.raises(RequestInvalid, match="key"):
        await store.delete(key)


@pytest.mark.req("B37")
async def test_s3_signs_links_for_seven_days(s3: Objects) -> None:
    await s3.put("a/1.mp3", b"sound", "audio/mpeg")
    link = httpx2.URL(await s3.sign("a/1.mp3"))

    assert link.params["X-Amz-Expires"] == str(7 * 24 * 3600)
    answer = httpx2.get(link)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (
        200,
        b"sound",
        "audio/mpeg",
    )


async def test_a_folder_leaves_signing_to_the_server(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="the server does"):
        await Objects(str(tmp_path)).sign("a/1.mp3")


async def test_an_s3_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, s3: Objects) -> None:
    with pytest.raises(StoreFailed):
        await Objects("s3://no-such-bucket").put("a/1.mp3", b"x")


FULL = """
import asyncio, os, pathlib, subprocess, sys
folder = pathlib.Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=True)
from domain.errors import StoreFailed
from providers.objects import Objects

async def main():
    store = Objects(str(folder))
    await store.put("a/1.mp3", b"small")
    try:
        await store.put("a/2.mp3", bytes(1_000_000))
    except StoreFailed as error:
        print(error)
    print(await store.exists("a/2.mp3"), await store.read("a/1.mp3"), [key async for key in store.list()])

asyncio.run(main())
# The store's own threads may abort while the interpreter ends.
sys.stdout.flush()
os._exit(0)
"""


def may_mount() -> bool:
    unshare = shutil.which("unshare")
    return bool(unshare) and not subprocess.run([unshare, "-rm", "true"], capture_output=True).returncode


@pytest.mark.skipif(not may_mount(), reason="this account may not mount a small disk")
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    command = ["unshare", "-rm", sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(objects.__file__).parents[1])

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["the disk of the object store is full", "False b'small' ['a/1.mp3']"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreFailed, match=f"Errno {errno.ENOTDIR}"):
        Objects(str(tmp_path / "file" / "objects"))


@pytest.mark.parametrize("location", ["gs://bucket", "ftp://a"])
def test_other_stores_are_refused(location: str) -> None:
    with pytest.raises(StoreFailed, match=r"s3://bucket/prefix"):
        Objects(location)


def test_objects_lie_beside_the_database_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FABULA_OBJECTS", raising=False)
    monkeypatch.setenv("FABULA_HOME", "/srv/fabula")
    assert objects.default_location() == "/srv/fabula/objects"
    monkeypatch.setenv("FABULA_OBJECTS", "s3://bucket/stories")
    assert objects.default_location() == "s3://bucket/stories"


@pytest.mark.parametrize(
    ("key", "media_type"),
    [
        ("a.mp3", "audio/mpeg"),
        ("a.m4b", "audio/mp4"),
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.pdf", "application/pdf"),
        ("a.epub", "application/epub+zip"),
        ("a", "application/octet-stream"),
    ],
)
def test_a_key_tells_its_media_type(key: str, media_type: str) -> None:
    assert objects.media_type_of(key) == media_type
