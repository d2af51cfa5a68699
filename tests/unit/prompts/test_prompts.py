"""The shipped prompts, and how a prompt's text is read and rendered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prompts
from prompts import PromptInvalid, block, hash_of, parse, shipped_hashes

TEXT = """---
version: 2
description: Say it.
inputs: [words]
temperature: 0.5
---
# system
You speak.
# user
Say {{ words }}
"""


@pytest.mark.parametrize("name", prompts.SHIPPED)
def test_every_shipped_prompt_is_sound_and_its_hash_is_written_down(name):
    prompt = parse(name, prompts.SHIPPED[name])
    assert prompt.front.description.endswith(".")
    assert prompt.hash in shipped_hashes()[name]


@pytest.mark.req("A41")
@pytest.mark.parametrize("name", ["story/plan", "story/write_chapter"])
def test_planning_and_writing_have_a_system_and_a_user_prompt(name):
    kinds = [message.type for message in parse("x", TEXT).render(words="hello")]
    assert kinds == ["system", "human"]
    assert "# system\nYou are a novelist" in prompts.SHIPPED[name]
    assert "\n# user\n" in prompts.SHIPPED[name]


def test_name_and_inputs_go_with_the_last_message():
    system, user = parse("a/b", TEXT).render(words="hello")
    assert (system.content, user.content) == ("You speak.", "Say hello")
    assert user.additional_kwargs["fabula"] == {"prompt": "a/b", "inputs": {"words": "hello"}}


@pytest.mark.parametrize("inputs", [{}, {"words": "a", "more": "b"}, {"word": "a"}])
def test_inputs_are_exactly_the_declared_ones(inputs):
    with pytest.raises(PromptInvalid, match=r"a/b takes \['words'\]"):
        parse("a/b", TEXT).render(**inputs)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# user", "# reader", "needs front matter"),
        ("[words]", "[words, unused]", r"declares \['unused', 'words'\] but uses \['words'\]"),
        ("{{ words }}", "{{ words }} {{ other }}", "but uses"),
        ("{{ words }}", "{{ words", "unexpected"),
        ("version: 2", "version: none", "version"),
        ("version: 2", "version: [", "a/b"),
        ("description: Say it.", "colour: red", "colour"),
    ],
)
def test_an_unsound_prompt_says_what_is_wrong(old, new, problem):
    with pytest.raises(PromptInvalid, match=problem):
        parse("a/b", TEXT.replace(old, new))


def test_a_missing_value_inside_an_input_is_an_error():
    prompt = parse("a/b", TEXT.replace("{{ words }}", "{{ words.missing }}"))
    with pytest.raises(PromptInvalid, match="missing"):
        prompt.render(words={})


def test_a_prompt_cannot_reach_into_python():
    prompt = parse("a/b", TEXT.replace("{{ words }}", "{{ words.__class__.__mro__ }}"))
    with pytest.raises(PromptInvalid, match="unsafe"):
        prompt.render(words="x")


def test_values_are_never_templates():
    assert "{{ 7 * 7 }}" in str(parse("a/b", TEXT).render(words="{{ 7 * 7 }} {% raw %}")[1].content)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/ premisPREMIS\n\t=a\"'", max_size=60))
def test_nothing_inside_a_block_closes_or_opens_it(text):
    inside = block(text, "premise")[len("<premise>\n") : -len("\n</premise>")].lower()
    assert "<premise" not in "".join(inside.split())
    assert "</premise" not in "".join(inside.split())


def test_a_hash_changes_with_the_text():
    assert hash_of("a") != hash_of("b")
    assert len(hash_of("a")) == 16
