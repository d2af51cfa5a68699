"""A text as words, sentences and paragraphs."""

import re
import unicodedata
from collections.abc import Iterator


def vocabulary(listing: str) -> frozenset[str]:
    """Return the words of a space-separated listing."""
    return frozenset(listing.split())


_MARKS = "".join(chr(c) for c in range(0x300, 0x1000) if unicodedata.category(chr(c)).startswith("M"))
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER = rf"(?:[^\W_{_CJK}]|[{_MARKS}])"
_WORD = re.compile(rf"[{_CJK}]|{_LETTER}+(?:['’‘ʼ]{_LETTER}+)*")

_CLOSERS = "\"”’'»)\\]*_“"
_STOP = re.compile(
    rf"(?<![.!?…])(?P<mark>[.!?…]+(?:\s[.!?…]+)*)(?P<closers>[{_CLOSERS}]*)(?=\s)|(?P<wide>[。！？।॥]+[」』”’）]*)(?=.)"
)
_LOOK_AHEAD = 80
_NEXT_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LAST_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*$")
_TAG = re.compile(
    r"\s+(?:[A-Z]\S* ){1,3}(?:said|says|asked|cried|replied|answered|called|shouted|whispered|exclaimed|"
    r"muttered|murmured|began|demanded|returned|inquired|repeated|added|continued|went on|told)\b"
)
_TITLES = vocabulary(
    "mr mrs ms dr st prof rev hon col capt captn lt sgt gen gov sen rep mme mlle messrs mt ft fr sr maj "
    "cmdr adm pres supt insp vs viz cf"
)
_OFTEN_LAST = vocabulary(
    "jr esq co inc ltd etc al bros ave blvd rd ph.d m.d b.a m.a d.c u.s u.k e.g i.e a.m p.m a.d b.c"
)
_STARTERS = vocabulary(
    "the he she it they we i you but and then in on at a an there this that these those his her its their "
    "our my your when as so if after before no not now what who where why how for from with by all one "
    "some every nobody nothing someone yet or once still perhaps while though"
)


def words(text: str) -> list[str]:
    """Return the lower-cased words; apostrophes inside words stay, as straight ones; a CJK sign is a word."""
    straight = text.replace("’", "'").replace("‘", "'").replace("ʼ", "'")
    return _WORD.findall(straight.lower())


def count_words(text: str) -> int:
    """Count the words."""
    return len(_WORD.findall(text))


def paragraphs(text: str) -> list[str]:
    """Return what stands between blank lines, stripped, without empty ones."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def sentences(text: str) -> list[str]:
    """Return the sentences, each an exact substring, in order, with nothing but whitespace between them."""
    return [sentence for part in paragraphs(text) for sentence in _split(part)]


def ngrams(tokens: list[str], n: int) -> list[tuple[str, ...]]:
    """Return every run of n tokens, in order."""
    return list(zip(*(tokens[start:] for start in range(n)), strict=False))


def _split(paragraph: str) -> Iterator[str]:
    start = 0
    for stop in _STOP.finditer(paragraph):
        if stop["wide"] or _ends_sentence(paragraph, start, stop):
            yield paragraph[start : stop.end()].strip()
            start = stop.end()
    if rest := paragraph[start:].strip():
        yield rest


def _ends_sentence(paragraph: str, start: int, stop: re.Match[str]) -> bool:
    following = _NEXT_WORD.search(paragraph, stop.end(), stop.end() + _LOOK_AHEAD)
    if following is None:
        return True
    word, mark = following.group(), stop["mark"]
    if word[0].islower():
        return False
    if mark == ".":
        before = _LAST_WORD.search(paragraph, max(start, stop.start() - 12), stop.start())
        return before is None or not _is_abbreviation(before.group(), word)
    if "”" in stop["closers"] or '"' in stop["closers"]:
        return not _TAG.match(paragraph, stop.end())
    is_ellipsis = mark.strip(". …") == ""
    return not (is_ellipsis and re.match(r"I\b", word))


def _is_abbreviation(before: str, following: str) -> bool:
    low = before.lower()
    if low in _TITLES:
        return before[0].isupper() or low == "vs"
    if low == "no":
        return following[0].isdigit()
    is_initial = len(before) == 1 and before.isupper() and before != "I"
    return (is_initial or low in _OFTEN_LAST) and following.lower() not in _STARTERS
