"""Put the measures of a story together."""

from collections.abc import Mapping

from domain.report.across import across_measures
from domain.report.measure import Report
from domain.report.plan import plan_measures
from domain.report.voice import voice_measures
from domain.report.within import shape_measures, within_measures
from domain.story import Story


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
    measures = [
        *shape_measures(story, min_words, max_words),
        *within_measures(story.chapters),
        *across_measures(story.chapters, story.outline),
        *voice_measures(story),
        *plan_measures(story),
    ]
    notes = [
        f"Chapter {number}: its facts were not checked against the story (audit {how})."
        for number, how in (audits or {}).items()
        if how != "verified"
    ]
    return Report(passed=all(measure.passed for measure in measures), measures=measures, notes=notes)
