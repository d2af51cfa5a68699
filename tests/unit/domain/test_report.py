"""The quality report: a good story passes, and each planted defect makes exactly its own measure fire."""

import random
import re
from collections.abc import Callable
from itertools import cycle

import pytest

from domain.report import Report, report
from domain.story import Story
from domain.text import narration, paragraphs, sentences
from tests.unit.domain.stories import PROSE, a_chapter, load_story

Defect = Callable[[Story], dict[str, int] | None]
DEFECTS: dict[str, Defect] = {}


def defect(plant: Defect) -> Defect:
    """Register a defect under the name of the measure it must fire; it may return keywords for the report."""
    DEFECTS[plant.__name__] = plant
    return plant


@pytest.fixture
def story() -> Story:
    return load_story("golden_story.yaml")


def failed(measured: Report) -> set[str]:
    return {measure.name for measure in measured.measures if not measure.passed}


def rewrite(story: Story, number: int, text: str) -> None:
    story.chapters[number - 1] = a_chapter(number, text)


def weave(text: str, extra: list[str]) -> str:
    """Put one extra sentence at the end of each paragraph but the last, as long as there are any."""
    parts, more = paragraphs(text), iter(extra)
    return "\n\n".join([f"{part} {next(more, '')}".strip() for part in parts[:-1]] + parts[-1:])


def in_narration(text: str, swaps: dict[str, str]) -> str:
    """Swap words outside of double quotes."""
    pattern = re.compile(rf"(“[^”]*”)|\b({'|'.join(swaps)})\b")
    return pattern.sub(lambda found: found[1] or swaps[found[2]], text)


@defect
def chapter_count(story):
    story.request.chapters = 4


@defect
def words_per_chapter(story):
    return {"min_words": 850}


@defect
def length_drift(story):
    first, *rest = paragraphs(story.chapters[2].text)
    rewrite(story, 3, "\n\n".join([first, (PROSE / "saki-the-open-window.txt").read_text(), *rest]))
    return {"max_words": 2500}


@defect
def synopsis(story):
    story.synopsis = "Mara hears a bell under the fog, and finds out who hung it there."


@defect
def truncation(story):
    rewrite(story, 1, story.chapters[0].text.rstrip("."))


@defect
def degeneration(story):
    rewrite(story, 1, weave(story.chapters[0].text, ["No, " * 20 + "no."]))


@defect
def repetition(story):
    rewrite(story, 1, weave(story.chapters[0].text, ["And so it was with him."] * 22))


@defect
def distinctness(story):
    chance = random.Random(5)
    babble = [
        " ".join(chance.choices(["the", "of", "in", "by", "to"], k=14)).capitalize() + "." for _ in range(26)
    ]
    rewrite(story, 3, weave(story.chapters[2].text, babble))


@defect
def paragraphs_too_long(story):
    rewrite(story, 1, " ".join(paragraphs(story.chapters[0].text)))


@defect
def rhythm(story):
    words = narration(story.chapters[1].text).replace("“”", "").split()
    words = [re.sub(r"[.,;:?!*—]", "", word) for word in words]
    even = [" ".join(words[at : at + 10]) for at in range(0, len(words), 10)]
    told = [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in even]
    rewrite(story, 2, "\n\n".join(" ".join(told[at : at + 4]) for at in range(0, len(told), 4)))
    return {"min_words": 400}


@defect
def summary(story):
    gone = [
        "Over the following weeks the rain did not stop.",
        "As the months passed the roof began to leak.",
        "Gradually the mice took the loft.",
        "In the end the swallows left.",
        "The years went by like geese.",
    ]
    rewrite(story, 2, weave(story.chapters[1].text, gone))


@defect
def dialogue_most(story):
    spoken = [f"“{re.sub('[“”]', '', part)}”" for part in paragraphs(story.chapters[1].text)]
    rewrite(story, 2, "\n\n".join(spoken))


@defect
def shared_8grams(story):
    long = max(sentences(story.chapters[0].text), key=len)
    rewrite(story, 3, weave(story.chapters[2].text, [f"She thought of how {long[0].lower()}{long[1:]}"]))


@defect
def sentences_twice(story):
    told = next(s for s in sentences(story.chapters[0].text) if len(s.split()) == 8)
    rewrite(story, 3, weave(story.chapters[2].text, [told]))


def nearly(words: list[str]) -> str:
    """Return the words with every sixth one exchanged."""
    return " ".join(
        other if at % 6 == 5 else word for at, (word, other) in enumerate(zip(words, cycle("oe")))
    )


@defect
def openings(story):
    opening = nearly(story.chapters[0].text.split()[:25])
    rewrite(story, 2, f"{opening}.\n\n{story.chapters[1].text}")


@defect
def endings(story):
    ending = nearly(re.sub(r"[.“”]", "", story.chapters[0].text).split()[-25:])
    rewrite(story, 2, f"{story.chapters[1].text}\n\nThere {ending}.")


@defect
def overused_phrases(story):
    for number in (1, 2, 3):
        extra = [f"{who} felt the cold silver silence." for who in ("He", "She", "They")]
        rewrite(story, number, weave(story.chapters[number - 1].text, extra))


