"""Speech over the wire: the voice service and OpenAI's API, well and badly behaved."""

import asyncio
from io import BytesIO
from typing import Any

import pytest

from domain.errors import MediaFailed, UnknownProvider
from domain.media import NarratorProfile
from providers import speech
from providers.speech import audio, service
from providers.speech.openai import OpenAISpeech
from providers.speech.service import SpeechService
from tests.media_servers import MediaServer, tone

TEXT = "The lamp had gone out. Nobody answered."
NARRATOR = {
    "voice_id": "en-GB-male-1",
    "name": "Edmund",
    "gender": "male",
    "accent": "British",
    "tone": "calm",
    "sample_url": "https://voices.example/edmund.mp3",
}
SCRIPT = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def voice(media: MediaServer, monkeypatch: pytest.MonkeyPatch) -> MediaServer:
    """The stand-in as the voice service, which speaks."""
    monkeypatch.setenv("FABULA_SPEECH_URL", f"{media.url}/")
    link = media.answer("/files/1.wav", tone(3, pauses=(1.4,)))
    media.answer("/api/v1/generate", {"audio_url": link, "duration": 123.45, "format": "mp3"})
    service.CASTS.clear()
    return media


async def said(text: str = TEXT, **how: Any) -> Any:
    return await SpeechService(**how).speak(text, "en-GB-male-1", "scene-7")


@pytest.mark.req("B38")
async def test_the_voice_service_is_asked_as_the_source_says(voice: MediaServer) -> None:
    await said()

    assert voice.asked("/api/v1/generate") == [
        {"text": TEXT, "voice_id": "en-GB-male-1", "metadata": {"scene_id": "scene-7"}}
    ]
    assert speech.get("service:").outside


@pytest.mark.req("B40")
async def test_its_answer_becomes_sound_within_the_norm_with_marks(voice: MediaServer) -> None:
    sound = await said()

    levels = audio.levels(BytesIO(sound.data))
    assert sound.media_type == "audio/mpeg"
    assert sound.seconds == pytest.approx(3 + audio.LEAD + audio.TAIL, abs=0.05), "measured, not believed"
    assert -23 <= levels.rms <= -18
    assert [mark.text for mark in sound.marks] == ["The lamp had gone out.", "Nobody answered."]
    assert sound.marks[0].end == pytest.approx(audio.LEAD + 1.4, abs=0.1)


@pytest.mark.req("B39")
async def test_it_is_given_120_seconds_and_no_more(voice: MediaServer) -> None:
    assert SpeechService().timeout == 120

    voice.hang("/api/v1/generate")
    with pytest.raises(MediaFailed, match=r"not done after 0\.2 s"):
        await said(timeout=0.2)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((b"", {"status": 503}), "answered 503"),
        ((b"<html>", {}), "no JSON"),
        (([1, 2], {}), "audio_url"),
        (({"duration": 3}, {}), "audio_url"),
        (({"audio_url": None}, {}), "audio_url"),
        (({"audio_url": "file:///etc/passwd"}, {}), "no plain http"),
        (({"audio_url": "http://169.254.169.254/latest"}, {}), "private address"),
        ((b'{"audio_url": "', {"megabytes": 500}), "more than 1,000,000 bytes"),
    ],
)
async def test_a_bad_answer_fails_the_sound_and_nothing_else(
    voice: MediaServer, answer: Any, reason: str
) -> None:
    voice.answer("/api/v1/generate", answer[0], **answer[1])

    with pytest.raises(MediaFailed, match=reason):
        await said()


@pytest.mark.parametrize(
    ("body", "how", "reason"),
    [
        (SCRIPT, {"headers": {"Content-Type": "audio/mpeg"}}, "no sound"),
        (b"", {"megabytes": 500}, "more than 100,000,000 bytes"),
        (b"", {"status": 404}, "answered 404"),
        (tone(1, 0.0), {}, "silent"),
    ],
)
async def test_what_its_link_leads_to_is_checked(
    voice: MediaServer, body: bytes, how: Any, reason: str
) -> None:
    voice.answer("/files/1.wav", body, **how)

    with pytest.raises(MediaFailed, match=reason):
        await said()


async def test_its_link_may_not_lead_inside(voice: MediaServer) -> None:
    voice.redirect("/files/1.wav", "http://127.0.0.1:1/")

    with pytest.raises(MediaFailed, match="private address"):
        await said()


