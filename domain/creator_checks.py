"""What code finds wrong with concepts, with the plan of a draft and with a scene."""

from itertools import combinations

from rapidfuzz import fuzz

from domain.creator import CONCEPTS, MAX_SCENES, MIN_SCENES, ConceptIdea, DraftPlan
from domain.state import Json
from domain.text import count_words

ALIKE = 82


def concept_problems(ideas: list[ConceptIdea], earlier: list[Json]) -> list[str]:
    """Return what is wrong with a round of concepts, each as a sentence that a model can act on."""
    problems = []
    if len(ideas) != CONCEPTS:
        problems.append(f"there are {len(ideas)} concepts, there must be exactly {CONCEPTS}")
    for idea in ideas:
        if not (idea.title.strip() and idea.premise.strip() and idea.main_characters):
            problems.append(f"the concept {idea.title!r} needs a title, a premise and somebody it is about")
    told = [(idea.title, idea.premise) for idea in ideas]
    problems += [
        f"{one[0]!r} and {two[0]!r} are nearly the same"
        for one, two in combinations(told, 2)
        if alike(one, two)
    ]
    known = [(str(one["title"]), str(one["premise"])) for one in earlier]
    problems += [f"{one[0]!r} was offered before" for one in told if any(alike(one, old) for old in known)]
    return problems


def alike(one: tuple[str, str], two: tuple[str, str]) -> bool:
    """Whether two concepts, as title and premise, are nearly the same."""
    (title, premise), (other_title, other_premise) = (
        (each[0].casefold(), each[1].casefold()) for each in (one, two)
    )
    return fuzz.ratio(title, other_title) > ALIKE or fuzz.token_sort_ratio(premise, other_premise) > ALIKE


def plan_problems(plan: DraftPlan) -> list[str]:
    """Return what is wrong with the plan of a draft, each as a sentence that a model can act on."""
    problems = []
    if not MIN_SCENES <= len(plan.scenes) <= MAX_SCENES:
        problems.append(f"there are {len(plan.scenes)} scenes, there must be {MIN_SCENES} to {MAX_SCENES}")
    if not plan.characters:
        problems.append("there are no characters")
    names = {person.name for person in plan.characters}
    for number, scene in enumerate(plan.scenes, 1):
        problems += [
            f"scene {number} has {name!r}, who is not among the characters"
            for name in scene.characters
            if name not in names
        ]
        if not scene.beats:
            problems.append(f"scene {number} has no beats")
    return problems


def length_problems(text: str, words: Json) -> list[str]:
    """Return whether a scene is too short or too long."""
    count = count_words(text)
    if count < words["min"]:
        return [f"it is too short: {count} words, at least {words['min']}"]
    if count > words["max"]:
        return [f"it is too long: {count} words, at most {words['max']}"]
    return []
