"""Services that misbehave, a store that takes nothing, requests that mean no good: the book goes on, none is a 500."""

import json

import pytest

from providers import speech
from providers.speech import service as voices
from tests.creations import PROMPT
from tests.integration.http.creator.conftest import ENVELOPE, PREFIX
from tests.media_servers import picture, tone

PRIVATE = "http://10.0.0.1/picture.png"
VOICE = [{"voice_id": "voice-1", "name": "Ada", "gender": "female"}]


@pytest.fixture
def services(world, media, monkeypatch):
    """A voice and an image service that do well."""
    for name, value in (("SPEECH", "service:"), ("IMAGES", "service:")):
        monkeypatch.setenv(f"FABULA_{name}", value)
        monkeypatch.setenv(f"FABULA_{name}_URL", media.url)
    voices.CASTS.clear()
    media.answer("/api/v1/narrators", {"narrators": VOICE})
    answer = {
        "audio_url": media.answer("/1.wav", tone(1.0)),
        "duration": 1.0,
        "format": "wav",
        "image_url": media.answer("/1.png", picture()),
        "generation_time": 1.5,
    }
    media.answer("/api/v1/generate", answer)
    media.answer("/api/v1/generate/batch", {"images": [answer] * 5})
    return media


async def complete(creator):
    """Have a whole book made by the services, and return the session and what it is warned of."""
    await creator.draft()
    await creator.do("approve-scene")
    await creator.do("select-format", format="both", consent=True)
    session = (await creator.do("select-narrator", narrator_id="voice-1"))["data"]
    return session, (await creator.progress())["warnings"]


@pytest.mark.req("B26", "B38", "B42")
async def test_what_services_make_is_kept_here_and_linked_in_the_session(services, creator, tmp_path):
    session, warnings = await complete(creator)

    assert (session["current_stage"], warnings) == ("completed", [])
    urls = [one["audio_url"] for one in session["generated_audio"]]
    urls += [one["image_url"] for one in session["generated_images"]]
    assert len(urls) == 4 + 5
    services.close()
    for url in urls:
        kept = await creator.get(url)
        assert kept.status_code == 200
        assert services.url not in url
    files = [path for path in (tmp_path / "objects" / "creator").rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix in (".mp3", ".jpg", ".png")]) == len(urls)


def broken_batch(media):
    media.answer("/api/v1/generate/batch", {}, status=500)


FAULTS = {
    "fails": lambda media: media.answer("/api/v1/generate", {}, status=503),
    "answers with a page": lambda media: media.answer("/api/v1/generate", b"<html>Sorry.</html>"),
    "sends a script": lambda media: media.answer("/1.png", b"<script>alert(1)</script>"),
    "sends 500 MB": lambda media: media.answer("/1.png", b"", megabytes=500),
    "leads to a private address": lambda media: media.redirect("/1.png", PRIVATE),
}


@pytest.mark.req("B41")
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_service_that_misbehaves_costs_its_assets_and_never_the_book(services, creator, fault):
    broken_batch(services)
    FAULTS[fault](services)
    session, warnings = await complete(creator)

    assert session["current_stage"] == "completed"
    assert session["generated_images"] == []
    assert {one["kind"] for one in warnings} >= {"picture", "cover"}
    assert all(one["message"] for one in warnings)
    assert services.sent < 1_000_000_000
    assert "It was the hour of scene 1." in session["current_draft"]["scenes"][0]["content"]


