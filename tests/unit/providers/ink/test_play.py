"""A story is played step by step, and stopped where it goes wrong."""

import pytest

from providers.ink.compiler import compile_story
from providers.ink.errors import StoryFailed, StoryStopped
from providers.ink.play import ChoiceUnknown, begin, choose, leave_agent
from providers.ink.story import InkStory

FAULTY = """
VAR x = 0
Hello. {~red|green|blue|white|black}
+ [divide] {10 / x} -> END
+ [talk for ever] -> loud
+ [spin for ever] -> quiet
+ [run out] -> out
=== loud ===
again
-> loud
=== quiet ===
~ x++
-> quiet
=== out ===
* [x] hm
-> out
"""


@pytest.fixture(scope="module")
def faulty() -> InkStory:
    return compile_story(FAULTY)


def test_a_story_waits_at_the_agent_and_goes_on_at_the_target(harbour: InkStory):
    at = begin(harbour, seed=3)
    assert at.stands == "agent" and at.call in harbour.calls and at.seed == 7 and not at.choices
    assert [line.text for line in at.lines if line.hidden] == [
        "The keeper's brother drowned off this quay, and the keeper blames the shipping company for it."
    ]

    on = leave_agent(harbour, at, "BRIDGE_AND_CONTINUE", turns=3)
    assert "still muttering" in on.lines[0].text
    assert on.choices == ("Light the lamp", "Leave it dark")

    end = choose(harbour, on.state, 0)
    assert end.stands == "end" and end.lines[0].text.startswith("The wick takes.")


def test_only_an_offered_choice_is_taken(harbour: InkStory):
    at = begin(harbour)
    on = leave_agent(harbour, at, "DIRECT_CONTINUE", turns=1)

    for state, index in ((at.state, 0), (on.state, 2), (on.state, -1)):
        with pytest.raises(ChoiceUnknown):
            choose(harbour, state, index)
    with pytest.raises(ChoiceUnknown):
        leave_agent(harbour, on, "DIRECT_CONTINUE", turns=1)


def test_the_seed_decides_what_is_shuffled(faulty: InkStory):
    told = [begin(faulty, seed).lines[0].text for seed in range(1, 9)]

    assert len(set(told)) > 1
    assert told == [begin(faulty, seed).lines[0].text for seed in range(1, 9)]


@pytest.mark.parametrize(
    ("index", "error", "words"),
    [
        (0, StoryFailed, "division by zero"),
        (1, StoryStopped, "without end"),
        (2, StoryStopped, "without end"),
    ],
)
def test_a_step_that_fails_or_never_ends_is_stopped(faulty: InkStory, index: int, error: type, words: str):
    with pytest.raises(error, match=words):
        choose(faulty, begin(faulty).state, index)


def test_a_story_that_runs_out_says_so(faulty: InkStory):
    at = choose(faulty, begin(faulty).state, 3)

    with pytest.raises(StoryFailed, match="ran out of content"):
        choose(faulty, at.state, 0)
