"""Measure the reference prose and print, for each limit of the quality report, the value it was derived from.

python -m bench.measure_prose            the limits, and the worst passage for each
python -m bench.measure_prose --all      every passage
"""

import sys
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path

from domain.report import limits, prose
from domain.report.across import likeness, shared_8grams
from domain.text import dialogue_share, words

THIRD = ("chekhov-an-inquiry", "ohenry", "saki")
PROSE = Path(__file__).parent / "prose"
Row = tuple[str, str, Mapping[str, float], Callable[[Mapping[str, float]], str], str]


def highest(values: Mapping[str, float]) -> str:
    """Name the highest value."""
    return max(values, key=values.__getitem__)


def lowest(values: Mapping[str, float]) -> str:
    """Name the lowest value."""
    return min(values, key=values.__getitem__)


def rows(texts: Mapping[str, str]) -> list[Row]:
    """Return each measure: name, what it measures, its values, which of them is the worst, the limit."""

    def each(number: Callable[[str], float]) -> dict[str, float]:
        return {name: number(text) for name, text in texts.items()}

    tokens = each_words(texts)
    openings = {name: found[: limits.EDGE_WORDS] for name, found in tokens.items()}
    endings = {name: found[-limits.EDGE_WORDS :] for name, found in tokens.items()}
    peopled = {name: share for name, share in each(dialogue_share).items() if not name.startswith("wells")}
    return [
        (
            "repetition",
            "repeated 4-grams",
            each(prose.repeated_4grams),
            highest,
            f"<= {limits.REPEATED_4GRAMS}",
        ),
        (
            "distinctness",
            "distinct 2-grams",
            each(prose.distinct_2grams),
            lowest,
            f">= {limits.DISTINCT_2GRAMS}",
        ),
        (
            "paragraphs",
            "longest paragraph",
            each(prose.longest_paragraph),
            highest,
            f"<= {limits.LONGEST_PARAGRAPH}",
        ),
        (
            "rhythm",
            "spread of sentences",
            each(prose.sentence_rhythm),
            lowest,
            f">= {limits.SENTENCE_RHYTHM}",
        ),
        (
            "summary",
            "summary phrases / 1,000",
            each(prose.summary_rate),
            highest,
            f"<= {limits.SUMMARY_RATE}",
        ),
        (
            "stock_phrases",
            "stock phrases / 1,000",
            each(prose.stock_rate),
            highest,
            f"<= {limits.STOCK_RATE}",
        ),
        ("dialogue_most", "share of dialogue", each(dialogue_share), highest, f"<= {limits.MOST_DIALOGUE}"),
        ("dialogue", "share of dialogue, two people", peopled, lowest, f">= {limits.LEAST_DIALOGUE}"),
        (
            "overused_phrases",
            "uses of a phrase",
            each(commonest_phrase),
            highest,
            f"<= {limits.PHRASE_COUNT}",
        ),
        ("openings", "likeness of two openings", pairs(openings), highest, f"<= {limits.LIKENESS}"),
        ("endings", "likeness of two endings", pairs(endings), highest, f"<= {limits.LIKENESS}"),
        ("shared_8grams", "8-grams of another text", shared(tokens), highest, f"<= {limits.SHARED_8GRAMS}"),
        *voices(texts),
    ]


def voices(texts: Mapping[str, str]) -> list[Row]:
    """Return the rates by which person and tense of a passage are told apart."""
    found = {
        f"{name} #{at}": part
        for name, text in texts.items()
        for at, part in enumerate(prose.passages(text), 1)
    }
    first = {name: prose.first_person(part) for name, part in found.items()}
    told_by_i = {name: rate for name, rate in first.items() if not name.startswith(THIRD)}
    told_of_others = {name: rate for name, rate in first.items() if name.startswith(THIRD)}
    third = {name: prose.third_person(found[name]) for name in told_of_others}
    second = {name: prose.second_person(part) for name, part in found.items()}
    tense = {name: prose.present_tense(part) or 0.0 for name, part in found.items()}
    undecided = f"{limits.NO_FIRST_PERSON} to {limits.FIRST_PERSON}: undecided"
    return [
        ("point_of_view", "first person, I-narrators", told_by_i, lowest, undecided),
        ("point_of_view", "first person, others", told_of_others, highest, undecided),
        ("point_of_view", "third person, others", third, lowest, f">= {limits.THIRD_PERSON} decides"),
        ("point_of_view", "second person", second, highest, f">= {limits.SECOND_PERSON} decides"),
        ("tense", "present forms, past prose", tense, highest, f"<= {limits.PAST_TENSE} is past"),
    ]


def each_words(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the words of each text."""
    return {name: words(text) for name, text in texts.items()}


def commonest_phrase(text: str) -> float:
    """Return how often the commonest phrase of four words stands there."""
    return float(max(prose.phrase_counts([text]).values(), default=0))


def pairs(edges: Mapping[str, list[str]]) -> dict[str, float]:
    """Return how alike each two edges are."""
    return {f"{one} / {other}": likeness(edges[one], edges[other]) for one, other in combinations(edges, 2)}


def shared(tokens: Mapping[str, list[str]]) -> dict[str, float]:
    """Return the 8-grams that each two texts share."""
    return {
        f"{one} / {other}": shared_8grams(tokens[other], [tokens[one]])
        for one, other in combinations(tokens, 2)
    }


def main() -> None:
    """Print the table."""
    texts = {path.stem: path.read_text() for path in sorted(PROSE.glob("*.txt"))}
    print(f"{len(texts)} passages, {sum(map(len, each_words(texts).values()))} words\n")
    print(f"{'measure':17} {'what':30} {'worst':>7}  {'limit':27} where")
    for name, what, values, worst, limit in rows(texts):
        at = worst(values)
        print(f"{name:17} {what:30} {values[at]:7.3f}  {limit:27} {at}")
        if "--all" in sys.argv:
            for other, value in values.items():
                print(f"{'':48} {value:7.3f}  {other}")


if __name__ == "__main__":
    main()
