"""The text measures: splitting, quoting and the checks that a chapter goes through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import text

ANY_TEXT = st.text() | st.text(alphabet="aB .!?…\"“”’'\n\r\t—*\x00😀。语", max_size=200)


@given(ANY_TEXT)
def test_sentences_are_substrings_in_order_with_only_whitespace_between(whole):
    at = 0
    for sentence in text.sentences(whole):
        start = whole.index(sentence, at)
        assert not whole[at:start].strip()
        at = start + len(sentence)
    assert not whole[at:].strip()


@given(ANY_TEXT, ANY_TEXT)
def test_no_text_makes_a_measure_raise(one, other):
    text.words(one), text.paragraphs(one), text.stems(one), text.narration(one)
    text.is_truncated(one), text.is_degenerate(one), text.repeats(one, [other])
    text.covers(one, other), text.stands_in(one, other), text.near_misses(one, [other])
    assert 0 <= text.dialogue_share(one) <= 1
    assert (
        bool(text.words(one)) == bool(text.count_words(one)) <= text.count_words(one) <= len(text.words(one))
    )


@given(ANY_TEXT)
def test_a_found_sentence_can_be_replaced_in_place(whole):
    for sentence in text.sentences(whole):
        found = text.find_sentence(whole, sentence)
        assert found is None or found in whole


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("“Go.” she said. Then he left.", ["“Go.” she said.", "Then he left."]),
        ("“Go!” Holmes said. “No?” He left.", ["“Go!” Holmes said.", "“No?”", "He left."]),
        ("“Go!” cried Tom. “Now!”", ["“Go!” cried Tom.", "“Now!”"]),
        ("Mr. J. R. Smith rose. Dr. Ames sat.", ["Mr. J. R. Smith rose.", "Dr. Ames sat."]),
        (
            "It was 5 a.m. He slept. At 5 a.m. Holmes rose.",
            ["It was 5 a.m.", "He slept.", "At 5 a.m. Holmes rose."],
        ),
        ("It was I. He went.", ["It was I.", "He went."]),
        ("Well... maybe. And so… I went.", ["Well... maybe.", "And so… I went."]),
        ("He said no. No. 5 was it.", ["He said no.", "No. 5 was it."]),
        ("*No.* “Yes.” Fine", ["*No.*", "“Yes.”", "Fine"]),
        ("no stop here\n\nNor here", ["no stop here", "Nor here"]),
        ("One.\r\nTwo.\r\n\r\nthree.", ["One.", "Two.", "three."]),
        ("你好。再见！", ["你好。", "再见！"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(whole, parts):
    assert text.sentences(whole) == parts


def test_words_keep_their_apostrophes_and_treat_both_kinds_alike():
    assert text.words("Don’t—the Keeper's DON'T") == ["don't", "the", "keeper's", "don't"]
    assert text.words("हिन्दी 语文 1920s") == ["हिन्दी", "语", "文", "1920s"]


def test_dialogue_share_counts_the_words_inside_double_quotes():
    assert text.dialogue_share('“One two,” she said. "Three four."') == pytest.approx(4 / 6)
    assert text.dialogue_share("“A speech goes on\n\n“and ends.” He left.") == pytest.approx(6 / 8)
    assert text.dialogue_share("") == 0


@pytest.mark.parametrize("whole", ["", "He went to the", "He went,", "He went —", "“He went"])
def test_a_text_without_an_end_is_truncated(whole):
    assert text.is_truncated(whole)


@pytest.mark.parametrize(
    "whole", ["He went.", "“Go!”", "*He went.*", "(Gone.)\n", "He went…", "“But—”", "End.\n\n* * *"]
)
def test_a_text_with_an_end_is_whole(whole):
    assert not text.is_truncated(whole)


@pytest.mark.parametrize(
    "whole",
    [
        "The lamp went out. " * 30,
        "A start that is quite fine, and goes on for a while. " + "and then he said " * 12,
        "no " * 40,
        "one line of it\n" * 10,
        "😀 " * 500,
        " ".join(f"The {a} cat sat on the {b} mat." for a in ("big", "fat") for b in ("red", "old")) * 9,
    ],
)
def test_a_loop_is_degenerate(whole):
    assert text.is_degenerate(whole)


def test_short_and_honest_texts_are_not_degenerate():
    assert not text.is_degenerate("")
    assert not text.is_degenerate("“No. No. No!” he said. “No, no, no, no, no.” And he was gone.")


def test_a_beat_is_covered_by_half_of_its_stems():
    assert text.covers("She carried the lanterns down the stairs.", "Mara carries a lantern")
    assert not text.covers("He slept all day.", "Mara carries a lantern")
    assert text.covers("Whatever.", "They are")


def test_a_beat_planned_in_the_present_is_found_in_the_past():
    assert text.stems("Mara hears it ringing, loses keys, carries on") == text.stems(
        "mara heard rings lost key carry"
    )
    assert text.covers(
        "She had lost her key and heard the bell.", "Mara loses the brass key and hears a bell"
    )


def test_a_quote_stands_in_a_text_whatever_its_quotes_dashes_and_breaks():
    whole = "“He lit—the lamp and\nwent ‘out’,” she said."
    assert text.stands_in('He lit -- the lamp and went "out"'.replace('"', "'"), whole)
    assert not text.stands_in("lit the lamp", whole)
    assert not text.stands_in("the lamp and went home again", whole)


def test_a_long_run_of_whitespace_is_folded_at_once():
    assert text.fold("a" + " \n" * 100_000 + "b") == "a b"


def test_a_sentence_is_found_only_when_one_alone_contains_the_quote():
    assert (
        text.find_sentence("He lit it. Then he slept. He lit it again!", "lit it again") == "He lit it again!"
    )
    assert text.find_sentence("He lit it. He lit it.", "lit it") is None
    assert text.find_sentence("He lit it.", "the fog") is None


def test_a_chapter_repeats_an_earlier_one_when_a_fifth_of_it_was_told():
    first = " ".join(f"Sentence number {n} says what only it can say of thing {n * 7}." for n in range(30))
    fresh = " ".join(
        f"Another {n} remark, quite unlike those that went before it, on {n * 3}." for n in range(30)
    )
    assert text.repeats(first, [fresh, first])
    assert not text.repeats(fresh, [first])
    assert not text.repeats(first, [])


@pytest.mark.req("A13", "A50")
def test_a_slip_in_a_planned_name_is_a_near_miss():
    names = ["Mara Quill", "Tom Harrow", "Elisabeth"]
    assert text.near_misses("So Marra Quil met Tim Harow and Elizabeth.", names) == [
        "Elizabeth", "Harow", "Marra", "Quil", "Tim",
    ]  # fmt: skip


@pytest.mark.req("A50")
def test_a_first_name_before_the_wrong_last_name_is_mixed():
    names = ["Mara Jane Quill", "Tom Harrow", "Finch"]
    whole = "Mara Harrow gave Mara Tom's coat. Mara Quill, Mara Jane and Tom Harrow’s dog met Tom Quick. Mara Monday."
    assert text.mixed_names(whole, names) == ["Mara Harrow", "Tom Quick"]


def test_planned_names_plurals_pet_names_and_ordinary_words_are_no_near_misses():
    names = ["Marion Grace", "Marian", "Mara", "Rose Marsh", "Bill"]
    whole = (
        "Marion’s and Marian's. The Graces came; Rosie, too, and Billy. Many rose. More! March came. "
        "Great care. Where, There, And Any! Hard was the marsh, and harsh. Harsh words. "
        "Mare and foal: the mare ran. Where is Mara?"
    )
    assert text.near_misses(whole, names) == []
