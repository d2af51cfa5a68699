"""Compiling Ink: the prelude, problems by the author's lines, limits, compiled stories."""

import json
import re

import pytest

from providers.ink import compiler
from providers.ink.compiler import LONGEST_SOURCE, compile_story, load_story
from providers.ink.errors import Problem, StoryInvalid, StoryStopped
from providers.ink.story import InkStory

ENDINGS = "\n=== k\nx\n-> DONE\n=== t\ny\n-> END\n"


def problems(source: str) -> tuple[Problem, ...]:
    """Return the problems for which a source is refused."""
    with pytest.raises(StoryInvalid) as refused:
        compile_story(source)
    return refused.value.problems


def test_a_story_compiles_with_the_prelude_behind_it(harbour: InkStory):
    assert list(harbour.knots) == ["quay", "keeper", "lamp_room"]
    assert harbour.variables == [
        "oil",
        "ai_seed",
        *(f"agent_{n}" for n in ("character", "target", "outcome", "turns")),
    ]
    assert harbour.warnings == ()


def test_the_same_source_has_the_same_version_and_another_has_another(harbour: InkStory):
    one, same, other = (compile_story(f"{text}{ENDINGS}") for text in ("Once.", "Once.", "Twice."))

    assert one.version == same.version != other.version
    assert load_story(one.text).version == one.version
    assert load_story(json.dumps(json.loads(harbour.text), indent=2)).version == harbour.version


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("Hello\n-> nowhere", 2, "nowhere"),
        ("Hello\n\n{1 +}", 3, "Expected"),
        ("->agent(->k)" + ENDINGS, 1, "requires 2 arguments"),
        ("->agent" + ENDINGS, 1, "requires 2 arguments"),
        ("Hello {1:\n", 1, "but the story ends here"),
        ("x\n\nINCLUDE other.ink\n-> END", 3, "INCLUDE other.ink is refused"),
        ("/* two\nlines */ INCLUDE a\n", 2, "INCLUDE a is refused"),
        ("x\n-> END\n/* never closed", 3, "never closed"),
        ("one\r\ntwo\r\n-> nowhere", 3, "nowhere"),
        ("one\ntw\x00o", 2, "U+0000"),
        ("one \ud800", 1, "U+D800"),
    ],
)
def test_a_mistake_is_told_with_its_line(source: str, line: int, words: str):
    found = problems(source)[0]

    assert (found.severity, found.line) == ("error", line)
    assert words in found.message and not re.search(r"line \d", found.message)


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("x\nVAR agent = 1", 2, "VAR 'agent'"),
        ("x\n-> END\n=== agent\ny\n-> END", 3, "knot 'agent'"),
        ("CONST agent_size = 1\nx", 1, "CONST 'agent_size'"),
        ("x\n\nLIST agent_list = a, b", 3, "LIST 'agent_list'"),
        ("x\n=== function SEED_AI(n)\n~ return n", 2, "function 'SEED_AI'"),
        ("~ temp ai_seed = 1\nx", 1, "temp 'ai_seed'"),
        ("x\n- (agent) y\n-> END", 2, "gather 'agent'"),
        ("* (agent_pick) y\n-> END", 1, "choice 'agent_pick'"),
        ("x\n-> END\n=== k\n= agent_none\n-> END", 4, "stitch 'agent_none'"),
        ("x\n-> END\n=== k(agent_turns)\n-> END", 3, "parameter 'agent_turns'"),
        ("EXTERNAL agent_say(x)\nx", 1, "EXTERNAL 'agent_say'"),
    ],
)
def test_a_name_of_the_preludes_is_refused_where_the_author_used_it(source: str, line: int, words: str):
    (found,) = problems(source)

    assert found.line == line
    assert words in found.message and "rename it" in found.message


def test_every_other_name_is_the_authors():
    source = (
        "VAR n = 1\nVAR target = 2\nVAR seed = 3\n{n} {target} {seed}\n-> character\n=== character(x)\n-> END"
    )

    assert "character" in compile_story(source.replace("(x)", "")).knots


def test_warnings_and_notes_do_not_refuse_a_story():
    story = compile_story("TODO: an ending\nHello\n-> k\n=== k\nThere\n")

    assert [(warning.severity, warning.line) for warning in story.warnings] == [("note", 1), ("warning", 5)]
    assert "loose end" in story.warnings[1].message


@pytest.mark.parametrize(
    ("source", "words"), [("", "empty"), (" \n\t", "empty"), ("a" * (LONGEST_SOURCE + 1), "longer")]
)
def test_an_empty_or_huge_source_is_refused(source: str, words: str):
    assert words in problems(source)[0].message


def test_what_nests_without_bottom_is_refused_and_the_next_story_compiles():
    for source in ("{" * 5000, "{" + "(" * 500 + "1" + ")" * 500 + "}", "{a|" * 60 + "b" + "}" * 60):
        assert "nested too deeply" in problems(source)[0].message

    assert compile_story("Fine.\n-> END").text


def test_a_source_that_compiles_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compiler, "COMPILE_SECONDS", 1.0)

    with pytest.raises(StoryStopped, match="took too long"):
        compile_story("#a" * 100_000)

    monkeypatch.undo()
    assert compile_story("Fine.\n-> END").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda story: story.update(inkVersion=19), "version 19"),
        (lambda story: story.pop("inkVersion"), "no inkVersion"),
        (lambda story: story.update(inkVersion=True), "no inkVersion"),
        (lambda story: story.update(root="x"), "root"),
        (lambda story: story.update(root=[]), "root"),
        (lambda story: story.update(listDefs=[]), "root"),
        (lambda story: story["root"][-1].pop("agent"), "agent prelude; it lacks agent"),
        (lambda story: story["root"][-1].pop("global decl"), "agent prelude; it lacks ai_seed"),
        (lambda story: story["root"][-1].update(agent=["done", {"#f": 1}]), "the choice tagged #agent"),
        (lambda story: story["root"][-1]["keeper"][-1].pop("#f"), "'keeper' does not count its visits"),
    ],
)
def test_a_compiled_story_that_cannot_serve_is_refused(harbour: InkStory, change, words: str):
    story = json.loads(harbour.text)
    change(story)

    with pytest.raises(StoryInvalid, match=words):
        load_story(json.dumps(story))


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", "NaN", '{"a": 1e999}', "[" * 100_000, '"\\ud800"', "é"]
)
def test_what_is_no_compiled_story_is_refused(text: str):
    with pytest.raises(StoryInvalid):
        load_story(text)
