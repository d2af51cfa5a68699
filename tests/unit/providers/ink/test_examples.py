"""The example stories compile clean, reach every ending, and read the same in bink and in inkjs."""

import json
import random
from collections.abc import Iterator

import pytest

from providers.ink.bink import Run
from providers.ink.grounding import diversity, ground
from providers.ink.inkjs import InkJs
from providers.ink.state import read_state, read_target
from providers.ink.story import InkStory

OUTCOMES = ["DIRECT_CONTINUE", "BRIDGE_AND_CONTINUE"]
SEEDS = {"lamp_room": 7, "bell_chamber": 1911, "ninth_stop": 512}
ENDINGS = {
    2: {"The wick takes", "You stand a while"},
    6: {"does not so much as turn over", "neither should be hurried"},
    7: {"one can begin with that", "announced as on time", "once for each of you"},
}


def walk(story: InkStory, picks: list[int], outcome: str, state: str = "") -> tuple[list[object], Run]:
    """Play a story as the tests' player in inkjs does."""
    run, seen = Run(story.text, seconds=10), list[object]()
    if state:
        run.load(state)
    for pick in [*picks, None]:
        while run.can_continue():
            line = run.line().strip()
            seen.append([line, run.tags()])
        choices = run.choices()
        if not choices or pick is None:
            break
        if any("agent" in tags for _, tags in choices):
            run.set("agent_outcome", outcome)
            run.set("agent_turns", 3)
        seen.append([text for text, _ in choices])
        run.choose(pick % len(choices))
    return seen, run


def walks(number: int) -> Iterator[tuple[list[int], str]]:
    """Draw random ways through a story."""
    chance = random.Random(4)
    for _ in range(number):
        yield [chance.randrange(60) for _ in range(40)], chance.choice(OUTCOMES)


def test_an_example_compiles_without_a_warning(example: InkStory):
    assert example.warnings == ()
    assert len(example.calls) in (1, 2)


def test_random_walks_reach_every_knot_and_every_ending(example: InkStory):
    speakers = {call.character for call in example.calls}
    to_visit, told = set(example.knots) - speakers, ""
    for picks, outcome in walks(120):
        seen, run = walk(example, picks, outcome)
        assert not run.can_continue() and not run.choices(), "a walk has no end"
        to_visit -= set(json.loads(run.save())["visitCounts"])
        told += str(seen)

    assert not to_visit
    endings = set().union(*ENDINGS.values())
    assert {ending for ending in endings if ending in told} in ENDINGS.values()


def test_a_word_of_the_target_is_never_in_the_grounding(example: InkStory, inkjs: InkJs):
    for call in example.calls:
        excerpts = ground(example, call.character or "")
        target = read_target(example, new_state(example, inkjs), call.target or "").visible
        assert len(excerpts) >= 3 and diversity([excerpt.text for excerpt in excerpts]) > 0.25
        for line in target.splitlines():
            assert all(line not in excerpt.text for excerpt in excerpts)


def new_state(story: InkStory, inkjs: InkJs) -> str:
    """Save a reader's state at the first choice."""
    return str(inkjs.call("playInk", story.text, [], "")["state"])


def test_bink_and_inkjs_tell_the_same_story(example: InkStory, inkjs: InkJs):
    for picks, outcome in walks(15):
        seen, run = walk(example, picks, outcome)
        theirs = inkjs.call("playInk", example.text, picks, outcome)

        assert seen == theirs["seen"]
        assert {name: run.variable(name) for name in theirs["variables"]} == theirs["variables"]
        assert json.loads(run.save())["visitCounts"] == json.loads(theirs["state"])["visitCounts"]


def test_a_state_saved_by_one_goes_on_in_the_other(example: InkStory, inkjs: InkJs):
    for picks, outcome in walks(8):
        begun, rest = picks[:1], picks[1:]
        _, ours = walk(example, begun, outcome)
        theirs = inkjs.call("playInk", example.text, begun, outcome)

        on_in_bink, _ = walk(example, rest, outcome, theirs["state"])
        on_in_inkjs = inkjs.call("playInk", example.text, rest, outcome, ours.save())["seen"]

        assert on_in_bink == on_in_inkjs
        assert on_in_bink


def test_at_each_agent_call_the_state_names_it_and_the_seed(example: InkStory):
    met = set()
    for picks, outcome in walks(40):
        for turns in range(8):
            _, run = walk(example, picks[:turns], outcome)
            if any("agent" in tags for _, tags in run.choices()):
                state = read_state(example, run.save())
                assert state.call in example.calls
                assert state.seed == example_seed(example)
                met.add(state.call)

    assert met == set(example.calls)


def example_seed(story: InkStory) -> int:
    """Return the seed that an example sets."""
    return next(seed for knot, seed in SEEDS.items() if knot in story.knots)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_how_the_talk_ended_shows_in_the_target(harbour: InkStory, outcome: str):
    seen, _ = walk(harbour, [0, 0], outcome)

    assert ("still muttering" in str(seen)) == (outcome == "BRIDGE_AND_CONTINUE")
