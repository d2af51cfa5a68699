"""Numbers of one text: how much it repeats itself, how it is told, in which person and tense.

Shares that depend on length are taken over windows of `WINDOW` words, so that chapters of different
lengths can be held against one limit. Rates count at least `FEWEST` words, so that one phrase alone condemns
no short text.
"""

from collections import Counter
from itertools import chain
from statistics import mean, pstdev

from domain.report.phrases import STOCK, SUMMARY
from domain.text import content_words, count_words, narration, ngrams, paragraphs, sentences, words
from domain.text.tokens import vocabulary

WINDOW = 800
PASSAGE = 250
FEWEST = 500

_FIRST = vocabulary("i me my mine myself i'm i'd i'll i've")
_SECOND = vocabulary("you your yours yourself")
_THIRD = vocabulary("he him his himself she her hers herself they them their theirs themselves")
_PAST = vocabulary(
    "was were had did said went came saw knew thought felt took made got told asked looked turned stood "
    "heard gave found seemed became left kept began held ran brought sat fell wasn't weren't hadn't "
    "didn't couldn't could walked opened stopped waited stepped spoke rose drew wanted moved pulled "
    "reached smiled nodded tried grew lay"
)
_PRESENT = vocabulary(
    "is are am has does says goes comes sees knows thinks feels takes makes gets tells asks looks turns "
    "stands hears gives finds seems becomes leaves keeps begins holds runs brings sits falls isn't "
    "aren't hasn't doesn't can't walks opens stops waits steps speaks rises draws wants moves pulls "
    "reaches smiles nods tries grows lies"
)


def repeated_4grams(text: str) -> float:
    """Return the largest share of 4-grams, in any window, that stand there more than once already (rep-4)."""
    return max((1 - len(set(grams)) / len(grams) for grams in _windows(text, 4)), default=0.0)


def distinct_2grams(text: str) -> float:
    """Return the smallest share of distinct 2-grams in any window (distinct-2)."""
    return min((len(set(grams)) / len(grams) for grams in _windows(text, 2)), default=1.0)


def longest_paragraph(text: str) -> float:
    """Return the share of the words that stand in the longest paragraph."""
    counts = [count_words(part) for part in paragraphs(text)]
    return max(counts) / sum(counts) if sum(counts) else 0.0


def sentence_rhythm(text: str) -> float:
    """Return the spread of sentence lengths: standard deviation over mean."""
    lengths = [length for sentence in sentences(text) if (length := count_words(sentence))]
    return pstdev(lengths) / mean(lengths) if lengths else 0.0


def summary_rate(text: str) -> float:
    """Return how many phrases per 1,000 words of narration tell time gone by instead of showing it."""
    return _rate(summary_phrases(text), narration(text))


def summary_phrases(text: str) -> list[str]:
    """Return the phrases of narration that tell of time gone by, in order."""
    return [found.group() for found in SUMMARY.finditer(" ".join(words(narration(text))))]


def stock_rate(text: str) -> float:
    """Return how many stock phrases there are per 1,000 words."""
    return _rate(stock_phrases(text), text)


def stock_phrases(text: str) -> list[str]:
    """Return the stock phrases, in order."""
    return [found.group() for found in STOCK.finditer(" ".join(words(text)))]


def first_person(text: str) -> float:
    """Return the share of first-person singular pronouns among the words of narration."""
    return _share(words(narration(text)), _FIRST)


def second_person(text: str) -> float:
    """Return the share of second-person pronouns among the words of narration."""
    return _share(words(narration(text)), _SECOND)


def third_person(text: str) -> float:
    """Return the share of third-person pronouns of people among the words of narration."""
    return _share(words(narration(text)), _THIRD)


def present_tense(text: str) -> float | None:
    """Return the share of present forms among the common verbs of narration; `None` with under eight."""
    tokens = words(narration(text))
    past, present = (sum(token in forms for token in tokens) for forms in (_PAST, _PRESENT))
    return present / (past + present) if past + present >= 8 else None


def passages(text: str) -> list[str]:
    """Return the text in runs of whole paragraphs with at least `PASSAGE` words of narration each."""
    found: list[list[str]] = [[]]
    counts = [0]
    for part in paragraphs(text):
        if counts[-1] >= PASSAGE:
            found.append([])
            counts.append(0)
        found[-1].append(part)
        counts[-1] += count_words(narration(part))
    if len(found) > 1 and counts[-1] < PASSAGE:
        tail = found.pop()
        found[-1] += tail
    return ["\n\n".join(parts) for parts in found]


def phrase_counts(texts: list[str]) -> Counter[str]:
    """Count the runs of four words that hold at least two content words."""
    grams = chain.from_iterable(ngrams(words(text), 4) for text in texts)
    counts = Counter(grams)
    often = {" ".join(gram): count for gram, count in counts.items() if count > 2}
    return Counter({phrase: count for phrase, count in often.items() if len(content_words(phrase)) >= 2})


def _windows(text: str, n: int) -> list[list[tuple[str, ...]]]:
    tokens = words(text)
    starts = range(0, max(1, len(tokens) - WINDOW // 2), WINDOW // 2)
    grams = (ngrams(tokens[start : start + WINDOW], n) for start in starts)
    return [window for window in grams if window]


def _rate(found: list[str], text: str) -> float:
    return 1000 * len(found) / max(count_words(text), FEWEST)


def _share(tokens: list[str], wanted: frozenset[str]) -> float:
    return sum(token in wanted for token in tokens) / len(tokens) if tokens else 0.0
