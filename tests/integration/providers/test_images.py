"""Pictures over the wire: the image service and OpenAI's API, well and badly behaved."""

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from domain.errors import MediaFailed, UnknownProvider
from domain.media import Picture, PictureWanted
from providers import images, speech
from providers.images.service import SINGLY, ImageService
from tests.media_servers import MediaServer, picture, tone

SCENES = [
    PictureWanted(scene_id=f"s{number}", prompt=f"Scene {number}", style="noir") for number in range(1, 6)
]
ONE = SCENES[:1]


@pytest.fixture
def painter(media: MediaServer, monkeypatch: pytest.MonkeyPatch) -> MediaServer:
    """The stand-in as the image service, which draws."""
    monkeypatch.setenv("FABULA_IMAGES_URL", media.url)
    SINGLY.clear()
    link = media.answer("/files/1.png", picture())
    media.answer("/api/v1/generate", {"image_url": link, "generation_time": 45.2})
    return media


def reasons(drawn: list[Picture | MediaFailed]) -> str:
    return "; ".join(str(each) for each in drawn if isinstance(each, MediaFailed))


@pytest.mark.req("B42")
async def test_the_image_service_is_asked_as_the_source_says(painter: MediaServer) -> None:
    await ImageService().draw(
        [PictureWanted(scene_id="s1", prompt="Victorian detective office, foggy night")]
    )

    assert painter.asked("/api/v1/generate") == [
        {
            "prompt": "Victorian detective office, foggy night",
            "style": "realistic",
            "aspect_ratio": "16:9",
            "metadata": {"scene_id": "s1"},
        }
    ]
    assert images.get("service:").outside


@pytest.mark.req("B44")
async def test_its_answer_becomes_a_picture(painter: MediaServer) -> None:
    (drawn,) = await ImageService().draw(ONE)

    assert isinstance(drawn, Picture)
    assert (drawn.media_type, drawn.width, drawn.height, drawn.seconds) == ("image/jpeg", 160, 90, 45.2)


@pytest.mark.req("B43")
async def test_it_is_given_180_seconds_and_no_more(painter: MediaServer) -> None:
    assert ImageService().timeout == 180

    painter.hang("/api/v1/generate")
    assert "not done after 0.2 s" in reasons(await ImageService(timeout=0.2).draw(ONE))


@pytest.mark.req("B45")
async def test_many_pictures_are_one_request(painter: MediaServer) -> None:
    links = [painter.answer(f"/files/{number}.png", picture(160 + number)) for number in range(1, 6)]
    painter.answer(
        "/api/v1/generate/batch", {"images": [{"image_url": link, "generation_time": 9} for link in links]}
    )

    drawn = await ImageService().draw(SCENES)

    assert [each.width for each in drawn if isinstance(each, Picture)] == [161, 162, 163, 164, 165]
    (asked,) = painter.asked("/api/v1/generate/batch")
    assert [each["metadata"]["scene_id"] for each in asked["requests"]] == ["s1", "s2", "s3", "s4", "s5"]
    assert not painter.asked("/api/v1/generate")


@pytest.mark.req("B45")
@pytest.mark.parametrize(
    ("answer", "status"),
    [("", 404), ("", 500), ({"images": []}, 200), ({"pictures": 1}, 200), ({"images": [{}] * 5}, 200)],
)
async def test_a_service_without_a_batch_is_asked_for_one_after_another(
    painter: MediaServer, answer: Any, status: int
) -> None:
    painter.answer("/api/v1/generate/batch", answer, status=status)

    drawn = await ImageService().draw(SCENES)

    assert all(isinstance(each, Picture) for each in drawn)
    assert {each["prompt"] for each in painter.asked("/api/v1/generate")} == {each.prompt for each in SCENES}


async def test_a_service_that_was_found_without_a_batch_is_not_asked_for_one_again(
    painter: MediaServer,
) -> None:
    await ImageService().draw(SCENES)
    assert not ImageService().batch

    await ImageService().draw(SCENES)

    assert len(painter.asked("/api/v1/generate/batch")) == 1
    assert len(painter.asked("/api/v1/generate")) == 10


async def test_a_batch_that_failed_once_is_asked_for_again(painter: MediaServer) -> None:
    painter.answer("/api/v1/generate/batch", "", status=500)

    await ImageService().draw(SCENES)

    assert ImageService().batch


async def test_one_picture_that_fails_costs_no_other(painter: MediaServer) -> None:
    good = painter.answer("/files/1.png", picture())
    bad = painter.answer("/files/2.png", b"<script>")
    said = [
        {"image_url": good},
        {"error": "too dark"},
        {"image_url": bad},
        {"image_url": good},
        {"image_url": "no"},
    ]
    painter.answer("/api/v1/generate/batch", {"images": said})

    drawn = await ImageService().draw(SCENES)

    assert [isinstance(each, Picture) for each in drawn] == [True, False, False, True, False]
    assert "too dark" in reasons(drawn)


