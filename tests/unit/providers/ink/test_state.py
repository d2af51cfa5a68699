"""A reader's saved state: what it says, the target under its variables, and states that do not belong."""

import json
from typing import Any

import pytest

from providers.ink.compiler import compile_story
from providers.ink.errors import KnotNotFound, StateInvalid
from providers.ink.inkjs import InkJs
from providers.ink.state import LONGEST_STATE, Passage, read_state, read_target
from providers.ink.story import AgentCall, InkStory

SOURCE = """
VAR oil = 3
VAR name = "Ann"
VAR keen = false
VAR door = -> lamp
LIST tools = (rope), hammer, (knife)
~ SEED_AI(12)
Hello.
* [Waste oil] {waste()}
* [Keep it]
-
#context
The keeper is afraid.
->agent(->keeper, ->lamp)
=== function waste
~ oil = oil - 2
~ name = "Bo"
~ keen = true
~ door = -> keeper
~ tools += hammer
=== keeper
Yes.
-> DONE
=== lamp
~ oil--
{oil} cans, {name}.{agent_outcome: You talked.}
#context
The brother is alive.
He waves. #context
The light goes on.
-> further
=== further
Further on.
* [Stop] No more.
-> END
"""


@pytest.fixture(scope="module")
def story() -> InkStory:
    """A story that waits at its agent call after one choice."""
    return compile_story(SOURCE)


@pytest.fixture
def saved(story: InkStory, inkjs: InkJs) -> Any:
    """Save the state of a reader in a player's inkjs, after these picks."""
    return lambda *picks: inkjs.call("playInk", story.text, list(picks), "")["state"]


def test_a_state_tells_variables_call_seed_and_the_hidden_line(story: InkStory, saved: Any):
    state = read_state(story, saved(0))

    assert {name: state.variables[name] for name in ("oil", "name", "keen", "door")} == {
        "oil": 1,
        "name": "Bo",
        "keen": True,
        "door": {"->": "keeper"},
    }
    assert set(state.variables["tools"]) == {"tools.rope", "tools.hammer", "tools.knife"}
    assert state.variables["agent_target"] == {"->": "lamp"}
    assert (state.call, state.seed) == (AgentCall("keeper", "lamp", line=14), 12)
    assert state.line == Passage("", "The keeper is afraid.")
    assert state.choices == []


def test_a_state_before_the_call_waits_for_no_agent(story: InkStory, saved: Any):
    state = read_state(story, saved())

    assert state.call is None
    assert state.choices == ["Waste oil", "Keep it"]
    assert (state.variables["oil"], state.variables["door"]) == (3, {"->": "lamp"})
    assert state.line == Passage("Hello.", "")


def test_the_target_is_read_under_the_readers_variables_with_context_apart(story: InkStory, saved: Any):
    wasted, kept = read_target(story, saved(0), "lamp"), read_target(story, saved(1), "lamp")

    assert kept.visible == "2 cans, Ann.\nThe light goes on.\nFurther on."
    assert wasted.visible.startswith("0 cans, Bo.\n")
    assert wasted.hidden == kept.hidden == "The brother is alive.\nHe waves."
    assert kept.whole and "Stop" not in kept.visible


def test_reading_the_target_stops_at_the_limit_and_leaves_the_state_alone(story: InkStory, saved: Any):
    state = saved(0)

    assert read_target(story, state, "lamp", limit=5) == Passage("0 can", "", whole=False)
    assert read_state(story, state).call == AgentCall("keeper", "lamp", line=14)
    with pytest.raises(KnotNotFound, match="'cellar'"):
        read_target(story, state, "cellar")


def test_a_target_that_never_ends_is_cut_off(inkjs: InkJs):
    for body in ("-> t", "Round\n-> t", "Round <>\n-> t"):
        story = compile_story(f"->agent(->k, ->t)\n=== k\nx\n-> DONE\n=== t\n{body}")
        passage = read_target(story, inkjs.call("playInk", story.text, [], "")["state"], "t", limit=1000)
        assert not passage.whole and len(passage.visible) <= 1000


def test_a_state_of_another_version_is_refused(story: InkStory, saved: Any, harbour: InkStory):
    renamed = compile_story(SOURCE.replace("oil", "coal"))
    without = compile_story(
        SOURCE.replace("* [Keep it]\n", "").replace("* [Waste oil] {waste()}\n-\n", "~ waste()\n")
    )

    for other in (renamed, without, harbour):
        with pytest.raises(StateInvalid, match="another story or version"):
            read_state(other, saved(0))
        with pytest.raises(StateInvalid):
            read_target(other, saved(0), next(iter(other.knots)))


def test_a_call_that_the_story_does_not_have_is_not_believed(story: InkStory, saved: Any):
    state = json.loads(saved(0))
    state["variablesState"]["agent_target"] = {"^->": "further"}

    with pytest.raises(StateInvalid, match=r"no agent call with ->keeper and ->further"):
        read_state(story, json.dumps(state))


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("inkSaveVersion"),
        lambda state: state.update(inkSaveVersion=99),
        lambda state: state.update(inkSaveVersion=[10]),
        lambda state: state.pop("flows"),
        lambda state: state.update(flows=[]),
        lambda state: state.update(flows={}),
        lambda state: state.update(variablesState=None),
        lambda state: state.pop("visitCounts"),
        lambda state: state.update(currentFlowName="OTHER"),
        lambda state: state["variablesState"].update(strange=1),
        lambda state: state["visitCounts"].update({"nowhere.0": 1}),
        lambda state: state["flows"]["DEFAULT_FLOW"].pop("callstack"),
        lambda state: state["flows"]["DEFAULT_FLOW"].update(callstack={"threads": [], "threadCounter": 0}),
        lambda state: state["flows"]["DEFAULT_FLOW"].update(outputStream=["nonsense"]),
        lambda state: state["flows"]["DEFAULT_FLOW"]["currentChoices"][0].update(targetPath="a.b.c"),
        lambda state: state["variablesState"].update(name="^a\x00b"),
    ],
)
def test_a_malformed_state_is_refused(story: InkStory, saved: Any, change: Any):
    state = json.loads(saved(0))
    change(state)

    with pytest.raises(StateInvalid):
        read_state(story, json.dumps(state))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[1]",
        "{",
        "NaN",
        "[" * 100_000,
        '{"a":' * 500 + "1" + "}" * 500,
        " " * (LONGEST_STATE + 1),
    ],
)
def test_what_is_no_state_is_refused(story: InkStory, text: str):
    with pytest.raises(StateInvalid):
        read_state(story, text)
