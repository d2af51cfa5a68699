"""Narrators by language."""

from collections import defaultdict

import pytest

from domain.media import NarratorProfile
from providers import speech
from providers.speech.espeak_voices import FOREIGN, find_voice
from providers.speech.samples import IN_LANGUAGES
from providers.speech.service import speaking

LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "ja")


@pytest.mark.req("B80")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_narrator_reads_in_the_language(language: str) -> None:
    espeak = speech.get("offline:espeak")
    offered = await espeak.narrators(language)
    sound = await espeak.speak(IN_LANGUAGES[language], offered[-1].voice_id)

    assert {one.gender for one in offered} == {"male", "female"}
    assert {one.language.split("-")[0] for one in offered} == {language}
    assert 7 < sound.seconds < 14
    assert len(sound.marks) == 2


async def test_a_language_without_narrators_of_ours_has_two_plain_ones() -> None:
    espeak = speech.get("offline:espeak")

    assert [one.voice_id for one in await espeak.narrators("cy")] == ["cy-male-1", "cy-female-1"]
    assert (await espeak.speak("Un tro, ar lan y môr.", "cy-female-1")).seconds > 1
    assert await espeak.narrators("tlh") == []
    assert find_voice("../../x-male-1") is None


async def test_those_of_the_language_come_first_and_nobody_twice() -> None:
    espeak = speech.get("offline:espeak")
    offered = [one.voice_id for one in await speech.narrators_for(espeak, "de")]

    assert offered[:2] == ["de-male-1", "de-female-1"]
    assert len(offered) == len(set(offered)) == 10
    assert await speech.narrators_for(espeak, "en-GB") == await espeak.narrators()


def test_who_says_no_language_speaks_any() -> None:
    people = [NarratorProfile(voice_id=name, name=name, language=name) for name in ("", "de", "pt-BR")]

    assert [one.voice_id for one in speaking("pt", people)] == ["pt-BR", ""]
    assert speaking("", people) == people


def test_no_two_narrators_have_the_same_name() -> None:
    names = defaultdict(list)
    for voice_id, voice in FOREIGN.items():
        names[voice.name].append(voice_id)
    assert max(map(len, names.values())) == 1
