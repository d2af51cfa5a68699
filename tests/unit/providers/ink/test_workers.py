"""Hostile stories and states end at most a worker, never the process, and never for long."""

import json
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.ink import grounding
from providers.ink.compiler import compile_story, load_story
from providers.ink.errors import InkError, StoryStopped
from providers.ink.grounding import run_knot, run_seeds
from providers.ink.inkjs import InkJs
from providers.ink.state import read_state, read_target
from providers.ink.story import InkStory
from providers.ink.workers import PLAYING, Worker, WorkerDied, WorkerNotStarted, Workers

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
WORDS = [
    *(
        "ev",
        "/ev",
        "out",
        "pop",
        "->->",
        "~ret",
        "du",
        "str",
        "/str",
        "nop",
        "choiceCnt",
        "turn",
        "turns",
        "readc",
    ),
    *(
        "rnd",
        "srnd",
        "visit",
        "seq",
        "thread",
        "done",
        "end",
        "listInt",
        "range",
        "lrnd",
        "#",
        "/#",
        "<>",
        "\n",
        "^x",
    ),
    *("+", "-", "/", "*", "%", "_", "==", "!", "&&", "MIN", "POW", "FLOOR", "?", "L^", "void", "", "x"),
]
PATHS = [
    "keeper",
    "keeper.more",
    "lamp_room",
    ".^",
    ".^.^.^.^.^.^.^.^.^.^.^",
    "0",
    "keeper.0",
    ".^.c-0",
    "nowhere",
    "",
]
NUMBERS = [0, -1, 1, 2**31 - 1, -(2**31), 2**31, 2**63, 10**30, 0.5, 1e308]
TOKENS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(NUMBERS),
    st.none() | st.booleans(),
    st.builds(
        lambda key, value: {key: value},
        st.sampled_from(
            ["->", "f()", "->t->", "x()", "^->", "^var", "VAR?", "CNT?", "VAR=", "temp=", "*", "list"]
        ),
        st.sampled_from([*PATHS, "oil", "agent_turns", "SEED_AI", 3, None, {}, []]),
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


def outcome(action: Any) -> str:
    """Do something hostile: only our own errors may come of it, and soon."""
    started = time.monotonic()
    try:
        action()
        return "fine"
    except InkError as error:
        assert not isinstance(error.args[0], bytes) and "panic" not in str(error)
        return type(error).__name__
    finally:
        assert time.monotonic() - started < 5


def tampered(document: Any, data: st.DataObject) -> str:
    """Put something else in one to three places of a document, at any depth."""
    for _ in range(data.draw(st.integers(1, 3))):
        places = [(document, key) for key in document]
        for holder, key in places:
            child = holder[key]
            if isinstance(child, dict | list):
                places += [
                    (child, inner) for inner in (child if isinstance(child, dict) else range(len(child)))
                ]
        holder, key = places[data.draw(st.integers(0, len(places) - 1))]
        holder[key] = data.draw(TOKENS | JSON)
    return json.dumps(document)


@FUZZ
@given(document=st.dictionaries(st.text(max_size=8), JSON, max_size=4), root=JSON)
def test_random_json_is_no_story(document: dict[str, Any], root: Any):
    assert outcome(lambda: load_story(json.dumps(document))) == "StoryInvalid"
    assert (
        outcome(lambda: load_story(json.dumps({"inkVersion": 21, "root": root, "listDefs": {}})))
        == "StoryInvalid"
    )


@FUZZ
@given(data=st.data())
def test_a_story_with_instructions_mixed_up_fails_or_runs_within_its_limits(
    harbour: InkStory, data: st.DataObject
):
    story = json.loads(harbour.text)
    keeper = story["root"][-1]["keeper"]
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, max(0, len(keeper) - 2)))
        keeper[where : where + data.draw(st.integers(0, 2))] = data.draw(st.lists(TOKENS, max_size=3))

    outcome(lambda: run_knot(load_story(json.dumps(story)), "keeper", 1))


