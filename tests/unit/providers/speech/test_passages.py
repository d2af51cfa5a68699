"""How a text is read: sentence by sentence, in pieces, with marks."""

from itertools import pairwise

import pytest

from domain.errors import MediaFailed
from providers.speech import passages

TEXT = (
    "The lamp went out. Mara climbed the stairs; “Who is there?” she asked.\n\nNobody answered.\n\n* * *\n\n"
    "Dawn came."
)


def test_every_sentence_is_read_and_a_paragraph_gets_the_longer_pause() -> None:
    found = passages.read(TEXT)

    assert [each.text for each in found] == [
        "The lamp went out.",
        "Mara climbed the stairs; “Who is there?” she asked.",
        "Nobody answered.",
        "Dawn came.",
    ]
    assert [each.pause for each in found] == [passages.SENTENCE, passages.PARAGRAPH, passages.PARAGRAPH, 0.0]


@pytest.mark.parametrize("text", ["", " \n ", "***", "…", "—"])
def test_nothing_to_read_is_said(text: str) -> None:
    with pytest.raises(MediaFailed, match="nothing to read"):
        passages.read(text)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(MediaFailed, match="more than"):
        passages.read("a " * passages.LONGEST)


def test_pieces_end_with_a_sentence_and_lose_nothing() -> None:
    found = passages.read("One sentence stands here. " * 400 + "word " * 900)
    pieces = passages.pieces(found, 4_000)

    assert all(len(passages.text_of(piece)) <= 4_000 for piece in pieces)
    assert [each for piece in pieces for each in piece] == found
    assert len(pieces) > 2


def test_marks_follow_the_pauses() -> None:
    found = passages.read("Short one. A much longer sentence that goes on for a while. End.")
    silences = [(1.0, 1.4), (5.6, 6.0)]
    marks = passages.estimated(found, (0.5, 7.0), silences)

    assert [mark.text for mark in marks] == [each.text for each in found]
    assert (marks[0].start, marks[0].end, marks[1].start) == (0.5, 1.0, 1.4)
    assert (marks[1].end, marks[2].start, marks[2].end) == (5.6, 6.0, 7.0)


def test_marks_never_overlap_where_no_pause_is_heard() -> None:
    marks = passages.estimated(passages.read("A one. B two. C three. D four."), (0.0, 4.0), [])

    assert all(before.end <= after.start for before, after in pairwise(marks))
    assert marks[-1].end == 4.0


def test_signs_that_nobody_reads_are_left_out() -> None:
    assert passages.aloud("She *never*\0 said [no].") == "She never said no ."
