"""The measures that hold the story against its outline: names, beats, plants, and what returns at the end."""

from domain.languages import is_english
from domain.report import limits
from domain.report.measure import Measure, at_least, none_of
from domain.story import Chapter, ChapterPlan, Outline, Story
from domain.text import covers, fold, is_named, mixed_names, name_parts, near_misses, stems, words


def plan_measures(story: Story) -> list[Measure]:
    """Measure whether the story kept to its plan."""
    texts = {chapter.number: chapter.text for chapter in story.chapters}
    return [
        _names_used(story),
        _near_misses(story),
        none_of("beats", "Beats left out", _missed_beats(story.outline, texts)),
        none_of("plants", "Plants never paid off", _open_plants(story.outline, texts)),
        _callbacks(story),
    ]


def _names(story: Story) -> list[str]:
    planned = [person.name for person in story.outline.characters]
    return list(dict.fromkeys([*planned, *story.request.characters]))


def _names_used(story: Story) -> Measure:
    told = {word.removesuffix("'s") for chapter in story.chapters for word in words(chapter.text)}
    missing = [name for name in _names(story) if not told & _name_words(name)]
    if not is_english(story.request.language):
        missing = [name for name in missing if not any(is_named(name, one.text) for one in story.chapters)]
    return none_of("names_used", "Planned names never used", missing)


def _near_misses(story: Story) -> Measure:
    names, planned = _names(story), _planned_words(story.outline)
    where = [
        f"chapter {chapter.number}: {found}"
        for chapter in story.chapters
        for found in [*near_misses(chapter.text, names), *mixed_names(chapter.text, names)]
        if not set(words(found)) <= planned or " " in found
    ]
    return none_of("near_misses", "Near misses of planned names", where)


def _missed_beats(outline: Outline, texts: dict[int, str]) -> list[str]:
    return [
        f"chapter {plan.number}: {beat.text}"
        for plan in outline.chapters
        for beat in plan.beats
        if not covers(texts.get(plan.number, ""), beat.text)
    ]


def _open_plants(outline: Outline, texts: dict[int, str]) -> list[str]:
    return [
        f"chapter {plan.number}: {plant}"
        for plan in outline.chapters
        for plant in plan.plants
        if not covers(texts.get(plan.number, ""), plant) or not _is_paid_off(plant, plan, outline, texts)
    ]


def _is_paid_off(plant: str, plan: ChapterPlan, outline: Outline, texts: dict[int, str]) -> bool:
    return any(
        fold(plant).lower() in {fold(paid).lower() for paid in later.pays_off}
        and covers(texts.get(later.number, ""), plant)
        for later in outline.chapters
        if later.number > plan.number
    )


def _callbacks(story: Story) -> Measure:
    """Count what chapter 1 established that returns in the last; without facts, its beats stand in."""
    first, last = _ends(story.chapters)
    facts = [str(fact["fact"]) for fact in story.facts if fact.get("chapter") == 1]
    told = facts or [beat.text for plan in story.outline.chapters if plan.number == 1 for beat in plan.beats]
    names = {part[:5] for name in _names(story) for part in _name_words(name)}
    returning = [fact for fact in told if _returns(fact, last, names)] if first is not last else []
    where = [f"not in the last chapter: {fact}" for fact in told]
    return at_least(
        "callbacks", "Facts of chapter 1 in the last", len(returning), limits.FEWEST_CALLBACKS, where
    )


def _ends(chapters: list[Chapter]) -> tuple[Chapter | None, Chapter | None]:
    return (chapters[0], chapters[-1]) if chapters else (None, None)


def _returns(fact: str, chapter: Chapter | None, names: set[str]) -> bool:
    wanted = stems(fact) - names
    return bool(chapter and wanted) and 2 * len(wanted & stems(chapter.text if chapter else "")) >= len(
        wanted
    )


def _name_words(name: str) -> set[str]:
    """Return the words a name may be told by: those that are no title, or all of it."""
    return set(words(" ".join(name_parts([name])))) or set(words(name))


def _planned_words(outline: Outline) -> set[str]:
    """Return every word of the outline: what was planned is no slip."""
    texts = [outline.title, outline.arc, outline.setting]
    for plan in outline.chapters:
        texts += [plan.title, plan.summary, plan.purpose, *(beat.text for beat in plan.beats), *plan.plants]
    return {word.removesuffix("'s") for text in texts for word in words(text)}
