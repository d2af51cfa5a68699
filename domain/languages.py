"""Languages by their BCP 47 tags: which there are, and how each is written."""

import re
from functools import lru_cache

ENGLISH = "en"
LONGEST_TAG = 35
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})
_SHAPE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
# As `domain.text.count_words` has it
_SIGNS_A_WORD = {"Jpan": 2, "Hans": 2, "Hant": 2, "Hani": 2, "Thai": 3, "Laoo": 3, "Mymr": 3, "Khmr": 3}
_RIGHT_TO_LEFT = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Mand", "Samr"})


@lru_cache(maxsize=256)
def canonical(tag: str) -> str:
    """Return a language's tag as the registry writes it. Raises `ValueError` when there is no such language."""
    if tag == ENGLISH:
        return tag
    import langcodes  # reads the whole registry, which English stories need not wait for

    fit = len(tag) <= LONGEST_TAG and _SHAPE.fullmatch(tag) and langcodes.tag_is_valid(tag)
    found = langcodes.standardize_tag(tag) if fit else "und"
    if base(found) in _NO_LANGUAGE:
        raise ValueError(
            f"there is no language {tag[:LONGEST_TAG]!r}; a BCP 47 tag is wanted, such as de or pt-BR"
        )
    return found


def base(tag: str) -> str:
    """Return the language of a tag alone: `pt` of `pt-BR`."""
    return tag.split("-")[0]


def is_english(tag: str) -> bool:
    """Whether a tag means English, wherever it is spoken."""
    return base(tag) == ENGLISH


@lru_cache(maxsize=256)
def script(tag: str) -> str:
    """Return the script that a language is most likely written in, by its ISO 15924 code."""
    if is_english(tag):
        return "Latn"
    from langcodes import Language

    return Language.get(tag).maximize().script or "Latn"


def signs_of(tag: str) -> int:
    """Return how many signs count as a word: 1 where words are told apart by spaces."""
    return _SIGNS_A_WORD.get(script(tag), 1)


def is_right_to_left(tag: str) -> bool:
    """Whether a language is written from right to left."""
    return script(tag) in _RIGHT_TO_LEFT


@lru_cache(maxsize=256)
def alpha3(tag: str) -> str:
    """Return the three letters of ISO 639-2/T that sound files name a language by."""
    if is_english(tag):
        return "eng"
    from langcodes import Language

    return Language.get(tag).to_alpha3()
