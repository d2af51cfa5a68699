"""The agent's models: outcomes in all spellings, judgements that add up, words that can be heard, seeds."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.agent import (
    OUTCOMES,
    AgentInput,
    Judgement,
    OutcomeUnknown,
    PlayerWords,
    default_seed,
    goes_on,
    hint_level,
    merge_turns,
    read_outcome,
)

LIKELY = dict.fromkeys(OUTCOMES, 0.25)


@pytest.mark.req("C31")
@pytest.mark.parametrize(
    ("spelled", "outcome"),
    [
        ("DIRECT", "DIRECT"),
        ("direct_continue", "DIRECT"),
        ("BRIDGE_AND_CONTINUE", "BRIDGE"),
        (" NEEDS_INPUT ", "NEEDS_INPUT"),
        ("INVALID_INPUT", "INVALID"),
        ("INVALID_USER_INPUT", "INVALID"),
    ],
)
def test_an_outcome_is_read_in_all_its_spellings(spelled, outcome):
    assert read_outcome(spelled) == outcome


def test_there_is_no_fifth_outcome():
    with pytest.raises(OutcomeUnknown, match="'CONTINUE'"):
        read_outcome("CONTINUE")


@pytest.mark.req("C31")
def test_a_judge_may_use_the_other_spellings():
    said = {"DIRECT_CONTINUE": 6, "Bridge_And_Continue": 2, "NEEDS_INPUT": 1, "INVALID_USER_INPUT": 1}
    judgement = Judgement.model_validate_json(json.dumps(said))
    assert judgement.probabilities == {"DIRECT": 0.6, "BRIDGE": 0.2, "NEEDS_INPUT": 0.1, "INVALID": 0.1}


@pytest.mark.parametrize(
    ("likely", "outcome"),
    [
        ((0.9, 0.1, 0, 0), "DIRECT"),
        ((0.1, 0.9, 0, 0), "BRIDGE"),
        ((0.4, 0.4, 0.2, 0), "BRIDGE"),
        ((0.3, 0.3, 0.4, 0), "BRIDGE"),
        ((0.45, 0, 0.3, 0.25), "NEEDS_INPUT"),
        ((0.25, 0.25, 0.25, 0.25), "NEEDS_INPUT"),
        ((0, 0.1, 0.4, 0.5), "INVALID"),
        ((0, 0, 70, 30), "NEEDS_INPUT"),
    ],
)
def test_the_story_goes_on_only_if_that_is_likelier_than_not(likely, outcome):
    assert Judgement(**dict(zip(OUTCOMES, likely, strict=True))).outcome == outcome


NUMBERS = st.one_of(st.floats(), st.integers(), st.text(max_size=3), st.none(), st.booleans())


@pytest.mark.req("C16", "C45")
@given(st.dictionaries(st.sampled_from([*OUTCOMES, "DIRECT_CONTINUE", "reason", "x"]), NUMBERS) | NUMBERS)
def test_whatever_a_judge_answers_is_exactly_one_outcome_or_no_judgement(answer):
    try:
        judgement = Judgement.model_validate_json(json.dumps(answer))
    except ValidationError:
        return
    assert judgement.outcome in OUTCOMES
    assert math.isclose(sum(judgement.probabilities.values()), 1)
    assert all(0 <= likely <= 1 for likely in judgement.probabilities.values())


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-0.1", "null", '"often"', "1e10"])
def test_a_probability_is_a_number_that_can_be_one(bad):
    answer = json.dumps(LIKELY).replace("0.25", bad, 1)
    with pytest.raises(ValidationError, match="DIRECT"):
        Judgement.model_validate_json(answer)


def test_probabilities_that_are_all_zero_are_no_judgement():
    with pytest.raises(ValidationError, match="zero"):
        Judgement(**dict.fromkeys(OUTCOMES, 0))


def test_a_judges_reason_is_not_kept():
    assert "reason" not in Judgement(reason="The compass!", **LIKELY).model_dump()


@pytest.mark.req("C46")
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("  hello \n", "hello"),
        ("he\x00l\u200blo\u202e", "hello"),
        ("👩‍👩‍👧 ❤️", "👩‍👩‍👧 ❤️"),
        ("می‌خواهم", "می‌خواهم"),
        ("a" * 2_000, "a" * 2_000),
    ],
)
def test_words_are_heard_without_what_nobody_sees(said, heard):
    assert PlayerWords(turn=1, text=said).text == heard


@pytest.mark.req("C46")
@pytest.mark.parametrize(
    "said", ["", " \t\n", "\u200b\u200b", "\u200d", "\x00", "a" * 2_001, "\ud800", None, 7, ["x"]]
)
def test_what_says_nothing_or_too_much_is_refused(said):
    with pytest.raises(ValidationError, match="text"):
        PlayerWords.model_validate({"turn": 1, "text": said})


@pytest.mark.req("C42")
def test_a_player_decides_nothing():
    with pytest.raises(ValidationError, match="outcome"):
        PlayerWords.model_validate({"turn": 1, "text": "Hello", "outcome": "DIRECT"})


@pytest.mark.parametrize("story", [{}, {"version": "a", "source": "b"}, {"version": "a" * 65}, None])
def test_a_story_is_named_one_way(story):
    with pytest.raises(ValidationError, match="story"):
        AgentInput.model_validate({"story": story, "character": "a", "target": "b"})


@pytest.mark.req("C24", "C26")
def test_the_default_seed_is_the_minor_releases():
    assert default_seed("1.4.0") == default_seed("1.4.9") == 222_971_789
    assert len({default_seed(version) for version in ("1.3.0", "1.4.0", "1.5.0", "2.4.0")}) == 4
    assert 0 < default_seed() < 2**31


def turn_of(effect):
    return {"effect": effect}


@pytest.mark.req("C46")
def test_hints_grow_plainer_with_every_two_turns_that_lead_nowhere():
    stuck = [turn_of("failed"), turn_of("tried")] * 4
    assert [hint_level(stuck[:length]) for length in range(9)] == [0, 0, 1, 1, 2, 2, 3, 3, 3]
    assert hint_level([*stuck, turn_of("worked"), turn_of("tried")]) == 0


def test_what_is_written_later_of_a_turn_is_laid_over_it():
    turns = merge_turns(
        [{"turn": 1, "text": "a"}], [[{"turn": 2, "text": "b"}], [{"turn": 2, "bridge": "c"}]]
    )
    assert turns == [{"turn": 1, "text": "a"}, {"turn": 2, "text": "b", "bridge": "c"}]
    again = merge_turns(merge_turns([], [[{"turn": 1, "text": "a"}]]), [[{"turn": 1, "text": "b"}]])
    assert again == merge_turns([], [[{"turn": 1, "text": "a"}], [{"turn": 1, "text": "b"}]])


def test_the_story_goes_on_after_two_of_the_four():
    assert [outcome for outcome in OUTCOMES if goes_on(outcome)] == ["DIRECT", "BRIDGE"]
