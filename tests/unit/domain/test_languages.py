"""Languages by their tags, and what code makes of prose that is not English."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from domain import text
from domain.chapter_check import failures, misses
from domain.creator import CreatorInput
from domain.languages import alpha3, canonical, is_english, is_right_to_left, signs_of
from domain.manner import copied, manner_of
from domain.refusals import is_refusal
from domain.report import report
from domain.restyling import restyle_failures
from domain.story import Story, StoryInput

from .stories import load_story

TONGUES = yaml.safe_load((Path(__file__).parents[2] / "data" / "tongues.yaml").read_text(encoding="utf-8"))
SFW = {"rating": "SFW"}
SAMPLE = (
    "The constable arrived at nine. He noted the door, the lamp and the dog. The dog said nothing useful."
)


@pytest.mark.parametrize(
    ("given", "tag"), [("en", "en"), ("DE", "de"), ("en_us", "en-US"), ("iw", "he"), ("pt-br", "pt-BR")]
)
def test_a_tag_is_taken_as_the_registry_writes_it(given, tag):
    assert canonical(given) == tag
    assert StoryInput(premise="x", language=given).language == tag


@pytest.mark.req("B80")
@pytest.mark.parametrize("tag", ["", "xx", "deutsch", "und", "zxx", "x-private", "de\n", "日本", "a" * 36])
@pytest.mark.parametrize("model", [StoryInput, CreatorInput])
def test_what_is_no_language_is_refused_under_its_field(tag, model):
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"premise" if model is StoryInput else "prompt": "x", "language": tag})
    assert refused.value.errors()[0]["loc"] == ("language",)


def test_a_tag_says_how_a_language_is_written():
    assert [is_english(tag) for tag in ("en", "en-GB", "de")] == [True, True, False]
    assert [is_right_to_left(tag) for tag in ("ar", "he", "fa-IR", "de", "en")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert [signs_of(tag) for tag in ("ja", "zh-Hant", "th", "ko", "de")] == [2, 2, 3, 1, 1]
    assert [alpha3(tag) for tag in ("de-AT", "en", "ja")] == ["deu", "eng", "jpn"]


@pytest.mark.req("B80")
@pytest.mark.parametrize("language", TONGUES)
def test_sound_prose_in_any_language_is_not_misjudged(language):
    prose = TONGUES[language]
    plan = {"beats": [{"text": "Maren climbs the stairs and counts.", "words": 100}]}

    assert failures({"text": prose, "finish_reason": "stop"}, [], SFW, 100) == []
    assert misses(prose, plan, 60, 400, language) == []
    assert 100 <= text.count_words(prose) <= 220


@pytest.mark.parametrize("language", ["de", "ja", "ar"])
def test_a_text_that_breaks_off_or_loops_is_found_in_any_language(language):
    prose = TONGUES[language]
    assert failures(
        {"text": prose[: len(prose) // 2].rstrip(".。؟»」 "), "finish_reason": "stop"}, [], SFW, 10
    )
    loop = prose.split("\n\n")[2] + "\n\n"
    assert "it repeats itself over and over" in failures(
        {"text": loop * 8, "finish_reason": "stop"}, [], SFW, 10
    )
    assert "it repeats an earlier chapter" in failures({"text": prose}, [{"text": prose}], SFW, 10)


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ("»Komm«, sagte sie und ging »schnell«.", 1 / 3),
        ("„Komm her“, sagte sie.", 1 / 2),
        ("«Viens vite», dit-elle.", 1 / 2),
        ("—Ven aquí —dijo ella—. Ahora mismo.", 4 / 6),
        ("– Kom hit, sade hon.", 1.0),
        ("”Kom hit”, sade hon.", 1 / 2),
        ("「来て」と言う", 2 / 5),
        ("قالت: «تعال الآن».", 2 / 3),
    ],
)
def test_what_is_said_is_found_by_the_quotes_of_each_language(said, share):
    assert text.dialogue_share(said) == pytest.approx(share)


@pytest.mark.parametrize(
    ("whole", "count"),
    [
        ("Er kam am 3. Mai. Dr. Behrens, z. B., kam bzw. Frau Amt blieb nicht.", 2),
        ("هل سمعت؟ نعم. هذا صوت الجرس.", 3),
        ("行くよ。「待って。」と言った。", 3),
        ("»Geh.« Er ging.", 2),
    ],
)
def test_sentences_end_where_a_reader_of_the_language_ends_them(whole, count):
    assert len(text.sentences(whole)) == count


@pytest.mark.parametrize(
    ("said", "declined"),
    [
        ("Es tut mir leid, das kann ich nicht schreiben.", True),
        ("Je suis désolé, mais je ne peux pas.", True),
        ("Lo siento, no puedo ayudar con eso.", True),
        ("申し訳ありませんが、お手伝いできません。", True),
        ("»Es tut mir leid«, sagte sie.", False),
        ("—Lo siento —dijo ella.", False),
    ],
)
def test_a_model_declines_in_its_reader_s_language_and_people_of_a_story_may_be_sorry(said, declined):
    assert is_refusal(said, text.count_words(said)) is declined


@pytest.mark.req("B80")
def test_the_report_leaves_out_what_it_cannot_tell_of_a_language():
    story = told_in("de", TONGUES["de"])
    measured = report(story, min_words=50, max_words=400)
    found = {one.name: one for one in measured.measures}

    left_out = {name for name, one in found.items() if not one.measured}
    assert {
        "tense",
        "point_of_view",
        "stock_phrases",
        "near_misses",
        "beats",
        "plants",
        "callbacks",
    } <= left_out
    assert {found[name].limit for name in left_out} == {"not measured"}
    assert {"dialogue", "rhythm", "truncation", "words_per_chapter", "repetition"}.isdisjoint(left_out)
    assert found["dialogue"].value > 0.1
    assert found["names_used"].passed
    assert measured.lines()[0].endswith(f"of {len(found) - len(left_out)} measures passed")
    assert f"{len(left_out)} measures cannot be taken in de." in measured.notes


@pytest.mark.parametrize("language", ["ja", "th", "ar"])
def test_no_measure_fails_for_the_language_alone(language):
    measured = report(told_in(language, TONGUES[language]), min_words=50, max_words=400)
    by_chapter = {
        "names_used",
        "shared_8grams",
        "openings",
        "endings",
        "sentences_twice",
        "synopsis",
        "chapter_count",
    }
    assert [one.name for one in measured.measures if not one.passed and one.name not in by_chapter] == []


def test_an_english_report_is_as_it_was():
    assert all(one.measured for one in report(load_story("golden_story.yaml")).measures)


@pytest.mark.req("B82")
def test_a_text_that_copies_from_the_sample_of_its_style_is_not_sound():
    request = SFW | {"style_sample": SAMPLE}
    copy = "It was late. He noted the door, the lamp and the dog, and left the house by the garden."

    assert copied("He noted a door. The lamp burned, and the dog slept on.", request) == []
    [problem] = failures({"text": copy, "finish_reason": "stop"}, [], request, 10)
    assert "it copies the style sample" in problem
    assert "he noted the door the lamp and the" in problem
    assert copied("A dog.", {"style_sample": "A dog."}) == []


@pytest.mark.req("B82")
def test_a_text_told_in_another_manner_keeps_its_people_and_its_length():
    before = "Maren climbed the stairs with the lamp. Tobias followed her with the rope. The bell rang twice below."
    after = "Up went Maren, lamp in hand. Behind her came Tobias, and the rope. Below them, two strokes of a bell."

    def failing(told: str) -> list[str]:
        return restyle_failures(
            {"text": told, "finish_reason": "stop"}, before, [], SFW, ["Maren Holt", "Tobias"]
        )

    assert failing(after) == []
    assert failing(before) == ["it is the text as it was"]
    assert failing(after.replace("Tobias", "somebody")) == ["Tobias is no longer in it"]
    assert any("it must have" in problem for problem in failing(after * 3))


def test_english_without_a_style_adds_nothing_and_a_plan_has_no_style():
    assert manner_of({"language": "en"}, prose=True) == manner_of({}, prose=True) == {}
    styled = {"language": "en", "prose_style": "dry", "style_sample": SAMPLE}
    assert manner_of(styled, prose=False) == {}
    assert manner_of(styled, prose=True)["style_sample"] == SAMPLE
    assert manner_of({"language": "ja"}, prose=False) == {
        "language": "ja",
        "signs": 2,
        "prose_style": "",
        "style_sample": "",
    }


def told_in(language: str, prose: str) -> Story:
    story = load_story("golden_story.yaml")
    chapters = [chapter.model_copy(update={"text": prose}) for chapter in story.chapters]
    people = [
        one.model_copy(update={"name": "Maren Quill"}) for one in story.outline.characters[:1]
    ] + story.outline.characters[1:1]
    outline = story.outline.model_copy(update={"characters": people})
    request = story.request.model_copy(update={"language": language, "characters": []})
    return story.model_copy(update={"chapters": chapters, "outline": outline, "request": request})
