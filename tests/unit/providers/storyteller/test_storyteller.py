"""The chat model: what it answers, how it streams, and that it says the same thing twice."""

import os
import subprocess
import sys
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessageChunk, HumanMessage

from domain.story import Mending, Outline, Review
from providers.storyteller import Storyteller
from tests.unit.providers.storyteller.played import GARGOYLES, WORDS, ask, asked_for, message, play


def chapter_one(seed: int = 0) -> list[HumanMessage]:
    """Return the messages that ask for a first chapter."""
    played = play(GARGOYLES, seed, genre="noir")
    return message(
        "story/write_chapter",
        request=played.request,
        outline=played.outline,
        chapters=[],
        summaries=[],
        chapter=played.outline["chapters"][0],
        words=WORDS,
        problems=[],
    )


def test_without_a_prompt_it_says_what_it_is():
    answers = {Storyteller().invoke(text).content for text in ("Write me a poem", "")}

    assert len(answers) == 1
    assert "offline storyteller" in answers.pop()
    assert "offline storyteller" in ask("story/repair_answer", text="{")


def test_streaming_says_what_generating_says():
    model, asked = Storyteller(), chapter_one()

    chunks = list(model.stream(asked))

    assert "".join(str(chunk.content) for chunk in chunks) == model.invoke(asked).content
    assert all(len(str(chunk.content).split()) <= 4 for chunk in chunks)
    assert chunks[-1].response_metadata == {"finish_reason": "stop", "model_name": "offline:storyteller"}


async def test_asynchronous_streaming_tells_callbacks_every_word():
    model, asked, heard = Storyteller(), chapter_one(), Heard()

    whole: AIMessageChunk | None = None
    async for chunk in model.astream(asked, config={"callbacks": [heard]}):
        whole = chunk if whole is None else whole + chunk

    assert whole is not None
    assert "".join(heard.tokens) == whole.content == (await model.ainvoke(asked)).content
    assert whole.usage_metadata and whole.usage_metadata["output_tokens"] == len(str(whole.content).split())


class Heard(BaseCallbackHandler):
    """Keeps the tokens it is told of."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.tokens.append(str(token))


def test_call_settings_are_ignored():
    asked = chapter_one()

    plain, set_up = (
        Storyteller().invoke(asked),
        Storyteller().invoke(asked, temperature=1.3, response_format={}),
    )

    assert plain.content == set_up.content


def test_the_same_seed_tells_the_same_story_in_another_process():
    code = (
        "import hashlib;from tests.unit.providers.storyteller.played import *;"
        "print(hashlib.sha256(''.join(play(GARGOYLES, 3).texts).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for salt in ("1", "2")
    }

    assert len(told) == 1
    assert play(GARGOYLES, 3).texts != play(GARGOYLES, 4).texts


@pytest.mark.req("A19")
@pytest.mark.parametrize("count", [2, 3, 4, 5, 12, 40])
def test_a_plan_has_exactly_the_chapters_asked_for_and_pays_off_what_it_plants(count):
    request = asked_for(GARGOYLES, chapters=count)

    outline = Outline.model_validate_json(ask("story/plan", request=request))

    assert [chapter.number for chapter in outline.chapters] == list(range(1, count + 1))
    assert not outline.chapters[-1].plants
    for chapter in outline.chapters:
        assert 3 <= len(chapter.beats) <= 4
        assert 900 <= sum(beat.words for beat in chapter.beats) <= 1400
        later = [phrase for one in outline.chapters[chapter.number :] for phrase in one.pays_off]
        earlier = [phrase for one in outline.chapters[: chapter.number - 1] for phrase in one.plants]
        assert set(chapter.plants) <= set(later)
        assert set(chapter.pays_off) <= set(earlier)


@pytest.mark.req("A13")
def test_requested_characters_are_in_the_plan_and_in_the_story():
    names = ["Ottoline Brisk", "Cy", "Mother Halloran", "J.-P. Thibault", "Wu Lan", "Abelard Moss"]

    played = play("A baker finds a map in a loaf of bread", characters=names)

    assert [one["name"] for one in played.outline["characters"]] == names
    told = "\n".join(played.texts)
    assert all(name in told for name in names)


def test_a_repaired_plan_is_a_plan():
    played = play(GARGOYLES)
    broken = played.outline | {"chapters": played.outline["chapters"][:1]}

    answer = played.ask("story/repair_plan", outline=broken, problems=["1 chapter instead of 3"])

    assert len(Outline.model_validate_json(answer).chapters) == 3


def test_facts_stand_word_for_word_in_their_chapter():
    played = play(GARGOYLES, genre="noir")

    for chapter in played.chapters:
        facts = [fact for fact in played.facts if fact["chapter"] == chapter["number"]]
        assert 3 <= len(facts) <= 6
        assert all(fact["quote"] in chapter["text"] and len(fact["quote"].split()) >= 5 for fact in facts)
        assert 2 <= chapter["summary"].count(".") <= 4


def test_a_contradiction_is_mended_in_favour_of_what_was_said_first():
    contradiction = {"earlier": "The key was brass.", "now": "The key was silver.", "why": "one key"}

    answer = ask("story/mend_sentence", chapter={}, text="The key was silver.", contradiction=contradiction)

    assert "brass" in Mending.model_validate_json(answer).replacement


def test_the_review_changes_nothing():
    played = play(GARGOYLES)

    answer = played.ask("story/polish", outline=played.outline, chapters=played.chapters, facts=played.facts)

    assert Review.model_validate_json(answer).edits == []


def test_the_synopsis_names_the_protagonist_and_keeps_to_three_sentences():
    played = play(GARGOYLES, genre="mystery")

    assert played.outline["characters"][0]["name"] in played.synopsis
    assert "gargoyles" in played.synopsis
    assert 2 <= sum(played.synopsis.count(mark) for mark in ".!?") <= 3
