"""Put the measures of a story together."""

from collections.abc import Mapping

from domain.languages import is_english
from domain.report.across import across_measures
from domain.report.measure import Report, not_measured
from domain.report.plan import plan_measures
from domain.report.voice import voice_measures
from domain.report.within import shape_measures, within_measures
from domain.story import Story
from domain.text import has_stops, signs_a_word

# What is told from English words, their endings, or from which words have capitals
ENGLISH_ONLY = frozenset(
    [
        "summary",
        "stock_phrases",
        "overused_phrases",
        "point_of_view",
        "tense",
        "near_misses",
        "beats",
        "plants",
        "callbacks",
    ]
)
# What is told from words, or from the first few of them
SPACED_ONLY = frozenset(
    ["repetition", "distinctness", "openings", "endings", "shared_8grams", "sentences_twice"]
)
# What is told from sentences
WITH_STOPS_ONLY = frozenset(["rhythm", "synopsis", "truncation"])


def report(
    story: Story,
    *,
    min_words: int = 800,
    max_words: int = 1500,
    audits: Mapping[int, str] | Mapping[str, str] | None = None,
) -> Report:
    """Measure a finished story.

    `audits`: chapter number to how its audit ended; every ending but `verified` becomes a note.
    """
    found = [
        *shape_measures(story, min_words, max_words),
        *within_measures(story.chapters),
        *across_measures(story.chapters, story.outline),
        *voice_measures(story),
        *plan_measures(story),
    ]
    skipped = unknown_in(story.request.language, "\n".join(chapter.text for chapter in story.chapters))
    measures = [not_measured(one) if one.name in skipped else one for one in found]
    notes = [
        f"Chapter {number}: its facts were not checked against the story (audit {how})."
        for number, how in (audits or {}).items()
        if how != "verified"
    ]
    if skipped:
        notes.append(f"{len(skipped)} measures cannot be taken in {story.request.language}.")
    return Report(passed=all(measure.passed for measure in measures), measures=measures, notes=notes)


def unknown_in(language: str, text: str) -> frozenset[str]:
    """Return the measures that code cannot take of a text in this language."""
    skipped: frozenset[str] = frozenset() if is_english(language) else ENGLISH_ONLY
    if signs_a_word(text) > 1:
        skipped |= SPACED_ONLY
    return skipped if has_stops(text) else skipped | WITH_STOPS_ONLY
