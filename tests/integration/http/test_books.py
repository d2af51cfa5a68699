"""Books with sound and pictures, over HTTP: made once, in the background."""

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers import objects
from providers.scripted import Script
from providers.speech import espeak_voices
from tests import stories

from .conftest import STORY, Api

pytestmark = pytest.mark.usefixtures("store", "short")


@pytest.fixture
def short(script: Script) -> None:
    """Let the chapters be as short as they may be: a voice is not quick."""

    def answer(prompt: str, inputs: dict[str, Any]) -> Any:
        if prompt == "story/write_chapter":
            return stories.chapter_text(inputs["chapter"], words=105)
        return stories.answer(prompt, inputs)

    script.answer = answer


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FABULA_OBJECTS", str(tmp_path / "objects"))
    monkeypatch.setenv("FABULA_SPEECH", "offline:espeak")
    monkeypatch.setenv("FABULA_IMAGES", "offline:illustrator")
    return tmp_path / "objects"


async def made(api: Api, path: str) -> httpx.Response:
    """Ask for a book until it is there."""
    async with asyncio.timeout(30):
        while (answer := await api.get(path)).status_code == 202:
            assert int(answer.headers["retry-after"]) > 0
            await asyncio.sleep(0.2)
    return answer


async def finished(api: Api) -> str:
    job_id = await api.start(chapters=2, min_words=100, max_words=150)
    assert (await api.ended(job_id))["status"] == "completed"
    return job_id


@pytest.mark.req("B85")
async def test_a_finished_story_is_an_audiobook_that_is_made_once(api, store):
    path = f"{STORY}/job/{await finished(api)}/book.m4b"

    assert (await api.get(path)).status_code == 202
    book = await made(api, path)

    assert book.status_code == 200
    assert book.headers["content-type"] == "audio/mp4"
    assert int(book.headers["content-length"]) == len(book.content)
    assert book.content[4:12] == b"ftypM4B "
    kept = {file: file.stat().st_mtime_ns for file in store.rglob("*") if file.is_file()}
    assert (await api.get(path)).content == book.content
    assert {file: file.stat().st_mtime_ns for file in store.rglob("*") if file.is_file()} == kept


async def test_another_format_and_another_narrator_share_what_is_the_same(api, store):
    path = f"{STORY}/job/{await finished(api)}"
    first, second, *_ = espeak_voices.VOICES
    await made(api, f"{path}/book.m4b")
    assert len(list(store.rglob("*.mp3"))) == 2

    epub = await made(api, f"{path}/book.epub?narrator={first}")
    assert len(list(store.rglob("*.mp3"))) == 2
    with zipfile.ZipFile(io.BytesIO(epub.content)) as archive:
        assert "EPUB/chapter-2.smil" in archive.namelist()

    await made(api, f"{path}/book.m4b?narrator={second}")
    assert len(list(store.rglob("*.mp3"))) == 4


async def test_a_book_is_illustrated_when_that_is_asked_for(api, store):
    path = f"{STORY}/job/{await finished(api)}/book.epub"

    plain = (await api.get(path)).content
    pictured = (await made(api, f"{path}?pictures=true")).content

    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert not any(name.endswith(".jpg") for name in archive.namelist())
    with zipfile.ZipFile(io.BytesIO(pictured)) as archive:
        assert {"EPUB/chapter-1.jpg", "EPUB/chapter-2.jpg"} <= set(archive.namelist())


@pytest.mark.parametrize(
    ("provider", "asked"), [("FABULA_SPEECH", "book.m4b"), ("FABULA_IMAGES", "book.pdf?pictures=true")]
)
@pytest.mark.req("B63")
async def test_nothing_goes_to_an_outside_service_without_consent(api, monkeypatch, provider, asked):
    asked_for = []

    async def listen(reader, writer):
        asked_for.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as service:
        port = service.sockets[0].getsockname()[1]
        for name in ("SPEECH", "IMAGES"):
            monkeypatch.setenv(f"FABULA_{name}_URL", f"http://127.0.0.1:{port}")
        monkeypatch.setenv(provider, "service:")
        answer = await api.get(f"{STORY}/job/{await finished(api)}/{asked}")

    assert answer.status_code == 403
    assert "consent=true" in answer.json()["detail"]
    assert asked_for == []


async def test_a_narrator_that_there_is_not_is_refused(api, store):
    answer = await api.get(f"{STORY}/job/{await finished(api)}/book.m4b?narrator=nobody")

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("narrator: there is no narrator 'nobody'; there are en-GB")
    assert not store.exists()


async def test_a_server_without_voices_says_so(api, monkeypatch):
    monkeypatch.setenv("FABULA_SPEECH", "none:")

    answer = await api.get(f"{STORY}/job/{await finished(api)}/book.m4b")

    assert answer.status_code == 502
    assert "none:" in answer.json()["detail"]


async def test_what_kept_a_book_from_being_made_is_said_and_it_can_be_asked_for_again(api, store):
    job_id = await finished(api)
    (store / "stories").mkdir(parents=True)
    (store / "stories" / job_id).write_text("a file where a folder must be")

    failed = await made(api, f"{STORY}/job/{job_id}/book.m4b")
    assert failed.status_code == 500
    assert "the object store failed" in failed.json()["detail"]

    (store / "stories" / job_id).unlink()
    assert (await made(api, f"{STORY}/job/{job_id}/book.m4b")).status_code == 200
    assert await objects.get().exists(f"stories/{job_id}") is False
