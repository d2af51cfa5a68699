"""The rules of an outline, and that code makes any outline obey them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.outline import fit_outline, outline_problems
from domain.story import Beat, ChapterPlan, Character, Outline, StoryInput
from tests.stories import outline_of

LIMITS = (800, 1_500)
NAMES = st.sampled_from(["Ada", "Bo Lund", "Cy", "Dee Marsh", "Éva"])
PROMISES = st.lists(
    st.sampled_from(["a brass key", "the torn map", "one red glove"]), max_size=2, unique=True
)
BEATS = st.lists(
    st.builds(Beat, text=st.sampled_from(["Ada waits", "The door opens"]), words=st.integers(1, 2_000)),
    max_size=6,
)
PLANS = st.builds(
    ChapterPlan,
    number=st.integers(1, 9),
    title=st.sampled_from(["One", "Two"]),
    summary=st.just("It goes on."),
    purpose=st.just("To go on."),
    beats=BEATS,
    plants=PROMISES,
    pays_off=PROMISES,
)
PEOPLE = st.builds(
    Character,
    name=NAMES,
    role=st.just("keeper"),
    traits=st.just(["calm"]),
    voice=st.just("Low."),
    wants=st.just("peace"),
)
OUTLINES = st.builds(
    Outline,
    title=st.just("T"),
    arc=st.just("A."),
    setting=st.just("S."),
    characters=st.lists(PEOPLE, min_size=1, max_size=3),
    chapters=st.lists(PLANS, min_size=1, max_size=8),
)


def request(chapters=3, characters=()):
    return StoryInput(premise="A keeper.", chapters=chapters, characters=list(characters))


@pytest.mark.req("A11")
@settings(max_examples=150, deadline=None)
@given(OUTLINES, st.integers(2, 5), st.lists(NAMES, max_size=4, unique=True))
def test_any_outline_can_be_made_to_obey_the_rules(outline, chapters, names):
    asked = request(chapters, names)
    fitted = fit_outline(outline, asked, *LIMITS)

    left = [p for p in outline_problems(fitted, asked, *LIMITS) if "beats" not in p]
    assert left == []
    assert all(1 <= len(plan.beats) <= 4 for plan in fitted.chapters)
    assert all(700 <= sum(beat.words for beat in plan.beats) <= 1_600 for plan in fitted.chapters)


def test_a_sound_outline_has_no_problems_and_stays_as_it_is():
    outline = outline_of(3)
    assert outline_problems(outline, request(), *LIMITS) == []
    assert fit_outline(outline, request(), *LIMITS) == outline


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda o: o.chapters.pop(), "there are 2 chapters, there must be exactly 3"),
        (lambda o: setattr(o.chapters[1], "number", 7), r"numbered \[1, 7, 3\]"),
        (lambda o: o.characters.clear(), "there are no characters"),
        (
            lambda o: o.chapters[0].plants.append("a blue door"),
            "chapter 1 plants 'a blue door', which no later",
        ),
        (
            lambda o: o.chapters[2].pays_off.append("a blue door"),
            "chapter 3 pays off 'a blue door', which no earlier",
        ),
        (lambda o: o.chapters[1].beats.pop(), "chapter 2 has 2 beats"),
        (lambda o: setattr(o.chapters[1].beats[0], "words", 5_000), "chapter 2 add up to 5760 words"),
    ],
)
def test_each_fault_of_an_outline_is_named(change, problem):
    outline = outline_of(3)
    change(outline)
    with pytest.raises(AssertionError, match=problem):
        assert not outline_problems(outline, request(), *LIMITS), outline_problems(
            outline, request(), *LIMITS
        )


def test_a_requested_name_takes_the_place_of_one_nobody_asked_for_everywhere():
    fitted = fit_outline(outline_of(3, ("Maren Holt", "Tobias")), request(characters=["Ada Quill"]), *LIMITS)
    assert [person.name for person in fitted.characters] == ["Ada Quill", "Tobias"]
    assert "Maren" not in fitted.model_dump_json()
    assert fitted.chapters[0].beats[0].text.startswith("Ada carries")


@given(st.text(min_size=1, max_size=30))
def test_a_name_of_any_characters_can_be_given(name):
    try:
        asked = request(characters=[name])
    except ValueError:
        return
    fitted = fit_outline(outline_of(3), asked, *LIMITS)
    assert asked.characters[0] in [person.name for person in fitted.characters]
