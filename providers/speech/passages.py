"""A text as it is read: its sentences, the pauses after them, and where they stand in a sound."""

import re
import textwrap
from dataclasses import dataclass
from itertools import pairwise

from domain.errors import MediaFailed
from domain.media import Mark
from domain.text import paragraphs, sentences

SENTENCE, PARAGRAPH = 0.38, 0.8
LONGEST, LONGEST_SENTENCE = 60_000, 1_000
NEAR = 1.5
_MARKUP = re.compile(r"[*_#`~|<>\[\]{}\\^]+|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Sentence:
    """A sentence to be read, and the silence after it in seconds."""

    text: str
    pause: float


def read(text: str) -> list[Sentence]:
    """Return what there is to read; endless sentences come in parts.

    Raises `MediaFailed` when that is nothing, or too much.
    """
    if len(text) > LONGEST:
        raise MediaFailed(f"the text has more than {LONGEST:,} characters")
    found = []
    for paragraph in paragraphs(text):
        said = [each for each in sentences(paragraph) if any(map(str.isalnum, each))]
        spoken = [part for each in said for part in textwrap.wrap(each, LONGEST_SENTENCE)]
        found += [Sentence(each, SENTENCE) for each in spoken[:-1]]
        found += [Sentence(each, PARAGRAPH) for each in spoken[-1:]]
    if not found:
        raise MediaFailed("there is nothing to read")
    return [*found[:-1], Sentence(found[-1].text, 0.0)]


def aloud(sentence: str) -> str:
    """Return a sentence without the signs that nobody reads aloud."""
    return " ".join(_MARKUP.sub(" ", sentence).split())


def pieces(found: list[Sentence], most: int) -> list[list[Sentence]]:
    """Return the sentences in pieces of at most so many characters, no fewer than a sentence may have."""
    made: list[list[Sentence]] = []
    size = most
    for sentence in found:
        size += len(sentence.text) + 1
        if size > most:
            made.append([])
            size = len(sentence.text)
        made[-1].append(sentence)
    return made


def text_of(piece: list[Sentence]) -> str:
    """Return a piece as text, its paragraphs apart."""
    return "".join(each.text + ("\n\n" if each.pause == PARAGRAPH else " ") for each in piece).strip()


def exact(found: list[Sentence], spans: list[tuple[float, float]]) -> list[Mark]:
    """Return marks for sentences whose times are known."""
    return [
        Mark(start=round(start, 3), end=round(end, 3), text=sentence.text)
        for sentence, (start, end) in zip(found, spans, strict=True)
    ]


def estimated(
    found: list[Sentence], span: tuple[float, float], silences: list[tuple[float, float]]
) -> list[Mark]:
    """Return marks for sentences read in one go: by their length, moved to the pause that is nearest."""
    start, end = span
    whole, said, edges = sum(len(each.text) for each in found), 0, [(start, start)]
    for sentence in found[:-1]:
        said += len(sentence.text)
        edges.append(nearest(start + (end - start) * said / whole, edges[-1][1], silences))
    edges.append((end, end))
    return exact(found, [(before[1], after[0]) for before, after in pairwise(edges)])


def nearest(at: float, after: float, silences: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the silence nearest to a moment, or the moment when there is none near."""
    near = [gap for gap in silences if gap[0] > after and abs((gap[0] + gap[1]) / 2 - at) < NEAR]
    at = max(at, after)
    return min(near, key=lambda gap: abs((gap[0] + gap[1]) / 2 - at), default=(at, at))
