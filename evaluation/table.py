"""What came of labelled turns, counted."""

from collections import Counter
from collections.abc import Sequence

from domain.agent import OUTCOMES, goes_on
from evaluation.run import Result

SCRIPTED = "scripted:"


def table(results: Sequence[Result], model: str) -> str:
    """Return the confusion matrix and the rates as text, with the model's name."""
    parts = [headline(model, results), matrix(results), rates(results), kinds(results)]
    return "\n\n".join(part for part in parts if part)


def headline(model: str, results: Sequence[Result]) -> str:
    """Say which model was asked, and that a scripted one says nothing of any model."""
    what = f"{model}: {len(results)} turns"
    return (
        f"{what} (scripted: the answers were given, no model was measured)"
        if model.startswith(SCRIPTED)
        else what
    )


def matrix(results: Sequence[Result]) -> str:
    """Return a row for each expected outcome: how often each outcome came, and how many were right."""
    counts = Counter((result.turn.expected, result.outcome) for result in results)
    lines = [f"{'expected':>12} |" + "".join(f"{outcome:>12}" for outcome in OUTCOMES) + "       right"]
    lines.append("-" * len(lines[0]))
    for expected in OUTCOMES:
        row = [counts[expected, outcome] for outcome in OUTCOMES]
        right = share(counts[expected, expected], sum(row))
        lines.append(f"{expected:>12} |" + "".join(f"{count:>12}" for count in row) + f"{right:>12}")
    return "\n".join(lines)


def rates(results: Sequence[Result]) -> str:
    """Return what a maker of models wants small, each with its counts."""
    closed = [result for result in results if not goes_on(result.turn.expected)]
    opened = [result for result in results if goes_on(result.turn.expected)]
    lines = {
        "right": (sum(result.is_right for result in results), len(results)),
        "over-bridging (went on, should not)": (sum(result.over_bridges for result in closed), len(closed)),
        "stuck (should have gone on)": (sum(not goes_on(result.outcome) for result in opened), len(opened)),
        "leaks in drafts (5 words of the unseen target)": (sum(bool(r.leaks) for r in results), len(results)),
        "leaks shown to the player": (sum(bool(result.shown_leaks) for result in results), len(results)),
        "no judgement or reply": (sum(bool(result.failed) for result in results), len(results)),
    }
    return "\n".join(
        f"{name:<48}{share(*counts):>7}   {counts[0]} of {counts[1]}" for name, counts in lines.items()
    )


def kinds(results: Sequence[Result]) -> str:
    """Return the kinds of turns of which not all were right."""
    total = Counter(result.turn.kind for result in results)
    right = Counter(result.turn.kind for result in results if result.is_right)
    missed = [f"{kind} {right[kind]}/{total[kind]}" for kind in sorted(total) if right[kind] < total[kind]]
    return f"not all right: {', '.join(missed)}" if missed else ""


def missed(results: Sequence[Result]) -> str:
    """Return every turn that came out otherwise than expected."""
    return "\n".join(
        f"{result.turn.id}: expected {result.turn.expected}, was {result.outcome}: {result.turn.words[:90]!r}"
        for result in results
        if not result.is_right
    )


def share(part: int, whole: int) -> str:
    """Return a share in per cent."""
    return f"{100 * part / whole:.0f} %" if whole else "-"