@FUZZ
@given(data=st.data())
def test_a_tampered_story_is_refused_or_runs_within_its_limits(harbour: InkStory, data: st.DataObject):
    text = tampered(json.loads(harbour.text), data)

    outcome(lambda: run_seeds(load_story(text), "keeper", [1, 2]))


@FUZZ
@given(cut=st.integers(1, 4000))
def test_a_truncated_story_is_refused(harbour: InkStory, cut: int):
    assert outcome(lambda: load_story(harbour.text[: -min(cut, len(harbour.text))])) == "StoryInvalid"


@FUZZ
@given(data=st.data())
def test_a_tampered_state_is_refused_or_read_within_its_limits(
    harbour: InkStory, inkjs: InkJs, data: st.DataObject
):
    state = json.loads(inkjs.call("playInk", harbour.text, [], "")["state"])
    text = tampered(state, data)

    outcome(lambda: read_state(harbour, text))
    outcome(lambda: read_target(harbour, text, "lamp_room"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory")
@pytest.mark.parametrize(
    "body",
    [
        "~ s = s + s\n-> k",
        '~ s = "{s}{s}"\n-> k',
        "~ s = grow(s, 27)\n{s}\n-> DONE",
        "<- k\n-> DONE",
        "{deep(1)}\n-> DONE",
    ],
)
def test_a_story_that_eats_memory_is_stopped_and_the_next_one_runs(
    body: str, harbour: InkStory, monkeypatch: pytest.MonkeyPatch
):
    source = f'VAR s = "sixteen letters!"\n->agent(->k, ->t)\n=== k\n{body}\n=== t\n-> END\n'
    functions = "=== function grow(x, n)\n{n > 0:\n~ return grow(x + x, n - 1)\n}\n~ return x\n"
    story = compile_story(f"{source}{functions}=== function deep(x)\n~ return 1 + deep(x)\n")

    monkeypatch.setattr(grounding, "RUN_SECONDS", 4.0)

    with pytest.raises(StoryStopped, match="too much memory"):
        run_knot(story, "k", 1)
    assert run_knot(harbour, "keeper", 1).text


def test_a_worker_that_takes_too_long_or_dies_is_replaced():
    workers = Workers("play", 1)
    story = compile_story("->agent(->k, ->t)\n=== k\n-> k\n=== t\n-> END")
    request = {"do": "run", "knot": "k", "inside": ["k"], "seeds": [1], "story": story.text, "longest": 100}

    with pytest.raises(WorkerDied, match="took too long"):
        workers.ask({**request, "budget": 60.0}, 0.3)
    assert workers.ask({**request, "budget": 0.05}, 5.0) == [{"text": "", "ended": "limit"}]
    workers.close()


def test_a_worker_that_cannot_start_is_no_fault_of_the_story():
    with pytest.raises(WorkerNotStarted, match="installed"):
        Workers("no such kind", 1).ask({}, 1.0)


def test_an_idle_worker_that_was_killed_is_not_blamed_on_the_next_story(harbour: InkStory):
    run_knot(harbour, "keeper", 1)
    for worker in list(PLAYING._idle.queue):
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()

    assert run_knot(harbour, "keeper", 1).text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_knows_no_secrets_and_ends_with_its_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a secret")
    worker = Worker("play")

    with Path(f"/proc/{worker._process.pid}/environ").open() as environment:
        assert "secret" not in environment.read()
    worker._process.stdin.close()
    assert worker._process.wait(5) == 0
    worker.close()


def test_stories_run_in_many_threads_at_once(harbour: InkStory):
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda seed: run_knot(harbour, "keeper", seed % 4), range(64)))

    assert all(run == runs[index % 4] for index, run in enumerate(runs))


def test_a_worker_that_dies_is_told_as_a_stopped_story(monkeypatch: pytest.MonkeyPatch, harbour: InkStory):
    def die(*_: object) -> None:
        raise WorkerDied("used too much memory or failed")

    monkeypatch.setattr(PLAYING, "ask", die)

    with pytest.raises(StoryStopped, match="used too much memory"):
        run_knot(harbour, "keeper", 1)
