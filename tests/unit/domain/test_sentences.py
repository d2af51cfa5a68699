"""Targeted edits: one sentence changes, every other byte stays."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sentences import apply_edits, replace_sentence
from domain.story import Chapter, SentenceEdit, TextOrigin
from domain.text import sentences
from tests.stories import chapter_text, plan_of

ORIGIN = TextOrigin(prompt="p", version=1, hash="h", model="m")
TEXT = chapter_text(plan_of(1, 3).model_dump(), 300)


def chapter(text=TEXT, number=1):
    return Chapter(number=number, title="T", text=text, words=1, origin=ORIGIN)


def edit(quote, replacement="Nobody came that night.", number=1):
    return SentenceEdit(chapter=number, quote=quote, replacement=replacement, why="-")


@settings(max_examples=50)
@given(st.integers(3, len(sentences(TEXT)) - 1))
def test_every_other_sentence_stays_byte_for_byte(place):
    wrong = sentences(TEXT)[place]
    (changed,) = apply_edits([chapter()], [edit(wrong)])

    before, after = TEXT.split(wrong), changed.text.split("Nobody came that night.")
    assert before == after
    assert changed.edits == 1


def test_a_part_of_a_sentence_is_enough_to_name_it():
    wrong = sentences(TEXT)[6]
    (changed,) = apply_edits([chapter()], [edit(" ".join(wrong.split()[:7]))])
    assert changed.text == TEXT.replace(wrong, "Nobody came that night.")


def test_edits_that_name_no_one_sentence_change_nothing():
    twice = "Maren waited by the old lamp. Tobias slept. Maren waited by the old lamp."
    assert apply_edits([chapter(twice)], [edit("Maren waited by the old lamp.")]) == []
    assert apply_edits([chapter()], [edit("words that are not there at all")]) == []
    assert apply_edits([chapter()], [edit(sentences(TEXT)[4], number=2)]) == []


def test_two_edits_of_one_chapter_both_count():
    first, second = sentences(TEXT)[4], sentences(TEXT)[8]
    (changed,) = apply_edits(
        [chapter()], [edit(first, "The first is mended."), edit(second, "So is the second.")]
    )
    assert changed.text == TEXT.replace(first, "The first is mended.").replace(second, "So is the second.")


def test_a_replacement_that_is_no_sentence_is_refused():
    sentence = sentences(TEXT)[4]
    for bad in ("", "  ", "It breaks off and", "One.\n\nAnother paragraph.", "Word " * 200 + "end."):
        assert replace_sentence(TEXT, sentence, bad) is None
