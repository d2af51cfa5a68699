"""Is the text whole, is it a loop, does it keep to its beats, has it been told before?"""

from collections import Counter
from itertools import groupby

from domain.text.stemming import stems
from domain.text.tokens import has_stops, ngrams, sentences, signs_a_word, words

_AFTER_THE_END = " \t\r\n\"”’'»)]}*_“」』）"
_ENDS = ".!?…。！？।॥؟۔։።။។།"
_WINDOW = 100
_TAIL = 200


def is_truncated(text: str) -> bool:
    """Tell whether the text lacks a sentence's end; closing quotes, brackets and asterisks may follow it.

    Scripts without such signs, as Thai, cannot be judged: no text of theirs is truncated.
    """
    if text.strip() and not has_stops(text[-_TAIL:]):
        return False
    whole = text.rstrip(_AFTER_THE_END)
    cut_off_speech = whole.endswith(("—", "–", "-")) and text.rstrip().endswith(("”", '"'))
    return not (whole.endswith(tuple(_ENDS)) or cut_off_speech)


def is_degenerate(text: str) -> bool:
    """Tell whether the text is a loop, or has nearly no distinct words."""
    tokens, signs = words(text), signs_a_word(text)
    if len("".join(text.split())) >= 400 and len(set(tokens)) < 12:
        return True
    return _loops(tokens, signs) or _same_sentences(text, 3 * signs) or _poor(tokens, _WINDOW * signs)


def covers(text: str, beat: str) -> bool:
    """Tell whether half of the beat's stems, or more, occur among the text's."""
    wanted = stems(beat)
    return 2 * len(wanted & stems(text)) >= len(wanted)


def repeats(text: str, earlier: list[str]) -> bool:
    """Tell whether over a fifth of the 8-grams, or of the sentences of five words or more, occur earlier."""
    run, least = 8 * signs_a_word(text), 5 * signs_a_word(text)
    grams, told = ngrams(words(text), run), _long_sentences(text, least)
    earlier_grams = {gram for other in earlier for gram in ngrams(words(other), run)}
    earlier_told = {sentence for other in earlier for sentence in _long_sentences(other, least)}
    return _share(grams, earlier_grams) > 0.2 or _share(told, earlier_told) > 0.2


def _share(found: list[tuple[str, ...]], known: set[tuple[str, ...]]) -> float:
    return sum(item in known for item in found) / len(found) if found else 0.0


def _long_sentences(text: str, least: int) -> list[tuple[str, ...]]:
    tokens = (tuple(words(sentence)) for sentence in sentences(text))
    return [sentence for sentence in tokens if len(sentence) >= least]


def _loops(tokens: list[str], signs: int) -> bool:
    grams = ngrams(tokens, 8 * signs)
    if len(grams) >= 50 and 1 - len(set(grams)) / len(grams) > 0.25:
        return True
    periods = range(1, 12 * signs + 1)
    return any(_longest_echo(tokens, period) >= max(15 * signs, 4 * period) for period in periods)


def _longest_echo(tokens: list[str], period: int) -> int:
    """Return the longest run in which every token is the one `period` before it."""
    echoes = (now == then for now, then in zip(tokens[period:], tokens, strict=False))
    return max((sum(1 for _ in run) for same, run in groupby(echoes) if same), default=0)


def _same_sentences(text: str, least: int) -> bool:
    told = [tuple(words(part)) for line in text.splitlines() for part in sentences(line)]
    if any(len(sentence) >= least and sum(1 for _ in run) >= 4 for sentence, run in groupby(told)):
        return True
    counts = Counter(sentence for sentence in told if len(sentence) >= least)
    extra = sum((count - 1) * len(sentence) for sentence, count in counts.items() if count >= 3)
    return extra > 0.3 * sum(map(len, told))


def _poor(tokens: list[str], window: int) -> bool:
    starts = range(0, len(tokens) - window + 1, window)
    return any(len(set(tokens[start : start + window])) < _WINDOW // 5 for start in starts)
