"""Running a character's knot: it ends where the knot is left, by seed, within limits."""

import time

import pytest

from providers.ink import grounding
from providers.ink.compiler import compile_story
from providers.ink.errors import KnotNotFound, StoryFailed
from providers.ink.grounding import KnotRun, diversity, ground, run_knot, run_seeds
from providers.ink.story import InkStory

TARGET = "\n=== cellar\nSECRET casks of powder.\n* SECRET fuse\n-> END\n"


def character(body: str) -> InkStory:
    """A story whose character is this knot and whose target keeps a secret."""
    return compile_story(f"->agent(->keeper, ->cellar)\n=== keeper\n{body}\n{TARGET}")


@pytest.mark.req("C08")
def test_the_knot_is_run_five_times_with_distinct_seeds(harbour: InkStory, monkeypatch: pytest.MonkeyPatch):
    asked: list[list[int]] = []
    monkeypatch.setattr(
        grounding, "run_seeds", lambda *given: asked.append(list(given[2])) or run_seeds(*given)
    )

    excerpts = ground(harbour, "keeper", seed=7)

    assert asked == [[8, 9, 10, 11, 12]]
    assert {excerpt.seed for excerpt in excerpts} <= set(asked[0])
    assert all("lamp room" not in excerpt.text.lower() for excerpt in excerpts)


def test_the_same_seed_says_the_same_and_other_seeds_say_something_else(harbour: InkStory):
    runs = run_seeds(harbour, "keeper", range(12))

    assert run_seeds(harbour, "keeper", range(12)) == runs
    assert run_knot(harbour, "keeper", 3) == runs[3]
    assert len({run.text for run in runs}) > 4


@pytest.mark.req("C09")
def test_duplicates_are_dropped_and_the_most_diverse_come_first(harbour: InkStory):
    one_thing = ground(character("I only say this.\n-> DONE"), "keeper")
    many = ground(harbour, "keeper", runs=30)

    assert [(excerpt.text, excerpt.diversity) for excerpt in one_thing] == [("I only say this.", 1.0)]
    assert len({excerpt.text for excerpt in many}) == len(many) > 5
    scores = [excerpt.diversity for excerpt in many]
    assert scores == sorted(scores, reverse=True) and all(0 < score < 1 for score in scores)


def test_diversity_tells_sameness_from_difference():
    assert diversity(["a gull cried", "a gull cried"]) == 0.0
    assert diversity(["a gull cried", "a gull dived"]) < diversity(["a gull cried", "no oil left"])


@pytest.mark.parametrize(
    ("body", "said", "ended"),
    [
        ("-> cellar", "", "left"),
        ("I remember.\n-> cellar", "I remember.", "left"),
        ("I remember. -> cellar", "", "left"),
        ("I remember <>\n-> cellar", "", "left"),
        ("I remember.\n<- cellar\n-> DONE", "I remember.", "left"),
        ("I remember.\n-> cellar ->\n-> DONE", "I remember.", "left"),
        ("I remember.\n-> young\n= young\nI was young.\n-> cellar", "I remember.\nI was young.", "left"),
        ("I remember.\n{true: -> cellar}\n-> DONE", "I remember.", "left"),
        ("+ [Go] -> cellar\n+ Down -> cellar", "", "left"),
        ("I remember.\nAll of it.\n->agent(->keeper, ->cellar)", "I remember.", "left"),
        ("+ [Go] -> cellar\n+ [Stay] I stay.\n-> DONE", "I stay.", "done"),
        (
            "* Go -> cellar\n* [Ask] A word.\n* * [On] -> cellar\n* * [More] More.\n- - Enough.\n- -> DONE",
            None,
            "done",
        ),
        ('I feel {mood()}.\n-> DONE\n=== function mood\n~ return "well"', "I feel well.", "done"),
        ("Before.\n-> aside ->\nAfter.\n-> DONE\n=== aside\nAside.\n->->", "Before.\nAside.\nAfter.", "done"),
        ("Before.\n-> aside ->\nAfter.\n-> DONE\n=== aside\nAside.\n-> cellar", "Before.\nAside.", "left"),
        ("#context\nI hate the company.\n-> DONE", "#context I hate the company.", "done"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_ends_where_it_leaves_the_knot(body: str, said: str | None, ended: str, seed: int):
    run = run_knot(character(body), "keeper", seed)

    assert "SECRET" not in run.text
    assert run.ended == ended
    assert said is None or run.text == said


def test_a_knot_that_diverts_straight_to_the_target_grounds_nothing():
    assert ground(character("-> cellar"), "keeper") == []


def test_a_label_outside_every_knot_is_outside_the_character():
    story = compile_story(
        f"- (top) SECRET.\n->agent(->keeper, ->cellar)\n=== keeper\nI remember.\n-> top\n{TARGET}"
    )

    assert run_knot(story, "keeper", 1) == KnotRun("I remember.", "left")


def test_the_target_itself_can_be_run(harbour: InkStory):
    assert "brass" in run_knot(harbour, "lamp_room", 1).text


@pytest.mark.parametrize(
    ("body", "ended"),
    [
        ("-> keeper", "limit"),
        ("Round <>\n-> keeper", "limit"),
        ("Round\n-> keeper", "limit"),
        ("-> aside ->\n=== aside\n-> aside ->\n->->", "limit"),
        ("{loop(1)}\n-> DONE\n=== function loop(x)\n~ return loop(x + 1)", "limit"),
        ("+ [Again] -> keeper", "choices"),
        ("+ [Again] A word.\n-> keeper", "choices"),
    ],
)
def test_an_endless_knot_is_stopped(body: str, ended: str):
    story, started = character(body), time.monotonic()

    run = run_knot(story, "keeper", 1)

    assert run.ended == ended
    assert len(run.text) <= grounding.LONGEST_RUN
    assert time.monotonic() - started < 20


def test_a_failing_knot_is_an_error_in_plain_words_and_an_unknown_one_is_named():
    story = character("{1 / 0}\n-> DONE")

    with pytest.raises(StoryFailed, match="division by zero"):
        run_knot(story, "keeper", 1)
    with pytest.raises(KnotNotFound, match="'nobody'"):
        ground(story, "nobody")
    assert run_knot(character("Still here.\n-> DONE"), "keeper", 1).text == "Still here."


def test_an_external_function_is_never_called():
    story = compile_story("EXTERNAL shell(x)\n->agent(->k, ->t)\n=== k\n{shell(1)}\n-> DONE\n=== t\n-> END")

    with pytest.raises(StoryFailed, match="shell"):
        run_knot(story, "k", 1)