@defect
def stock_phrases(story):
    extra = [
        "It sent shivers down his spine.",
        "She couldn't help but smile.",
        "It was a testament to his patience.",
        "Time stood still for a moment there.",
    ]
    rewrite(story, 2, weave(story.chapters[1].text, extra))


@defect
def dialogue(story):
    for number in (1, 2, 3):
        told = narration(story.chapters[number - 1].text).replace("“”", "")
        rewrite(story, number, told)
    return {"min_words": 400}


@defect
def point_of_view(story):
    swaps = {"she": "I", "She": "I", "her": "my", "Her": "My", "Mara": "I", "herself": "myself"}
    rewrite(story, 2, in_narration(story.chapters[1].text, swaps))


@defect
def tense(story):
    swaps = {
        "was": "is", "were": "are", "had": "has", "said": "says", "went": "goes", "looked": "looks", "sat": "sits",
        "could": "can", "gave": "gives", "took": "takes", "waited": "waits", "opened": "opens", "knew": "knows",
        "stood": "stands", "moved": "moves", "understood": "understands", "began": "begins", "drew": "draws",
        "heard": "hears", "told": "tells", "came": "comes", "held": "holds", "put": "puts", "grew": "grows",
    }  # fmt: skip
    rewrite(story, 2, in_narration(story.chapters[1].text, swaps))


@defect
def names_used(story):
    story.request.characters.append("Agnes Thorne")


@defect
def near_misses(story):
    rewrite(story, 1, story.chapters[0].text.replace("Harrow", "Harlow"))


@defect
def beats(story):
    story.outline.chapters[1].beats[0].text = "A travelling circus pitches its striped tents in the orchard"


@defect
def plants(story):
    story.outline.chapters[2].pays_off.remove("the brass key")


@defect
def callbacks(story):
    story.facts = [{"chapter": 1, "fact": "Gulls nest among the pots", "quote": ""}, *story.facts[2:]]


LOOP = {"degeneration", "repetition", "distinctness", "sentences_twice", "paragraphs", "rhythm"}
DEFECTS["paragraphs"] = DEFECTS.pop("paragraphs_too_long")


@pytest.mark.req("A49", "A59")
def test_a_good_story_passes_every_measure(story):
    measured = report(story)

    assert failed(measured) == set()
    assert measured.passed


def test_every_measure_has_a_planted_defect(story):
    assert {measure.name for measure in report(story).measures} == set(DEFECTS)


@pytest.mark.req("A49", "A50", "A51")
@pytest.mark.parametrize("name", list(DEFECTS))
def test_a_planted_defect_makes_exactly_its_measure_fire(story, name):
    options = DEFECTS[name](story) or {}

    measured = report(story, **options)

    assert failed(measured) == {name}
    assert not measured.passed


@pytest.mark.req("A50", "A59")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bad_loop.yaml", LOOP),
        ("bad_names.yaml", {"names_used", "near_misses"}),
        ("bad_summary.yaml", {"summary", "dialogue"}),
    ],
)
def test_a_bad_story_fails_for_what_is_bad_in_it(name, expected):
    measured = report(load_story(name), min_words=100, max_words=400)

    assert failed(measured) == expected


@pytest.mark.req("A51")
def test_without_verified_facts_the_beats_of_chapter_1_must_return(story):
    story.facts = []

    assert "callbacks" not in failed(report(story))


def test_an_audit_that_was_not_held_becomes_a_note(story):
    measured = report(story, audits={"1": "verified", "2": "unavailable"})

    assert measured.passed
    assert measured.notes == ["Chapter 2: its facts were not checked against the story (audit unavailable)."]


def test_a_failed_measure_says_where(story):
    near_misses(story)

    measured = report(story)

    [found] = [measure for measure in measured.measures if not measure.passed]
    assert found.where == ["chapter 1: Harlow", "chapter 1: Tom Harlow"]
    assert measured.lines()[1:] == [
        "Near misses of planned names: 2, expected <= 0\n  chapter 1: Harlow\n  chapter 1: Tom Harlow"
    ]


@pytest.mark.parametrize("name", ["Anne-Marie", "Dr. O’Brien", "山田"])
def test_a_name_is_used_by_any_of_its_words(story, name):
    story.request.characters.append(name)
    rewrite(story, 2, weave(story.chapters[1].text, [f"Nobody knew {name}’s boat."]))

    assert report(story).passed


def test_a_report_is_json(story):
    measured = report(story)

    assert Report.model_validate_json(measured.model_dump_json()) == measured


@pytest.mark.parametrize("text", ["", "\x00", "😀" * 50, "语" * 900, "One.\r\n\r\nTwo."])
def test_no_chapter_makes_the_report_raise(story, text):
    rewrite(story, 2, text)

    assert not report(story).passed


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", [" ", "\n ", "!", "!” ", "“", " —", "A", "a'", "\0", "Mara "])
def test_no_run_of_anything_takes_the_report_long(story, text):
    rewrite(story, 2, text * 50_000)

    assert not report(story).passed


def test_a_story_without_chapters_is_reported(story):
    story.chapters.clear()

    assert {"chapter_count", "beats", "names_used"} <= failed(report(story))