@pytest.mark.req("B48")
async def test_narrators_are_asked_for_once_in_their_time(voice: MediaServer) -> None:
    voice.answer("/api/v1/narrators", {"narrators": [NARRATOR]})
    now = 0.0

    async def ask() -> list[NarratorProfile]:
        return await SpeechService(clock=lambda: now).narrators()

    first, *_ = await asyncio.gather(*(ask() for _ in range(5)))
    now = service.TTL - 1
    assert await ask() == first == [NarratorProfile.model_validate(NARRATOR)]
    assert len(voice.asked("/api/v1/narrators")) == 1
    now = service.TTL
    await ask()
    assert len(voice.asked("/api/v1/narrators")) == 2


async def test_a_service_that_names_nobody_has_the_narrators_that_are_configured(
    voice: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MediaFailed, match="names no narrators"):
        await SpeechService().narrators()

    monkeypatch.setenv("FABULA_NARRATORS", '[{"voice_id": "v1", "name": "Vera"}]')
    assert [each.voice_id for each in await SpeechService().narrators()] == ["v1"]


@pytest.mark.parametrize("most", [1, 2, 8])
async def test_no_more_is_asked_at_once_than_is_set(
    voice: MediaServer, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    if most != 8:
        monkeypatch.setenv("FABULA_MEDIA_AT_ONCE", str(most))
    voice.answer("/api/v1/generate", {"audio_url": "nothing"}, held=True)

    asking = asyncio.gather(*(said() for _ in range(9)), return_exceptions=True)
    await voice.until(most)
    await asyncio.sleep(0.1)  # whoever asks beyond what is set would by now have asked
    voice.release()

    assert all(isinstance(answer, MediaFailed) for answer in await asking)
    assert len(voice.requests) == 9
    assert voice.most == most


async def test_a_sound_that_is_being_worked_on_takes_no_place_at_the_service(
    voice: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABULA_MEDIA_AT_ONCE", "1")
    voice.answer("/files/1.wav", tone(3), held=True)

    speaking = asyncio.gather(said(), said())
    async with asyncio.timeout(20):
        while len(voice.asked("/api/v1/generate")) < 2:
            await asyncio.sleep(0.01)
    voice.release()

    assert all(sound.data for sound in await speaking)


async def test_openai_reads_long_texts_in_pieces_that_end_with_a_sentence(
    media: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{media.url}/v1")
    media.answer("/v1/audio/speech", tone(2))
    text = "Every one of these sentences is read. " * 200

    sound = await speech.get("openai:gpt-4o-mini-tts").speak(text, "fable")

    asked = media.asked("/v1/audio/speech")
    assert len(asked) == 2
    assert {(each["model"], each["voice"], each["response_format"]) for each in asked} == {
        ("gpt-4o-mini-tts", "fable", "mp3")
    }
    assert all(len(each["input"]) <= 4_000 and each["input"].endswith("read.") for each in asked)
    assert len(sound.marks) == 200
    assert sound.seconds == pytest.approx(4 + 0.38 + audio.LEAD + audio.TAIL, abs=0.1)


async def test_a_compatible_server_of_its_own_is_used(
    media: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("FABULA_SPEECH_URL", f"{media.url}/own")
    monkeypatch.setenv("FABULA_NARRATORS", '[{"voice_id": "kokoro", "name": "Kokoro"}]')
    media.answer("/own/audio/speech", tone(1))

    await speech.get("openai:tts").speak(TEXT, "kokoro")

    assert media.asked("/own/audio/speech")[0]["voice"] == "kokoro"


@pytest.mark.parametrize(
    ("body", "how", "reason"),
    [
        (b'{"error": {"message": "Bad key sk-secret-0123456789"}}', {"status": 401}, r"\*\*\*"),
        (SCRIPT, {}, "no sound"),
        (b"", {"held": True}, r"not done after 0\.3 s|Timeout"),
    ],
)
async def test_openai_that_fails_says_why_without_the_key(
    media: MediaServer, monkeypatch: pytest.MonkeyPatch, body: bytes, how: Any, reason: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{media.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    media.answer("/v1/audio/speech", body, **how)

    with pytest.raises(MediaFailed, match=reason):
        await OpenAISpeech("tts-1", timeout=0.3 if how.get("held") else 5).speak(TEXT, "alloy")


async def test_a_server_without_speech_says_so(media: MediaServer) -> None:
    silent = speech.get("none:")

    assert await silent.narrators() == []
    with pytest.raises(MediaFailed, match="no speech"):
        await silent.speak(TEXT, "anybody")


@pytest.mark.parametrize("name", ["espeak", "offline:festival", "azure:x"])
def test_an_unknown_provider_is_named(name: str) -> None:
    with pytest.raises(UnknownProvider, match=name):
        speech.get(name)


def test_a_service_without_an_address_is_said(media: MediaServer) -> None:
    with pytest.raises(MediaFailed, match="FABULA_SPEECH_URL"):
        speech.get("service:")
