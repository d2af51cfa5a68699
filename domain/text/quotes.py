"""What is said aloud in a text, and which words stand in it."""

import re
import unicodedata

from domain.text.tokens import count_words, paragraphs, sentences, words

# English, German both ways, French, Swedish, Japanese; whichever sign opens is the first one met
_SPOKEN = re.compile(
    r"“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)|\"[^\"]*(?:\"|$)|«[^»]*(?:»|$)|»[^«»]*(?:[«»]|$)|(?<![\w.,!?…–—-])”[^”]*(?:”|$)"
    r"|「[^」]*(?:」|$)|『[^』]*(?:』|$)"
)
_DASH = re.compile(r"[—―–](?=\s?\w|\s?[¿¡])")
_DASHES = re.compile(r"[—―]|(?<!\S)–")
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
    """Return the share of words inside quotes, or after the dash that opens a paragraph, 0 to 1.

    A quote left open ends with its paragraph; further dashes part what is said from who says it.
    """
    total = len(words(text))
    return sum(len(words(said)) for said in _spoken(text)) / total if total else 0.0


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
    return [said for part in paragraphs(text) for said in _spoken_in(part)]


def _spoken_in(paragraph: str) -> list[str]:
    lines = paragraph.splitlines()
    if not any(map(_DASH.match, lines)):
        return _SPOKEN.findall(paragraph)
    return [
        said
        for line in lines
        for said in (_DASHES.split(line)[1::2] if _DASH.match(line) else _SPOKEN.findall(line))
    ]


def _occurs(quote: str, folded: str) -> bool:
    core = _EDGES.sub("", fold(quote))
    return bool(core) and re.search(rf"(?<!\w){re.escape(core)}(?!\w)", folded) is not None
