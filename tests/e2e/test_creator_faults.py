"""A server whose disk is full, over HTTP: the book goes on without what could not be kept, and gets it later."""

import asyncio
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.chat_server import free_port
from tests.e2e.conftest import ended
from tests.media_servers import picture, tone

PREFIX = "/api/v1/story"
# Root keeps its own user: Postgres' socket would be another's in a new namespace of users.
OWN_DISKS = ["-m"] if os.geteuid() == 0 else ["-rm"]
SMALL_DISK = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'


def may_mount() -> bool:
    unshare = shutil.which("unshare")
    tried = [str(unshare), *OWN_DISKS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return bool(unshare) and not subprocess.run(tried, capture_output=True).returncode


@asynccontextmanager
async def served(home, database, services, disk, size):
    """Serve with an object store on a small disk of the server's own; give a client and the server's process."""
    port = free_port()
    settings = {"FABULA_SPEECH": "service:", "FABULA_IMAGES": "service:", "FABULA_OBJECTS": str(disk)}
    settings |= {
        "FABULA_SPEECH_URL": services.url,
        "FABULA_IMAGES_URL": services.url,
        "DATABASE_URL": database,
    }
    command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        *("unshare", *OWN_DISKS, "sh", "-c", SMALL_DISK, "sh", size, str(disk), *command),
        cwd=home.folder,
        env=home.environment(**settings),
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    home.running.append(process)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        async with asyncio.timeout(60):
            while True:
                assert process.returncode is None, (await ended(process)).err
                try:
                    if (await client.get("/health")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield client, process


async def do(client, path, **body):
    """Do something in a session and return it once it is done."""
    answer = await client.post(f"{PREFIX}/{path}", json=body)
    envelope = answer.json()
    assert (answer.status_code in (200, 202), envelope["success"], envelope["error"]) == (True, True, None)
    place = f"{PREFIX}/session/{envelope['data']['session_id']}"
    async with asyncio.timeout(60):
        while (progress := (await client.get(f"{place}/progress")).json()["data"])["status"] == "working":
            await asyncio.sleep(0.05)
    return (await client.get(place)).json()["data"], progress["warnings"]


@pytest.fixture
def services(media):
    """A voice and an image service: each sound takes about 700 KB when it is kept."""
    media.answer("/api/v1/narrators", {"narrators": [{"voice_id": "voice-1", "name": "Ada"}]})
    link = {"audio_url": media.answer("/1.wav", tone(20)), "image_url": media.answer("/1.png", picture())}
    media.answer("/api/v1/generate", link)
    return media


@pytest.mark.skipif(not may_mount(), reason="this account may not mount a small disk")
async def test_a_full_disk_costs_what_does_not_fit_and_what_fits_is_not_paid_for_again(
    database_url, home, services
):
    disk = home.folder / "disk"
    disk.mkdir()
    async with served(home, database_url, services, disk, "1700k") as (client, process):
        session, _ = await do(client, "start", prompt="A lighthouse keeper hears the fog answer.")
        about = {"session_id": session["session_id"]}
        concept = session["generated_concepts"][0]["concept_id"]
        session, _ = await do(client, "select-concept", **about, concept_id=concept)
        scenes = len(session["current_draft"]["scenes"])
        await do(client, "approve-scene", **about)
        await do(client, "select-format", **about, format="both", consent=True)
        session, warnings = await do(client, "select-narrator", **about, narrator_id="voice-1")

        assert session["current_stage"] == "completed"
        kept = len(session["generated_audio"]) + len(session["generated_images"])
        assert 0 < len(session["generated_audio"]) < scenes
        assert kept + len(warnings) == 2 * scenes + 1
        assert {one["message"] for one in warnings} == {"the disk of the object store is full"}
        for url in [one["audio_url"] for one in session["generated_audio"]]:
            assert (await client.get(url)).status_code == 200
        asked = len(services.asked("/api/v1/generate"))

        enlarge(process.pid, disk)
        session, warnings = await do(client, "generate", **about)
        assert (len(session["generated_audio"]), len(session["generated_images"])) == (scenes, scenes + 1)
        assert warnings == []
        assert len(services.asked("/api/v1/generate")) == asked + 2 * scenes + 1 - kept


def enlarge(pid, disk):
    """Give the server's disk more room."""
    users = [] if os.geteuid() == 0 else ["-U", "--preserve-credentials"]
    within = ["nsenter", "-t", str(pid), "-m", *users]
    subprocess.run([*within, "mount", "-o", "remount,size=64m", str(disk)], check=True)
