"""What a text gives away: runs of words that it shares with a text which must not be known yet."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from domain.text import ngrams, sentences, words

RUN = 5
SHORTEST = 3
NAME = re.compile(r"\b[A-Z][^\W\d_]{2,}")


def leaks(text: str, unseen: Iterable[str], known: Sequence[str] = (), run: int = RUN) -> list[str]:
    """Return the runs of five words that a text shares with unseen ones and that no known text has.

    An unseen text of three or four words counts as a whole; shorter ones are no secret.
    """
    told, found = fold(text), dict[str, None]()
    for secret in map(fold, unseen):
        length = min(run, len(secret))
        if length < SHORTEST:
            continue
        common = set(ngrams(told, length)) & set(ngrams(secret, length))
        for other in known if common else ():
            common -= set(ngrams(fold(other), length))
        found |= {" ".join(gram): None for gram in ngrams(told, length) if gram in common}
    return list(found)


def new_names(text: str, unseen: Iterable[str], known: Iterable[str]) -> set[str]:
    """Return the names in a text that unseen texts have and known ones lack."""
    named = {name for secret in unseen for name in names(secret)}
    return named & set(NAME.findall(text)) - {name for each in known for name in NAME.findall(each)}


def names(text: str) -> set[str]:
    """Return the capitalised words that do not begin a sentence or a speech."""
    inner = (re.sub(r"^\W*\w+", "", sentence) for sentence in sentences(text))
    return {name for part in inner for name in NAME.findall(re.sub(r"[\"“][^\w]*\w+", "", part))}


def fold(text: str) -> list[str]:
    """Return the words of a text without accents, invisible characters and differences of width."""
    plain = unicodedata.normalize("NFKD", text)
    kept = (sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Mn"))
    return words("".join(kept))
