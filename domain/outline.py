"""The rules of an outline, and how code makes one obey them."""

import json
import re
from itertools import pairwise

from domain.story import Beat, ChapterPlan, Character, Outline, StoryInput
from domain.text import words

MIN_BEATS, MAX_BEATS = 3, 4


def outline_problems(outline: Outline, request: StoryInput, min_words: int, max_words: int) -> list[str]:
    """Return what is wrong with an outline, each as a sentence that a planner can act on."""
    return [
        *_count_problems(outline, request),
        *_name_problems(outline, request),
        *_promise_problems(outline),
        *(problem for plan in outline.chapters for problem in beat_problems(plan, min_words, max_words)),
    ]


def fit_outline(outline: Outline, request: StoryInput, min_words: int, max_words: int) -> Outline:
    """Make an outline obey the rules: exactly as many chapters as asked for, names, promises and budgets."""
    plans = [plan.model_copy(deep=True) for plan in outline.chapters]
    while len(plans) > request.chapters:
        plans = _merge_shortest(plans)
    while len(plans) < request.chapters:
        plans = _split_longest(plans)
    for number, plan in enumerate(plans, 1):
        plan.number = number
        plan.beats = fit_beats(plan, min_words, max_words)
    _keep_promises(plans)
    fitted = outline.model_copy(update={"chapters": plans})
    for name in _missing_names(outline, request):
        fitted = _give_name(fitted, name, request.characters)
    return fitted


def _count_problems(outline: Outline, request: StoryInput) -> list[str]:
    problems = []
    if len(outline.chapters) != request.chapters:
        problems.append(
            f"there are {len(outline.chapters)} chapters, there must be exactly {request.chapters}"
        )
    numbers = [plan.number for plan in outline.chapters]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"the chapters are numbered {numbers}, they must count up from 1")
    if not outline.characters:
        problems.append("there are no characters")
    return problems


def _missing_names(outline: Outline, request: StoryInput) -> list[str]:
    planned = {person.name.casefold() for person in outline.characters}
    return [name for name in request.characters if name.casefold() not in planned]


def _name_problems(outline: Outline, request: StoryInput) -> list[str]:
    return [f"{name} is not among the characters" for name in _missing_names(outline, request)]


def _promise_problems(outline: Outline) -> list[str]:
    problems = []
    for place, plan in enumerate(outline.chapters):
        later = {promise_key(paid) for after in outline.chapters[place + 1 :] for paid in after.pays_off}
        earlier = {promise_key(planted) for before in outline.chapters[:place] for planted in before.plants}
        problems += [
            f"chapter {plan.number} plants '{planted}', which no later chapter pays off"
            for planted in plan.plants
            if promise_key(planted) not in later
        ]
        problems += [
            f"chapter {plan.number} pays off '{paid}', which no earlier chapter plants"
            for paid in plan.pays_off
            if promise_key(paid) not in earlier
        ]
    return problems


def beat_problems(plan: ChapterPlan, min_words: int, max_words: int) -> list[str]:
    """Return what is wrong with how many beats a chapter has and how long they are to be."""
    problems = []
    if not MIN_BEATS <= len(plan.beats) <= MAX_BEATS:
        problems.append(f"chapter {plan.number} has {len(plan.beats)} beats, it must have 3 or 4")
    budget = sum(beat.words for beat in plan.beats)
    if plan.beats and not min_words <= budget <= max_words:
        problems.append(
            f"the beats of chapter {plan.number} add up to {budget} words, not to {min_words}-{max_words}"
        )
    return problems


def promise_key(promise: str) -> str:
    """Return what makes two promises the same: their words."""
    return " ".join(words(promise))


def _merge_shortest(plans: list[ChapterPlan]) -> list[ChapterPlan]:
    """Join the two neighbours with the fewest beats."""
    sizes = [len(a.beats) + len(b.beats) for a, b in pairwise(plans)]
    place = sizes.index(min(sizes))
    first, second = plans[place], plans[place + 1]
    joined = first.model_copy(
        update={
            "summary": f"{first.summary} {second.summary}".strip(),
            "purpose": f"{first.purpose} {second.purpose}".strip(),
            "beats": [*first.beats, *second.beats],
            "plants": [*first.plants, *second.plants],
            "pays_off": [*first.pays_off, *second.pays_off],
        }
    )
    return [*plans[:place], joined, *plans[place + 2 :]]


def _split_longest(plans: list[ChapterPlan]) -> list[ChapterPlan]:
    """Cut the chapter with the most beats in two."""
    sizes = [len(plan.beats) for plan in plans]
    place = sizes.index(max(sizes))
    whole = plans[place]
    half = (len(whole.beats) + 1) // 2
    first = whole.model_copy(update={"beats": whole.beats[:half], "pays_off": []})
    second = whole.model_copy(
        update={
            "title": f"{whole.title}, continued",
            "beats": whole.beats[half:] or whole.beats[-1:],
            "plants": [],
        }
    )
    return [*plans[:place], first, second, *plans[place + 1 :]]


def fit_beats(plan: ChapterPlan, min_words: int, max_words: int) -> list[Beat]:
    """Join beats beyond the fourth, and scale the budgets until they add up to a chapter's length."""
    beats = list(plan.beats) or [Beat(text=plan.summary or plan.title, words=1)]
    while len(beats) > MAX_BEATS:
        joined = Beat(text=f"{beats[-2].text} {beats[-1].text}", words=beats[-2].words + beats[-1].words)
        beats = [*beats[:-2], joined]
    budget = sum(beat.words for beat in beats)
    if min_words <= budget <= max_words:
        return beats
    wanted = (min_words + max_words) // 2
    return [Beat(text=beat.text, words=max(1, round(beat.words * wanted / budget))) for beat in beats]


def _keep_promises(plans: list[ChapterPlan]) -> None:
    """Drop what is paid off without having been planted; let the last chapter pay off what is left open."""
    planted: set[str] = set()
    for plan in plans:
        plan.pays_off = [promise for promise in plan.pays_off if promise_key(promise) in planted]
        planted |= {promise_key(promise) for promise in plan.plants}
    *earlier, last = plans
    last.plants = []
    for place, plan in enumerate(earlier):
        paid = {promise_key(promise) for after in plans[place + 1 :] for promise in after.pays_off}
        last.pays_off += [promise for promise in plan.plants if promise_key(promise) not in paid]


def _give_name(outline: Outline, name: str, wanted: list[str]) -> Outline:
    """Give a requested name to the first character whose name nobody asked for, or add a character."""
    keep = {kept.casefold() for kept in wanted}
    for person in outline.characters:
        if person.name.casefold() not in keep:
            return _rename(outline, person.name, name)
    stranger = Character(
        name=name, role="companion", traits=["watchful"], voice="Few words.", wants="to help"
    )
    return outline.model_copy(update={"characters": [*outline.characters, stranger]})


def _rename(outline: Outline, old: str, new: str) -> Outline:
    """Replace a name wherever the outline has it, in full or by its first part."""
    whole = json.dumps(outline.model_dump(), ensure_ascii=False)
    for old_form, new_form in ((old, new), (old.split()[0], new.split()[0])):
        plain = json.dumps(new_form, ensure_ascii=False)[1:-1]
        whole = re.sub(rf"\b{re.escape(old_form)}\b", lambda _: plain, whole)  # noqa: B023
    return Outline.model_validate_json(whole)
