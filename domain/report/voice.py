"""The measures of how the story is told: speech, person, tense."""

from collections import Counter
from collections.abc import Callable

from domain.report import limits, prose
from domain.report.measure import Measure, at_least, none_of
from domain.story import Chapter, Story
from domain.text import count_words, dialogue_share, narration


def voice_measures(story: Story) -> list[Measure]:
    """Measure whether anybody speaks, and whether person and tense of the narration hold."""
    return [_dialogue(story), *drift_measures(story.chapters)]


def drift_measures(chapters: list[Chapter]) -> list[Measure]:
    """Measure how many passages leave the person, or the tense, that most of the narration is in."""
    return [
        _drift("point_of_view", "Passages in another person", person, chapters),
        _drift("tense", "Passages in another tense", tense, chapters),
    ]


def person(passage: str) -> str | None:
    """Return the grammatical person that narrates, or `None` where the pronouns do not decide it."""
    first, second = prose.first_person(passage), prose.second_person(passage)
    if second >= limits.SECOND_PERSON and second > first:
        return "second person"
    if first >= limits.FIRST_PERSON:
        return "first person"
    is_third = first < limits.NO_FIRST_PERSON and prose.third_person(passage) >= limits.THIRD_PERSON
    return "third person" if is_third else None


def tense(passage: str) -> str | None:
    """Return the tense that narrates, or `None` where the verbs do not decide it."""
    present = prose.present_tense(passage)
    if present is None or limits.PAST_TENSE < present < limits.PRESENT_TENSE:
        return None
    return "present tense" if present >= limits.PRESENT_TENSE else "past tense"


def _dialogue(story: Story) -> Measure:
    share = dialogue_share("\n\n".join(chapter.text for chapter in story.chapters))
    least = limits.LEAST_DIALOGUE if len(story.outline.characters) > 1 else 0
    return at_least("dialogue", "Share of dialogue", share, least, ["the people of the story hardly speak"])


def _drift(name: str, title: str, kind: Callable[[str], str | None], chapters: list[Chapter]) -> Measure:
    found = [
        (chapter.number, passage, kind(passage))
        for chapter in chapters
        for passage in prose.passages(chapter.text)
        if count_words(narration(passage)) >= limits.PASSAGE_WORDS
    ]
    usual = Counter(told for _, _, told in found if told).most_common(1)
    where = [
        f"chapter {number}, in the {told}: {passage[:80]}…"
        for number, passage, told in found
        if told and told != usual[0][0]
    ]
    return none_of(name, title, where)
