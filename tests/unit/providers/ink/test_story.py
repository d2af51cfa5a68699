"""Inspecting a story: knots, stitches, parameters, agent calls and what is wrong with them."""

import pytest

from providers.ink.compiler import compile_story, load_story
from providers.ink.errors import KnotNotFound, StoryInvalid
from providers.ink.story import AgentCall, InkStory

KNOTS = """
=== keeper
I keep the light.
-> DONE
= young
I kept nothing.
-> DONE
=== lamp
The lamp.
-> END
=== with(a, ->b)
{a}
-> b
=== function helper(x)
~ return x
"""


def test_knots_are_listed_with_stitches_and_parameters():
    story = compile_story(f"VAR n = 1\n{{helper(n)}}\n-> DONE\n{KNOTS}")

    assert {name: knot.parameters for name, knot in story.knots.items()} == {
        "keeper": (),
        "lamp": (),
        "with": ("a", "b"),
    }
    assert story.knots["keeper"].stitches == {"young": ()}
    assert "helper" in story.functions
    with pytest.raises(KnotNotFound, match="'nobody'"):
        story.knot("nobody")


@pytest.mark.req("C48")
@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("->agent(->keeper,->lamp)", [1]),
        ("->agent(->keeper, ->lamp)", [1]),
        ("  ->  agent  (  ->  keeper  ,  ->  lamp  )  ", [1]),
        ("Hello\nA line ->agent(->keeper, ->lamp) // and a remark", [2]),
        ("Hello\n\n* [Talk] ->agent(->keeper, ->lamp)\n* [Go] -> END", [3]),
        ("* Talk\n  * * Now -> agent(->keeper, ->lamp)\n* Go\n- -> agent(->keeper, ->lamp)", [2, 4]),
        ("{true: ->agent(->keeper, ->lamp)|->agent(->keeper, ->lamp)}", [1, 1]),
        ("{\n- 1 > 2: x\n- else:\n  ->agent(->keeper, ->lamp)\n}\n-> END", [4]),
        ("{stopping:\n- a\n- ->agent(->keeper, ->lamp)\n}\n-> END", [3]),
        ("-> k\n=== k\n= s\n->agent(->keeper, ->lamp)", [4]),
        ("/* ->agent(->lamp, ->keeper) */\n// ->agent(->lamp, ->keeper)\nagent(keeper)\n-> END", []),
    ],
)
def test_calls_are_found_however_they_are_written(source: str, lines: list[int]):
    story = compile_story(source + KNOTS)

    assert story.calls == tuple(AgentCall("keeper", "lamp", line=line) for line in lines)
    assert [call.line for call in load_story(story.text).calls] == [None] * len(lines)


@pytest.mark.req("C48")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("->agent(->nobody, ->lamp)", "'-> nobody'"),
        ("->agent(->keeper, ->nowhere)", "'-> nowhere'"),
        ("->agent(->keeper, ->keeper)", "'keeper' is both character and target"),
        ("->agent(->keeper.young, ->lamp)", "character 'keeper.young' is a stitch"),
        ("->agent(->keeper, ->keeper.young)", "target 'keeper.young' is a stitch"),
        ("->agent(->keeper, ->with)", "target 'with' has parameters (a, b)"),
        ("->agent(->with, ->lamp)", "character 'with' has parameters (a, b)"),
        ("->agent(->keeper, ->END)", "END"),
        ("->agent(who, ->lamp)", "character of an agent call must be a knot written out"),
        ("->agent(->keeper, who)", "target of an agent call must be a knot written out"),
        ("->agent(->agent_none, ->lamp)", "'agent_none' is no knot"),
        ("->agent(->keeper, ->lamp) ->", "called as a tunnel"),
        ("<- agent(->keeper, ->lamp)", "called as a thread"),
        ("~ agent(->keeper, ->lamp)", "as a function"),
        ("~ who = -> agent\n-> who", "call agent directly"),
        ("->agent(1, 2)", "divert target"),
    ],
)
def test_a_call_that_cannot_work_is_refused_by_name(call: str, words: str):
    with pytest.raises(StoryInvalid) as refused:
        compile_story(f"VAR who = -> keeper\n{call}\n{KNOTS}")

    assert words in str(refused.value)
    assert all(problem.line in (2, None) for problem in refused.value.problems)


def test_every_refused_call_is_told_at_once():
    with pytest.raises(StoryInvalid) as refused:
        compile_story(f"* a ->agent(->with, ->lamp)\n* b\n  ->agent(->keeper, ->keeper)\n{KNOTS}")

    assert [problem.line for problem in refused.value.problems] == [1, 3]


def test_tunnels_threads_and_functions_are_inside_a_knot_but_never_a_target():
    story = compile_story(
        "~ SEED_AI(1)\n->agent(->k, ->t)\n=== k\n-> aside ->\n<- more\n-> DONE\n"
        "=== aside\n->->\n=== more\nx\n-> t ->\n-> DONE\n=== t\n->->\n=== other\n-> END"
    )

    assert story.inside("k") == ["SEED_AI", "aside", "k", "more"]


def test_the_examples_calls_are_found(harbour: InkStory):
    assert harbour.calls == (AgentCall("keeper", "lamp_room", line=13),)
