"""The rules of a further chapter's plan, and how code makes it obey them."""

from domain.outline import beat_problems, fit_beats, promise_key
from domain.story import ChapterPlan, Outline
from domain.text import stems

ALIKE = 0.75


def further_problems(plan: ChapterPlan, outline: Outline, min_words: int, max_words: int) -> list[str]:
    """Return what is wrong with the plan of a further chapter, each as a sentence that a planner can act on."""
    planted = planted_in(outline)
    problems = [
        f"it pays off '{paid}', which no chapter plants"
        for paid in plan.pays_off
        if promise_key(paid) not in planted
    ]
    if not plan.pays_off:
        problems.append("it pays off nothing that was planted")
    problems += [f"it plants '{planted}', which no later chapter pays off" for planted in plan.plants]
    return [*problems, *repeated(plan, outline), *beat_problems(plan, min_words, max_words)]


def repeated(plan: ChapterPlan, outline: Outline) -> list[str]:
    """Return what the plan of a further chapter has in common with the chapters that are told."""
    told = [(one.number, beat.text) for one in outline.chapters for beat in one.beats]
    problems = [
        f"this beat is told in chapter {number}: {beat.text}"
        for beat in plan.beats
        for number, other in told
        if alike(beat.text, other)
    ]
    titles = {one.title.casefold() for one in outline.chapters}
    if plan.title.casefold() in titles:
        problems.append(f"a chapter is called '{plan.title}' already")
    return problems


def alike(beat: str, other: str) -> bool:
    """Whether two beats tell nearly the same: over three quarters of their stems are common to both."""
    one, two = stems(beat), stems(other)
    return len(one & two) > ALIKE * len(one | two)


def fit_further(plan: ChapterPlan, outline: Outline, min_words: int, max_words: int) -> ChapterPlan:
    """Make the plan of a further chapter obey the rules: its number, its promises, its beats and budgets."""
    planted = planted_in(outline)
    paid = [planted[promise_key(one)] for one in plan.pays_off if promise_key(one) in planted]
    return plan.model_copy(
        update={
            "number": len(outline.chapters) + 1,
            "plants": [],
            "pays_off": list(dict.fromkeys(paid)) or list(planted.values())[:1],
            "beats": fit_beats(plan, min_words, max_words),
        }
    )


def planted_in(outline: Outline) -> dict[str, str]:
    """Return what the chapters plant, as they say it, by its words."""
    return {promise_key(one): one for plan in outline.chapters for one in plan.plants}
