"""Moderation: nothing, a list of words, and OpenAI's endpoint."""

from typing import Any

import pytest

from domain.errors import ModerationFailed, UnknownProvider
from domain.rating import Verdict
from providers import moderation
from providers.openai_moderation import OpenAIModeration
from tests.media_servers import MediaServer

NAME = "openai:omni-moderation-latest"


@pytest.fixture
def moderator(media: MediaServer, monkeypatch: pytest.MonkeyPatch) -> MediaServer:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{media.url}/v1")
    return media


def judged(*flags: dict[str, bool]) -> dict[str, Any]:
    results = [{"flagged": any(each.values()), "categories": each, "category_scores": {}} for each in flags]
    return {"id": "m", "model": "omni", "results": results}


async def test_without_moderation_everything_is_allowed(media: MediaServer) -> None:
    assert moderation.get().name == "none"
    assert await moderation.get().check(["anything"]) == Verdict()


async def test_the_list_of_words_refuses_what_no_clean_text_needs() -> None:
    words = moderation.get("words")

    assert not words.outside
    assert await words.check(["A lamp.", "A penguin's breast."]) == Verdict()
    assert await words.check(["A lamp.", "Pornography."]) == Verdict(False, ["explicit"])


async def test_openai_judges_all_texts_together(moderator: MediaServer) -> None:
    moderator.answer(
        "/v1/moderations", judged({"violence": False}, {"violence": True, "harassment/threatening": True})
    )

    verdict = await moderation.get(NAME).check(["A lamp.", " ", "A threat."])

    assert verdict == Verdict(False, ["harassment/threatening", "violence"])
    assert moderator.asked("/v1/moderations") == [
        {"model": "omni-moderation-latest", "input": ["A lamp.", "A threat."]}
    ]
    assert moderation.get(NAME).outside


async def test_what_openai_does_not_flag_is_allowed(moderator: MediaServer) -> None:
    moderator.answer("/v1/moderations", judged({"violence": False}))

    assert await moderation.get(NAME).check(["A lamp."]) == Verdict()


async def test_nothing_to_judge_is_not_sent(moderator: MediaServer) -> None:
    assert await moderation.get(NAME).check(["", "  "]) == Verdict()
    assert not moderator.requests


@pytest.mark.parametrize(
    ("answer", "status"), [("", 500), ("garbage", 200), ({"results": []}, 200), ({}, 200)]
)
async def test_no_judgement_is_an_error_and_no_permission(
    moderator: MediaServer, answer: Any, status: int
) -> None:
    moderator.answer("/v1/moderations", answer, status=status)

    with pytest.raises(ModerationFailed):
        await moderation.get(NAME).check(["A lamp."])


async def test_a_moderator_that_hangs_is_left(moderator: MediaServer) -> None:
    moderator.hang("/v1/moderations")

    with pytest.raises(ModerationFailed):
        await OpenAIModeration("m", timeout=0.2).check(["A lamp."])


def test_an_unknown_moderation_is_named() -> None:
    with pytest.raises(UnknownProvider, match="parents"):
        moderation.get("parents")
