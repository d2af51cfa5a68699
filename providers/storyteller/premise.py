"""Reading a premise: who, where, when, what, and what is said to be going on."""

import re
import unicodedata

from providers.storyteller.clauses import clauses_of
from providers.storyteller.lexicon import language
from providers.storyteller.marvel import rumour_of
from providers.storyteller.nouns import DETERMINERS, PREPOSITIONS, Premise, read_nouns
from providers.storyteller.words import words_of, words_set

_PRONOUNS = {"she": "she", "her": "she", "hers": "she", "he": "he", "his": "he", "him": "he"}
_REPORTING = r"discovers?|learns?|finds?|realis\w+|realiz\w+|claims?|believes?|hears?|knows?|swears?"
_CLAUSE = re.compile(rf"\b(?:{_REPORTING})(?: out)? that (.+)$", re.IGNORECASE)


def plain(text: str) -> str:
    """Strip a premise of markup, addresses, signs and shouting."""
    text = re.sub(r"<[^>]*>|https?://\S+|\S+@\S+", " ", text[:1500])
    text = text.replace("'", "’")
    kept = "".join(
        char if char in "’-–—.,;:!?()" or char.isspace() or unicodedata.category(char)[0] in "LMN" else " "
        for char in text
    )
    kept = " ".join(kept.split())
    letters = [char for char in kept if char.isalpha()]
    if len(letters) > 3 and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        kept = kept.lower()
    return re.sub(r"\b[^\W\da-z_]{4,}(?:’[^\W\da-z_]+)?\b", lambda match: match.group(0).lower(), kept)


def read_premise(text: str) -> Premise:
    """Make out the people, places, times and things of a premise."""
    clean = plain(text)
    premise = Premise(phrase=_phrase(clean), clause=_clause(clean))
    lowered = [word.lower() for word in words_of(clean)]
    premise.pronoun = next((_PRONOUNS[word] for word in lowered if word in _PRONOUNS), "")
    if _is_english(lowered):
        premise.clauses = clauses_of(clean[:700])
        read_nouns(clean[:700], premise)
    opening = premise.clause.split(" ")[0]
    proper = " ".join(premise.names + [noun.text for noun in premise.places + premise.things])
    if opening not in proper.split():
        premise.clause = opening.lower() + premise.clause[len(opening) :]
    return premise


def _is_english(words: list[str]) -> bool:
    if not words or not all(re.fullmatch(r"[a-zà-ÿœ0-9’'-]+", word) for word in words):
        return False
    known = language().stops | DETERMINERS | PREPOSITIONS | words_set("is i he she we it who as if")
    return len(words) < 6 or any(word in known for word in words)


def _phrase(clean: str) -> str:
    first = re.split(r"(?<=[.!?;:])\s", clean)[0].strip(" .,;:!?-—–")
    words = first.split()
    if len(words) == 1:
        return words[0][:24]
    return " ".join(words[:9])[:80].strip(" ,;:-—–")


def _clause(clean: str) -> str:
    first = re.split(r"[.!?;:()]", clean)[0].strip()
    match = _CLAUSE.search(first)
    return rumour_of(match.group(1) if match else first)