async def test_a_batch_that_hangs_is_not_asked_for_again(painter: MediaServer) -> None:
    painter.hang("/api/v1/generate/batch")

    assert reasons(await ImageService(timeout=0.2).draw(SCENES)).count("not done") == 5
    assert not painter.asked("/api/v1/generate")


@pytest.mark.parametrize(
    ("path", "body", "how", "reason"),
    [
        ("/api/v1/generate", b"", {"status": 503}, "answered 503"),
        ("/api/v1/generate", b"garbage", {}, "no JSON"),
        ("/api/v1/generate", {"url": 1}, {}, "image_url"),
        ("/api/v1/generate", {"image_url": "http://10.0.0.1/a.png"}, {}, "private address"),
        ("/files/1.png", b"#!/bin/sh\n", {"headers": {"Content-Type": "image/png"}}, "no picture"),
        ("/files/1.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', {}, "no picture"),
        ("/files/1.png", b"", {"megabytes": 500}, "more than 20,000,000 bytes"),
        (
            "/files/1.png",
            b"",
            {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
            "private address",
        ),
    ],
)
async def test_what_goes_wrong_is_said(
    painter: MediaServer, path: str, body: Any, how: Any, reason: str
) -> None:
    painter.answer(path, body, **how)

    assert reason in reasons(await ImageService().draw(ONE))


@pytest.mark.req("B69")
async def test_sound_and_pictures_are_made_at_the_same_time_each_within_its_bound(
    painter: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = MediaServer()
    try:
        monkeypatch.setenv("FABULA_MEDIA_AT_ONCE", "4")
        monkeypatch.setenv("FABULA_SPEECH_URL", voice.url)
        voice.answer("/api/v1/generate", {"audio_url": voice.answer("/1.wav", tone(0.5))}, held=True)
        painter.answer("/api/v1/generate", {"image_url": f"{painter.url}/files/1.png"}, held=True)
        speaking = [speech.get("service:").speak("Nobody answered.", "v", each.scene_id) for each in SCENES]

        making = asyncio.gather(images.get("service:").draw(SCENES), *speaking)
        await asyncio.gather(voice.until(4), painter.until(4))
        await asyncio.sleep(0.1)  # whoever asks beyond what is set would by now have asked
        voice.release()
        painter.release()
        drawn, *sounds = await making

        assert all(isinstance(each, Picture) for each in drawn)
        assert len(sounds) == 5
        assert (voice.most, painter.most) == (4, 4)
    finally:
        voice.close()


@pytest.fixture
def openai_painter(media: MediaServer, monkeypatch: pytest.MonkeyPatch) -> MediaServer:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{media.url}/v1")
    return media


@pytest.mark.parametrize(("model", "size"), [("gpt-image-1", "1536x1024"), ("dall-e-3", "1792x1024")])
async def test_openai_draws_in_the_widest_size_that_it_has(
    openai_painter: MediaServer, model: str, size: str
) -> None:
    openai_painter.answer(
        "/v1/images/generations", {"created": 1, "data": [{"b64_json": b64encode(picture()).decode()}]}
    )

    (drawn,) = await images.get(f"openai:{model}").draw(ONE)

    assert isinstance(drawn, Picture)
    (asked,) = openai_painter.asked("/v1/images/generations")
    assert (asked["model"], asked["size"], asked["n"]) == (model, size, 1)
    assert asked["prompt"] == "Scene 1\n\nStyle: noir"


async def test_openai_that_answers_with_a_link_is_fetched_from(openai_painter: MediaServer) -> None:
    link = openai_painter.answer("/files/1.png", picture())
    openai_painter.answer("/v1/images/generations", {"created": 1, "data": [{"url": link}]})

    assert isinstance((await images.get("openai:gpt-image-1").draw(ONE))[0], Picture)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ({"error": {"message": "Your request was rejected by the safety system"}}, 400, "safety system"),
        ({"created": 1, "data": []}, 200, "openai:gpt-image-1"),
        ({"created": 1, "data": [{"b64_json": "###"}]}, 200, "base64"),
        ({"created": 1, "data": [{"b64_json": "PHNjcmlwdD4="}]}, 200, "no picture"),
        ({"created": 1, "data": [{}]}, 200, "link"),
    ],
)
async def test_openai_that_fails_says_why(
    openai_painter: MediaServer, answer: Any, status: int, reason: str
) -> None:
    openai_painter.answer("/v1/images/generations", answer, status=status)

    assert reason in reasons(await images.get("openai:gpt-image-1").draw(ONE))


async def test_a_server_that_draws_nothing_says_so(media: MediaServer) -> None:
    assert reasons(await images.get("none:").draw(SCENES)).count("draws no pictures") == 5
    with pytest.raises(UnknownProvider, match="midjourney"):
        images.get("midjourney:6")
