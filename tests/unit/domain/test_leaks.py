"""What a text gives away of another."""

import pytest

from domain.leaks import leaks, new_names

TARGET = "Behind the great lens Ambrose has hidden the drowned captain's silver compass."


@pytest.mark.req("C03")
@pytest.mark.parametrize(
    "text",
    [
        "Who says that the drowned captain’s silver compass is mine?",
        "BEHIND THE GREAT LENS, AMBROSE; has hidden it",
        "He has\nhidden\tthe drowned captain's",
        "has hid\u200bden the drow\u00adned captain's",
        "ｈａｓ ｈｉｄｄｅｎ ｔｈｅ ｄｒｏｗｎｅｄ ｃａｐｔａｉｎ'ｓ",
        "has hídden thé drowned captain's",
    ],
)
def test_five_words_in_a_row_give_it_away(text):
    assert leaks(text, [TARGET])


@pytest.mark.parametrize(
    "text", ["", "The great lens is dark.", "hidden the drowned captain", "A captain's compass"]
)
def test_fewer_do_not(text):
    assert not leaks(text, [TARGET])


def test_what_was_read_or_said_before_is_no_secret():
    text = "Behind the great lens Ambrose has his bed."
    assert leaks(text, [TARGET]) == ["behind the great lens ambrose", "the great lens ambrose has"]
    assert not leaks(text, [TARGET], ["Behind the great lens Ambrose has hidden nothing."])
    assert leaks(text, [TARGET], ["Behind the great lens."])


def test_a_short_text_counts_as_a_whole():
    assert leaks("Well, she is dead, sir.", ["She is dead."])
    assert not leaks("She is dead tired.", ["She is dead and buried."])
    assert not leaks("The end is near.", ["The end."])


def test_signs_without_spaces_are_words():
    assert leaks("他说灯塔里藏着银罗盘。", ["灯塔里藏着银罗盘"])


def test_names_that_only_the_unseen_text_has_are_new():
    known = ['"Forty years," says Marthe.']
    assert new_names("Get Ambrose and Marthe to talk.", [TARGET, 'Old Marthe says: "Behold."'], known) == {
        "Ambrose"
    }
    assert not new_names("Behind it all stands Trust.", [TARGET], known)
