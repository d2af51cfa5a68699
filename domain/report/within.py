"""The measures that each chapter must pass for itself, and the shape of the whole."""

from collections.abc import Callable

from domain.report import limits, prose
from domain.report.measure import Measure, at_least, at_most, none_of
from domain.story import Chapter, Story
from domain.text import count_words, dialogue_share, is_degenerate, is_truncated, sentences


def shape_measures(story: Story, min_words: int, max_words: int) -> list[Measure]:
    """Measure what was asked for: the number of chapters, their length, the synopsis."""
    counts = {chapter.number: count_words(chapter.text) for chapter in story.chapters}
    outside = [
        f"chapter {number}: {count} words, not {min_words} to {max_words}"
        for number, count in counts.items()
        if not min_words <= count <= max_words
    ]
    return [
        _chapter_count(story),
        none_of("words_per_chapter", "Chapters outside their word range", outside),
        _length_drift(counts),
        _synopsis(story.synopsis),
    ]


def within_measures(chapters: list[Chapter]) -> list[Measure]:
    """Measure every chapter by itself, and report the worst."""
    truncated = [f"chapter {c.number} ends: …{c.text[-60:]}" for c in chapters if is_truncated(c.text)]
    degenerate = [f"chapter {c.number}" for c in chapters if is_degenerate(c.text)]
    return [
        none_of("truncation", "Chapters that break off", truncated),
        none_of("degeneration", "Chapters that are loops", degenerate),
        _highest(
            "repetition",
            "Repeated 4-grams in a chapter",
            prose.repeated_4grams,
            limits.REPEATED_4GRAMS,
            chapters,
        ),
        _lowest(
            "distinctness",
            "Distinct 2-grams in a chapter",
            prose.distinct_2grams,
            limits.DISTINCT_2GRAMS,
            chapters,
        ),
        _highest(
            "paragraphs",
            "Longest paragraph's share",
            prose.longest_paragraph,
            limits.LONGEST_PARAGRAPH,
            chapters,
        ),
        _lowest(
            "rhythm", "Spread of sentence lengths", prose.sentence_rhythm, limits.SENTENCE_RHYTHM, chapters
        ),
        _highest(
            "summary", "Summary phrases per 1,000 words", prose.summary_rate, limits.SUMMARY_RATE, chapters
        ),
        _highest(
            "dialogue_most", "Most dialogue in a chapter", dialogue_share, limits.MOST_DIALOGUE, chapters
        ),
    ]


def _chapter_count(story: Story) -> Measure:
    asked, written = story.request.chapters, len(story.chapters)
    return Measure(
        name="chapter_count",
        title="Chapters written",
        value=written,
        limit=f"== {asked}",
        passed=written == asked,
        where=[] if written == asked else [f"{written} chapters, {asked} asked for"],
    )


def _length_drift(counts: dict[int, int]) -> Measure:
    shortest, longest = (pick(counts, key=counts.__getitem__, default=0) for pick in (min, max))
    drift = counts[longest] / max(counts[shortest], 1) if counts else 1.0
    where = [f"chapter {number}: {counts[number]} words" for number in (shortest, longest) if counts]
    return at_most("length_drift", "Longest chapter over shortest", drift, limits.LENGTH_DRIFT, where)


def _synopsis(synopsis: str) -> Measure:
    fewest, most = limits.SYNOPSIS_SENTENCES
    count = len(sentences(synopsis))
    return Measure(
        name="synopsis",
        title="Sentences in the synopsis",
        value=count,
        limit=f"{fewest} to {most}",
        passed=fewest <= count <= most,
    )


def _highest(
    name: str, title: str, number: Callable[[str], float], limit: float, chapters: list[Chapter]
) -> Measure:
    values = {chapter.number: number(chapter.text) for chapter in chapters}
    where = [f"chapter {at}: {value:.3f}" for at, value in values.items() if value > limit]
    return at_most(name, title, max(values.values(), default=0.0), limit, where)


def _lowest(
    name: str, title: str, number: Callable[[str], float], limit: float, chapters: list[Chapter]
) -> Measure:
    values = {chapter.number: number(chapter.text) for chapter in chapters}
    where = [f"chapter {at}: {value:.3f}" for at, value in values.items() if value < limit]
    return at_least(name, title, min(values.values(), default=limit), limit, where)