@pytest.mark.req("B39", "B41")
async def test_a_service_that_hangs_costs_what_it_did_not_make_and_is_paid_for_nothing_twice(
    services, creator, monkeypatch
):
    monkeypatch.setitem(speech.PROVIDERS, "service", lambda _: voices.SpeechService(timeout=1.2))
    services.tire("/api/v1/generate", after=2)
    await creator.draft()
    await creator.do("approve-scene")
    await creator.do("select-format", format="both", consent=True)
    about = {"session_id": creator.session_id, "narrator_id": "voice-1"}
    answer = await creator.post(f"{PREFIX}/select-narrator", json=about)

    assert answer.status_code == 202
    assert answer.headers["location"] == f"{PREFIX}/session/{creator.session_id}/progress"
    envelope = answer.json()
    assert (set(envelope), envelope["success"], envelope["error"]) == (ENVELOPE, True, None)
    assert envelope["data"]["current_stage"] == "generation"
    session = (await creator.ended())["data"]
    assert (session["current_stage"], len(session["generated_audio"])) == ("completed", 2)
    assert len(session["generated_images"]) == 5
    warnings = (await creator.progress())["warnings"]
    assert [(one["kind"], "not done after 1.2 s" in one["message"]) for one in warnings] == [
        ("sound", True)
    ] * 2
    assert len(services.asked("/api/v1/generate")) == 2 + 2 * 2

    services.rest()
    again = (await creator.do("generate"))["data"]
    assert len(again["generated_audio"]) == len(session["current_draft"]["scenes"]) == 4
    assert (await creator.progress())["warnings"] == []
    assert len(services.asked("/api/v1/generate")) == 2 + 2 * 2 + 2
    assert len(services.asked("/api/v1/generate/batch")) == 1


async def test_a_store_that_takes_no_sound_costs_the_sound(creator, tmp_path):
    await creator.draft()
    folder = tmp_path / "objects" / "creator" / creator.session_id
    folder.mkdir(parents=True)
    (folder / "sound").write_text("This is no folder.")
    await creator.do("approve-scene")
    await creator.do("select-format", format="both")
    session = (await creator.do("select-narrator", narrator_id="voice-1"))["data"]

    assert session["current_stage"] == "completed"
    assert session["generated_audio"] == []
    assert len(session["generated_images"]) == 5
    warnings = (await creator.progress())["warnings"]
    assert {one["kind"] for one in warnings} == {"sound"}
    assert "the object store failed" in warnings[0]["message"]


NASTY = {"a NUL": "A fog\0 answers.", "half a sign": "A fog \ud800 answers.", "nothing": " \n "}


@pytest.mark.parametrize("case", NASTY)
async def test_texts_that_are_none_are_refused(creator, case):
    text = NASTY[case]
    escaped = {"prompt": text} | ({"user_id": text} if case != "nothing" else {})
    for name, value in escaped.items():
        await refused(creator, "start", {"prompt": PROMPT, name: value}, name)
    scene = (await creator.draft())["scenes"][0]
    about = {"session_id": creator.session_id, "scene_id": scene["scene_id"]}
    await refused(creator, "rewrite-scene", {**about, "feedback": text}, "feedback")
    await refused(creator, "rewrite-scene", {**about, "content": text}, "content")
    await refused(creator, "restart", {"session_id": creator.session_id, "prompt": text}, "prompt")
    assert (await creator.session())["current_draft"]["scenes"][0] == scene


async def refused(creator, path, body, field):
    answer = await creator.post(f"/api/v1/story/{path}", content=json.dumps(body))
    assert answer.status_code == 400, (path, field, answer.text)
    assert answer.json()["success"] is False


@pytest.mark.parametrize(
    "garbage", ["x", "%00", "%2e%2e%2fetc", "7b1c1d8e", "'; DROP TABLE threads; --", "1" * 5_000]
)
async def test_garbage_for_a_session_is_refused_on_every_route(creator, garbage):
    for path in ("", "/progress", "/stream", "/export", "/scenes/s/versions"):
        answer = await creator.get(f"/api/v1/story/session/{garbage}{path}")
        assert answer.status_code in (400, 404, 405), (path, answer.text)
    for path in ("approve-scene", "generate", "cancel"):
        answer = await creator.post(f"/api/v1/story/{path}", json={"session_id": garbage})
        assert answer.status_code == 400
        assert answer.json()["error"]["field"] == "session_id"
