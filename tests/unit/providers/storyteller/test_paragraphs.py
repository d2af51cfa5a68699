"""What the offline storyteller makes of a paragraph, and of a story that is to go on."""

import re

import pytest

from domain.chapter_check import failures
from domain.editing import paragraph_failures, parts_of, room_for
from domain.further_chapter import fit_further, further_problems
from domain.story import ChapterPlan, Outline
from domain.text import paragraphs, repeats, sentences
from providers.storyteller.chapter import write_chapter
from providers.storyteller.further import plan_further_chapter
from providers.storyteller.paragraphs import edit_chapter_paragraph
from providers.storyteller.plan import plan_story

LENGTH = {"min": 800, "max": 1_500}


def request(genre):
    return {
        "premise": "A detective in 1920s Paris finds a letter addressed to a dead man.",
        "genre": genre,
        "tone": "literary",
        "rating": "SFW",
        "characters": [],
        "chapters": 3,
    }


def told(genre):
    """A request, its outline and its chapters."""
    asked = request(genre)
    outline, chapters = plan_story(asked, 7), []
    for plan in outline["chapters"]:
        inputs = {
            "request": asked,
            "outline": outline,
            "chapter": plan,
            "chapters": chapters,
            "words": LENGTH,
        }
        text = write_chapter(inputs, 7)
        chapters.append({"number": plan["number"], "title": plan["title"], "text": text, "summary": ""})
    return asked, outline, chapters


STORIES = {genre: told(genre) for genre in ("noir", "fantasy")}


def edited(genre, how, number, instruction="", chapter=2):
    asked, outline, chapters = STORIES[genre]
    text = chapters[chapter - 1]["text"]
    before, named, after = parts_of(text, how, number)
    inputs = {
        "request": asked,
        "outline": outline,
        "facts": [],
        "chapter": outline["chapters"][chapter - 1],
        "action": how,
        "before": before,
        "paragraph": named,
        "after": after,
        "instruction": instruction,
        "words": room_for(how, named),
        "problems": [],
    }
    return text, named, edit_chapter_paragraph(inputs, 7)


@pytest.mark.parametrize("genre", STORIES)
@pytest.mark.parametrize("how", ["rewrite", "continue", "insert"])
@pytest.mark.parametrize("instruction", ["", "Shorter.", "Make it darker.", "More dialogue.", "Let it snow."])
def test_every_paragraph_of_a_chapter_can_be_edited(genre, how, instruction):
    for number in range(1, len(paragraphs(STORIES[genre][2][1]["text"])) + 1, 4):
        text, _, new = edited(genre, how, number, instruction)
        written = {"text": new, "finish_reason": "stop"}
        assert paragraph_failures(written, text, how, number, "SFW") == []
        assert not set(sentences(new)) & set(sentences("".join(parts_of(text, how, number)[::2])))


@pytest.mark.parametrize(
    ("instruction", "said"), [("Let it snow.", "snow"), ("Bring in a black dog.", "dog")]
)
def test_what_is_asked_for_is_in_the_paragraph(instruction, said):
    for how in ("rewrite", "continue", "insert"):
        assert re.search(rf"\b{said}\b", edited("noir", how, 2, instruction)[2], re.IGNORECASE)


def test_what_happens_is_told_in_the_past():
    hero = STORIES["noir"][1]["characters"][0]["name"].split()[0]
    new = edited("noir", "continue", 2, f"{hero} finds a red umbrella under the stairs.")[2]
    assert new.startswith(f"{hero} found a red umbrella under the stairs.")


def test_a_shorter_paragraph_is_shorter_and_all_its_words_stood_there():
    text, named, new = edited("noir", "rewrite", 2, "Shorter.")
    assert len(new) < len(named)
    assert all(sentence in text for sentence in sentences(new))


def test_the_same_edit_comes_out_the_same():
    assert edited("noir", "continue", 3)[2] == edited("noir", "continue", 3)[2]
    assert edited("noir", "continue", 3)[2] != edited("noir", "continue", 3, "Another way.")[2]


@pytest.mark.parametrize("genre", STORIES)
def test_a_story_goes_on_for_a_chapter_that_takes_something_up_and_repeats_nothing(genre):
    asked, outline, chapters = STORIES[genre]
    inputs = {
        "request": asked,
        "outline": outline,
        "chapters": chapters,
        "premise": "A stranger waits there.",
    }
    plan = ChapterPlan.model_validate(plan_further_chapter(inputs | {"problems": []}, 7))
    assert further_problems(plan, Outline.model_validate(outline), 800, 1_500) == []
    assert plan.beats[0].text == "A stranger waits there."

    plan = fit_further(plan, Outline.model_validate(outline), 800, 1_500)
    longer = outline | {"chapters": [*outline["chapters"], plan.model_dump()]}
    inputs = {"request": asked, "outline": longer, "chapter": longer["chapters"][3], "chapters": chapters}
    text = write_chapter(inputs | {"words": LENGTH}, 7)
    assert failures({"text": text}, chapters, asked, 800) == []
    assert not repeats(text, [chapter["text"] for chapter in chapters])
    known = {sentence for chapter in chapters for sentence in sentences(chapter["text"])}
    assert not [sentence for sentence in sentences(text) if sentence in known and len(sentence) > 30]
