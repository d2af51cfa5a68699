"""Run a character's knot and keep what it says: the excerpts that teach a speaker the character's voice."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from providers.ink.errors import StoryFailed, StoryStopped
from providers.ink.story import Ended, InkStory
from providers.ink.workers import PLAYING, Refused, WorkerDied

RUNS = 5
LONGEST_RUN = 4_000
RUN_SECONDS = 0.25
SPARE_SECONDS = 2.0
# Two excerpts more alike than this are one.
ALIKE = 92.0


@dataclass(frozen=True)
class KnotRun:
    """One run of a knot: what it said, and why it ended. Lines for the AI only begin with `#context`.

    `left` at the first line that another knot had a part in, `done` at the knot's own end, `choices` after as many
    choices as one run may take, `limit` at a limit of text, lines or time.
    """

    text: str
    ended: Ended


@dataclass(frozen=True)
class Excerpt:
    """A run worth keeping. `diversity` is its distance from the nearest other excerpt, 0 to 1."""

    text: str
    seed: int
    ended: Ended
    diversity: float


def run_knot(story: InkStory, knot: str, seed: int) -> KnotRun:
    """Run a knot once: the same story, knot and seed give the same run. Raises `KnotNotFound`, `StoryFailed`."""
    return run_seeds(story, knot, [seed])[0]


def run_seeds(story: InkStory, knot: str, seeds: Sequence[int]) -> list[KnotRun]:
    """Run a knot once for every seed, in one go."""
    request: dict[str, Any] = {"do": "run", "knot": story.knot(knot).name, "inside": story.inside(knot)}
    request |= {"seeds": list(seeds), "story": story.text, "longest": LONGEST_RUN, "budget": RUN_SECONDS}
    found = play(request, len(seeds) * RUN_SECONDS + SPARE_SECONDS)
    return [KnotRun(text=run["text"], ended=run["ended"]) for run in found]


def ground(story: InkStory, character: str, seed: int = 0, runs: int = RUNS) -> list[Excerpt]:
    """Run the character's knot with distinct seeds and keep the excerpts that differ, the most diverse first.

    Runs without a word are dropped, so a knot that diverts straight on grounds nothing.
    """
    seeds = [seed + number for number in range(1, runs + 1)]
    pairs = zip(seeds, run_seeds(story, character, seeds), strict=True)
    kept: list[tuple[int, KnotRun]] = []
    for number, run in pairs:
        if run.text and all(likeness(run.text, other.text) <= ALIKE for _, other in kept):
            kept.append((number, run))
    return by_diversity(kept)


def by_diversity(kept: list[tuple[int, KnotRun]]) -> list[Excerpt]:
    """Score every run by its distance from its nearest neighbour, and put the most distant first."""
    excerpts = []
    for seed, run in kept:
        nearest = max((likeness(run.text, other.text) for _, other in kept if other is not run), default=0.0)
        excerpts.append(Excerpt(run.text, seed, run.ended, round(1 - nearest / 100, 3)))
    return sorted(excerpts, key=lambda excerpt: -excerpt.diversity)


def likeness(one: str, other: str) -> float:
    """Compare two texts by their words whatever the order of their lines, 0 to 100."""
    return fuzz.token_sort_ratio(one, other)


def diversity(texts: Sequence[str]) -> float:
    """Return the mean distance between texts, 0 (all the same) to 1."""
    pairs = list(combinations(texts, 2))
    return (
        round(1 - sum(likeness(one, other) for one, other in pairs) / (100 * len(pairs)), 3) if pairs else 0.0
    )


def play(request: dict[str, Any], seconds: float) -> Any:
    """Ask a worker to run a story. Raises `StoryFailed` or `StoryStopped`."""
    try:
        return PLAYING.ask(request, seconds)
    except WorkerDied as died:
        raise StoryStopped(f"The story {died.reason} and was stopped.") from None
    except Refused as refused:
        raise StoryFailed(f"The story failed while it ran: {plainly(refused)}") from None


def plainly(refused: Refused) -> str:
    """Return the engine's complaint in a form that an author can use."""
    words = str(refused)
    if "panic" in words:
        return "the runtime met something that it cannot do, such as a division by zero."
    return words.rpartition("The first issue was: ")[2].removeprefix("Invalid story state: ")
