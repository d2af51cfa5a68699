"""The measures that hold chapters against each other: nothing is told twice."""

from collections import defaultdict
from itertools import combinations
from math import ceil

from rapidfuzz.distance import Indel

from domain.report import limits, prose
from domain.report.measure import Measure, at_most, none_of
from domain.story import Chapter, Outline
from domain.text import count_words, name_parts, ngrams, sentences, words


def across_measures(chapters: list[Chapter], outline: Outline) -> list[Measure]:
    """Measure what chapters share: 8-grams, sentences, openings, endings, phrases."""
    tokens = {chapter.number: words(chapter.text) for chapter in chapters}
    edge = limits.EDGE_WORDS
    openings = {number: found[:edge] for number, found in tokens.items()}
    endings = {number: found[-edge:] for number, found in tokens.items()}
    return [
        _shared_8grams(tokens),
        _sentences_twice(chapters),
        _alike("openings", "Likeness of two openings", openings),
        _alike("endings", "Likeness of two endings", endings),
        _overused(chapters, outline),
        _stock(chapters),
    ]


def shared_8grams(tokens: list[str], earlier: list[list[str]]) -> float:
    """Return the share of the 8-grams that stand in an earlier chapter."""
    told = {gram for other in earlier for gram in ngrams(other, 8)}
    grams = ngrams(tokens, 8)
    return sum(gram in told for gram in grams) / len(grams) if grams else 0.0


def likeness(one: list[str], other: list[str]) -> float:
    """Return how alike two runs of words are, 0 to 1: the words kept in order over all words."""
    return Indel.normalized_similarity(one, other) if one and other else 0.0


def _shared_8grams(tokens: dict[int, list[str]]) -> Measure:
    numbers = list(tokens)
    shares = {
        number: shared_8grams(tokens[number], [tokens[earlier] for earlier in numbers[:at]])
        for at, number in enumerate(numbers)
    }
    limit = limits.SHARED_8GRAMS
    where = [f"chapter {number}: {share:.3f}" for number, share in shares.items() if share > limit]
    return at_most(
        "shared_8grams", "8-grams of an earlier chapter", max(shares.values(), default=0.0), limit, where
    )


def _sentences_twice(chapters: list[Chapter]) -> Measure:
    told: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for chapter in chapters:
        for sentence in sentences(chapter.text):
            told[tuple(words(sentence))].append(f"chapter {chapter.number}: {sentence}")
    where = [again for key, found in told.items() if len(key) >= limits.SENTENCE_WORDS for again in found[1:]]
    return none_of("sentences_twice", "Sentences told twice", where)


def _alike(name: str, title: str, edges: dict[int, list[str]]) -> Measure:
    pairs = {pair: likeness(edges[pair[0]], edges[pair[1]]) for pair in combinations(edges, 2)}
    where = [
        f"chapters {one} and {other}: {' '.join(edges[other])}"
        for (one, other), value in pairs.items()
        if value > limits.LIKENESS
    ]
    return at_most(name, title, max(pairs.values(), default=0.0), limits.LIKENESS, where)


def _overused(chapters: list[Chapter], outline: Outline) -> Measure:
    """Count the commonest phrase; people, and the things and places that were planned, may keep their names."""
    names = {part.lower() for part in name_parts(person.name for person in outline.characters)}
    planned = [set(words(named)) for plan in outline.chapters for named in plan.plants]
    planned.append(set(words(outline.setting)))
    counts = {
        phrase: count
        for phrase, count in prose.phrase_counts([chapter.text for chapter in chapters]).items()
        if not names & set(words(phrase)) and not any(set(words(phrase)) <= named for named in planned)
    }
    length = sum(count_words(chapter.text) for chapter in chapters)
    limit = max(limits.PHRASE_COUNT, ceil(limits.PHRASE_RATE * length / 1_000))
    where = [f"{phrase}: {count} times" for phrase, count in counts.items() if count > limit]
    return at_most(
        "overused_phrases", "Uses of the commonest phrase", max(counts.values(), default=0), limit, where
    )


def _stock(chapters: list[Chapter]) -> Measure:
    text = "\n\n".join(chapter.text for chapter in chapters)
    where = prose.stock_phrases(text)
    return at_most(
        "stock_phrases", "Stock phrases per 1,000 words", prose.stock_rate(text), limits.STOCK_RATE, where
    )
