"""A server that makes illustrated audiobooks with a scripted model, a voice and a painter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from graphs.creator import graph
from providers import images, speech
from providers.fetch import tls
from providers.scripted import Script
from server.settings import Settings
from tests import creations
from tests.serving import serving

PREFIX = "/api/v1/story"
ENVELOPE = {"success", "message", "data", "error"}


class Creator(httpx.AsyncClient):
    """A client of the creator's API that follows a session."""

    session_id = ""

    def __init__(self, **given: Any) -> None:
        super().__init__(verify=tls(), **given)

    async def ask(self, method: str, path: str, status: int = 200, **given: Any) -> dict[str, Any]:
        """Call the API and return the envelope; 202 is as good as 200, and is waited for."""
        answer = await self.request(method, f"{PREFIX}/{path}", **given)
        envelope: dict[str, Any] = answer.json()
        assert set(envelope) == ENVELOPE, envelope
        assert envelope["success"] is (answer.status_code < 400)
        assert (envelope["error"] is None) is envelope["success"]
        if answer.status_code == 202 and status == 200:
            self.session_id = envelope["data"]["session_id"]
            return await self.ended()
        assert answer.status_code == status, envelope
        return envelope

    async def do(self, action: str, status: int = 200, **given: Any) -> dict[str, Any]:
        """Do something in the session, and return the envelope."""
        return await self.ask("POST", action, status, json={"session_id": self.session_id, **given})

    async def start(self, prompt: str = creations.PROMPT, **given: Any) -> dict[str, Any]:
        told = await self.ask("POST", "start", json={"prompt": prompt, **given})
        self.session_id = told["data"]["session_id"]
        return told

    async def session(self) -> dict[str, Any]:
        session: dict[str, Any] = (await self.ask("GET", f"session/{self.session_id}"))["data"]
        return session

    async def progress(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.ask("GET", f"session/{self.session_id}/progress"))["data"]
        return found

    async def ended(self) -> dict[str, Any]:
        """Wait until nothing is under way."""
        async with asyncio.timeout(20):
            while (await self.progress())["status"] == "working":
                await asyncio.sleep(0.02)
        return await self.ask("GET", f"session/{self.session_id}")

    async def draft(self) -> dict[str, Any]:
        """Have the first concept drafted."""
        started = await self.start()
        concept = started["data"]["generated_concepts"][0]
        told = await self.do("select-concept", concept_id=concept["concept_id"])
        draft: dict[str, Any] = told["data"]["current_draft"]
        return draft

    async def complete(self, format: str = "both") -> dict[str, Any]:
        """Have a whole book made."""
        await self.draft()
        await self.do("approve-scene")
        told = await self.do("select-format", format=format)
        if format != "visual":
            told = await self.do("select-narrator", narrator_id="voice-1")
        session: dict[str, Any] = told["data"]
        return session


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> creations.Voice:
    made = creations.Voice()
    monkeypatch.setitem(speech.PROVIDERS, "told", lambda _: made)
    monkeypatch.setenv("FABULA_SPEECH", "told:voice")
    return made


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> creations.Painter:
    made = creations.Painter()
    monkeypatch.setitem(images.PROVIDERS, "told", lambda _: made)
    monkeypatch.setenv("FABULA_IMAGES", "told:painter")
    return made


@pytest.fixture
def world(
    database_url: str,
    script: Script,
    voice: creations.Voice,
    painter: creations.Painter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What every server of a test shares: a database, an object store, a model, a voice and a painter."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FABULA_MODEL", script.name)
    monkeypatch.setenv("FABULA_OBJECTS", str(tmp_path / "objects"))
    script.answer = creations.answer


@asynccontextmanager
async def served(settings: Settings, **client: Any) -> AsyncIterator[Creator]:
    """Serve the creator on a real socket."""
    async with (
        serving(settings, creator=graph) as address,
        Creator(base_url=address, timeout=30, **client) as creator,
    ):
        yield creator


@pytest_asyncio.fixture
async def creator(world: None, settings: Settings) -> AsyncIterator[Creator]:
    async with served(settings) as client:
        yield client
