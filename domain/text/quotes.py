"""What is said aloud in a text, and which words stand in it."""

import re
import unicodedata

from domain.text.tokens import count_words, paragraphs, sentences

_SPOKEN = re.compile(r"“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)|\"[^\"]*(?:\"|$)|«[^»]*(?:»|$)")
_FOLDS = (
    (re.compile(r"[“”„«»″]"), '"'),
    (re.compile(r"[‘’ʼ‚′`]"), "'"),
    (re.compile(r"\s+"), " "),
    (re.compile(r" ?[-‐‑‒–—―]+ ?"), "-"),
    (re.compile(r"(?:\.\s?){3,}"), "..."),
    (re.compile(r"[*_]"), ""),
)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def dialogue_share(text: str) -> float:
    """Return the share of words inside double quotes, 0 to 1; a quote left open ends with its paragraph."""
    total = count_words(text)
    return sum(count_words(said) for said in _spoken(text)) / total if total else 0.0


def narration(text: str) -> str:
    """Return the text without what stands inside double quotes."""
    return "\n\n".join(_SPOKEN.sub("“”", part) for part in paragraphs(text))


def fold(text: str) -> str:
    """Make quotes, dashes, ellipses, emphasis and whitespace alike, so that only the words differ."""
    text = unicodedata.normalize("NFKC", text)
    for pattern, replacement in _FOLDS:
        text = pattern.sub(replacement, text)
    return text.strip()


def stands_in(quote: str, text: str) -> bool:
    """Tell whether at least five words stand in the text, word for word, once both are folded."""
    return count_words(quote) >= 5 and _occurs(quote, fold(text))


def find_sentence(text: str, quote: str) -> str | None:
    """Return the one sentence that contains the quote, exactly as it stands; `None` if none or several do."""
    found = [sentence for sentence in sentences(text) if _occurs(quote, fold(sentence))]
    return found[0] if len(found) == 1 else None


def _spoken(text: str) -> list[str]:
    return [said for part in paragraphs(text) for said in _SPOKEN.findall(part)]


def _occurs(quote: str, folded: str) -> bool:
    core = _EDGES.sub("", fold(quote))
    return bool(core) and re.search(rf"(?<!\w){re.escape(core)}(?!\w)", folded) is not None
