"""A text as words, sentences and paragraphs."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from math import ceil


def vocabulary(listing: str) -> frozenset[str]:
    """Return the words of a space-separated listing."""
    return frozenset(listing.split())


_MARKS = "".join(chr(c) for c in range(0x300, 0x1800) if unicodedata.category(chr(c)).startswith("M"))
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Thai, Lao, Burmese and Khmer: neither words nor, in the first two, sentences are told apart by a sign
_RUN_ON = (
    "\u0e01-\u0e2e\u0e30-\u0e33\u0e40-\u0e46\u0e81-\u0eae\u0eb0-\u0eb3\u0ebd-\u0ec6\u1000-\u102a\u1780-\u17b3"
)
_LETTER = rf"(?:[^\W_{_CJK}{_RUN_ON}]|[{_MARKS}])"
_WORD = re.compile(rf"[{_CJK}]|[{_RUN_ON}][{_MARKS}]*|{_LETTER}+(?:['’‘ʼ]{_LETTER}+)*")
_UNSPACED = re.compile(rf"[{_CJK}{_RUN_ON}]")
_SIGN = re.compile(rf"(?P<cjk>[{_CJK}])|(?P<run_on>[{_RUN_ON}])")
_SIGNS_A_WORD = {"cjk": 2, "run_on": 3}
_ENDLESS = re.compile(r"[\u0e01-\u0eff]")

_CLOSERS = "\"”’'»«›‹)\\]*_“"
_STOP = re.compile(
    rf"(?<![.!?…])(?P<mark>[.!?…]+(?:\s[.!?…]+)*)(?P<closers>[{_CLOSERS}]*)(?=\s)"
    rf"|(?P<wide>[。！？।॥]+[」』”’）]*)(?=.)|(?P<other>[؟۔։።။។]+[{_CLOSERS}]*)(?=\s)"
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
    "cmdr adm pres supt insp vs viz cf "
    "hr frl nr sra srta dña sig dott dhr mevr mej"
)
# German and others; none of them is an English word
_NEVER_LAST = vocabulary("bzw ca evtl ggf usf vgl")
_MONTHS = vocabulary("januar februar märz april mai juni juli august september oktober november dezember")
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
    """Count the words; where no spaces part them, two Chinese or Japanese signs, or three Thai ones, count as one."""
    count = len(_WORD.findall(text))
    if not _UNSPACED.search(text):
        return count
    signs = Counter(sign.lastgroup for sign in _SIGN.finditer(text))
    return count - sum(signs.values()) + sum(ceil(signs[kind] / n) for kind, n in _SIGNS_A_WORD.items())


def signs_a_word(text: str) -> int:
    """Return how many of `words` make up a word as a reader counts: 1, or more where no spaces part them."""
    if not _UNSPACED.search(text):
        return 1
    [(kind, count)] = Counter(sign.lastgroup for sign in _SIGN.finditer(text)).most_common(1)
    return _SIGNS_A_WORD[str(kind)] if 2 * count > len(_WORD.findall(text)) else 1


def has_stops(text: str) -> bool:
    """Whether the text's script marks where a sentence ends: Thai and Lao do not."""
    return 2 * len(_ENDLESS.findall(text)) <= sum(map(str.isalpha, text))


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
        if stop["wide"] or stop["other"] or _ends_sentence(paragraph, start, stop):
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
    is_pair = len(before) == len(following) == 1 and before.islower()
    is_day = len(before) <= 2 and before.isdecimal() and following.lower() in _MONTHS
    if low in _NEVER_LAST or is_pair or is_day:
        return True
    is_initial = len(before) == 1 and before.isupper() and before != "I"
    return (is_initial or low in _OFTEN_LAST) and following.lower() not in _STARTERS
