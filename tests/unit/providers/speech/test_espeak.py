"""The offline narrators: who they are, and how they sound by measure."""

import asyncio
from io import BytesIO

import pytest

from domain.errors import MediaFailed
from domain.media import Sound
from domain.text import count_words, paragraphs, sentences
from providers import speech
from providers.speech import audio
from providers.speech.espeak_voices import VOICES

pytest.importorskip("espeakng_loader", reason="the espeak extra is not installed")
TEXT = (
    "The lamp had gone out before midnight, and nobody in the village would say who had last climbed the stairs. "
    "Mara counted the steps as she went up: one hundred and twelve, the same as always. “You are late,” said the "
    "keeper, without turning round.\n\nShe set the oil can down. Outside, the fog pressed its grey face against the "
    "glass, and somewhere below it a bell was ringing.\n\n“Who rings it?” she asked. “Nobody has been on that rock "
    "for thirty years.”\n\nThe old man laughed; it was not a pleasant sound. Then he gave her the key."
)


async def spoken(voice_id: str, text: str = TEXT) -> Sound:
    return await speech.get("offline:espeak").speak(text, voice_id)


@pytest.mark.req("B23", "B24")
async def test_there_are_narrators_of_both_genders_with_accent_and_tone() -> None:
    narrators = await speech.get("offline:espeak").narrators()

    assert len({narrator.voice_id for narrator in narrators}) == len(narrators) >= 6
    assert {narrator.gender for narrator in narrators} == {"male", "female"}
    assert len({narrator.accent for narrator in narrators}) >= 4
    assert all(narrator.name and narrator.tone for narrator in narrators)


@pytest.mark.parametrize("voice_id", VOICES)
async def test_a_narrator_reads_at_a_pleasant_pace_within_the_norm(voice_id: str) -> None:
    sound = await spoken(voice_id)
    levels = audio.levels(BytesIO(sound.data))

    begin, end = sound.marks[0].start, sound.marks[-1].end
    assert 140 <= count_words(TEXT) / (end - begin) * 60 <= 175
    assert -23 <= levels.rms <= -18
    assert levels.peak <= -3
    assert levels.seconds == pytest.approx(sound.seconds, abs=0.1)


async def test_narrators_do_not_sound_alike() -> None:
    sounds = await asyncio.gather(*(spoken(voice_id, "The lamp had gone out.") for voice_id in VOICES))

    assert len({sound.data for sound in sounds}) == len(VOICES)


async def test_marks_stand_where_the_pauses_are() -> None:
    sound = await spoken("en-GB-female-1")
    silences = audio.silences(BytesIO(sound.data), below=-50, least=0.25)

    assert [mark.text for mark in sound.marks] == [
        " ".join(each.split()) for part in paragraphs(TEXT) for each in sentences(part)
    ]
    for before, after in zip(sound.marks, sound.marks[1:], strict=False):
        middle = (before.end + after.start) / 2
        assert any(start < middle < end for start, end in silences), before.text


async def test_paragraphs_are_further_apart_than_sentences() -> None:
    marks = (await spoken("en-GB-male-1", "One is here. Two is here.\n\nThree is here.")).marks

    assert 0.3 <= marks[1].start - marks[0].end <= 0.5
    assert 0.7 <= marks[2].start - marks[1].end <= 1.0


async def test_a_narrator_that_there_is_not_is_refused() -> None:
    with pytest.raises(MediaFailed, match="'nobody'"):
        await spoken("nobody")


@pytest.mark.parametrize(
    "text", ["A\0B <b>c</b> [[h@l'oU]] {x} & 3 > 2.", "日本語のテキスト。", "é" * 300, "Wait… no — 😀 yes!"]
)
async def test_strange_signs_are_read_or_left_out(text: str) -> None:
    assert (await spoken("en-US-male-1", text)).seconds > 1.5


async def test_two_narrators_at_once_keep_their_voices() -> None:
    alone = [await spoken(voice_id, "Nobody answered.") for voice_id in ("en-GB-male-1", "en-US-female-1")]
    together = await asyncio.gather(
        *(spoken(voice_id, "Nobody answered.") for voice_id in ("en-GB-male-1", "en-US-female-1") * 3)
    )

    assert [sound.data for sound in together] == [sound.data for sound in alone] * 3
