import pytest

from domain.text.genres import plain


@pytest.mark.parametrize(
    ("named", "counted"),
    [
        ("Noir", "noir"),
        ("  Science fiction / NOIR! ", "science fiction noir"),
        ("sci-fi", "sci-fi"),
        ("Фэнтези", "фэнтези"),
        ("a\0b_c", "a b c"),
        ("", ""),
        ("word " * 20, "word word word word word word word word"),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_genre_is_counted_by_few_plain_words(named, counted):
    assert plain(named) == counted
