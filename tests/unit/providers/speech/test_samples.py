"""Samples of narrators."""

from pathlib import Path

import pytest

from providers import speech
from providers.objects import Objects
from providers.speech.samples import sample

pytest.importorskip("espeakng_loader", reason="the espeak extra is not installed")


@pytest.mark.req("B24")
async def test_a_sample_is_spoken_once(tmp_path: Path) -> None:
    store = Objects(str(tmp_path))
    key = await sample(speech.get("offline:espeak"), "en-GB-male-1", store)
    spoken = await store.read(key)
    await store.put(key, b"kept")

    assert key == "samples/offline-espeak/en-GB-male-1.mp3"
    assert len(spoken) > 50_000
    assert await sample(speech.get("offline:espeak"), "en-GB-male-1", store) == key
    assert await store.read(key) == b"kept"
