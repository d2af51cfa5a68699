"""How a story is told: in which language, in whose manner, and whether a text keeps its distance from the sample."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from domain.languages import ENGLISH, LONGEST_TAG, canonical, signs_of
from domain.leaks import leaks
from domain.text import count_words, signs_a_word

MAX_STYLE, MAX_SAMPLE = 400, 4_000
COPIED = 8


def is_text(text: str) -> str:
    """Return the text stripped. Raises `ValueError` when it holds a NUL."""
    if "\0" in text:
        raise ValueError("it contains a NUL character")
    return text.strip()


Language = Annotated[
    str,
    Field(
        max_length=LONGEST_TAG, description="The language it is told in, as a BCP 47 tag such as de or pt-BR."
    ),
    AfterValidator(canonical),
]
ProseStyle = Annotated[
    str,
    Field(
        max_length=MAX_STYLE, description="The manner of the prose, in words; empty leaves it to the model."
    ),
    AfterValidator(is_text),
]
StyleSample = Annotated[
    str,
    Field(
        max_length=MAX_SAMPLE,
        description="Prose of the author's own, to take the manner from, never the matter.",
    ),
    AfterValidator(is_text),
]


def language_of(request: Mapping[str, Any]) -> str:
    """Return the language that a request asks for; those made before there was a choice ask for English."""
    return str(request.get("language", ENGLISH))


def book_language(request: Mapping[str, Any]) -> str:
    """Return the language of the book, empty where nobody chose one: then its text tells."""
    language = language_of(request)
    return "" if language == ENGLISH else language


def style_of(wanted: Mapping[str, Any], request: Mapping[str, Any]) -> tuple[str, str]:
    """Return the style and the sample in whose manner a text is told again: those wanted, else the request's."""
    for one in (wanted, request):
        style, sample = str(one.get("prose_style") or ""), str(one.get("style_sample") or "")
        if style or sample:
            return style, sample
    return "", ""


def manner_of(request: Mapping[str, Any], *, prose: bool) -> dict[str, Any]:
    """Return what a prompt is told beyond its own words; empty for English in no manner that was asked for.

    The style is for prose alone: a plan or an audit has none.
    """
    language = language_of(request)
    style, sample = (str(request.get(key, "")) if prose else "" for key in ("prose_style", "style_sample"))
    if language == ENGLISH and not style and not sample:
        return {}
    return {
        "language": "" if language == ENGLISH else language,
        "signs": signs_of(language),
        "prose_style": style,
        "style_sample": sample,
    }


def copied(text: str, request: Mapping[str, Any]) -> list[str]:
    """Return the runs of eight words that a text has in common with the sample of its style."""
    sample = str(request.get("style_sample", ""))
    if count_words(sample) < COPIED:
        return []
    return leaks(text, [sample], run=COPIED * signs_a_word(sample))
