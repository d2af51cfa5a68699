"""What a worker does with bink: run a character's knot, read a target, read a state."""

import json
import random
from typing import Any

from providers.ink.bink import Run, Timeout
from providers.ink.story import NOTE, Ended

MOST_LINES, MOST_CHOICES, LONGEST_LINE = 400, 8, 20_000


def answer(request: dict[str, Any]) -> Any:
    """Answer one request by its name."""
    kinds = {"run": run_knots, "target": read_target, "state": read_state, "step": take_step}
    return kinds[request["do"]](request)


def run_knots(request: dict[str, Any]) -> list[dict[str, str]]:
    """Run a knot once for every seed, each time from the story's first state."""
    run = Run(request["story"], request["budget"])
    begun = json.loads(run.save())
    return [KnotWalk(run, begun, request, seed).walk() for seed in request["seeds"]]


class KnotWalk:
    """One run of a knot, which ends where it leaves the knot: the line that left is dropped."""

    def __init__(self, run: Run, begun: dict[str, Any], request: dict[str, Any], seed: int) -> None:
        self._run = run
        self._random = random.Random(seed)
        self._inside, self._longest = frozenset(["", *request["inside"]]), request["longest"]
        self._lines: list[str] = []
        self._steps = 0
        # bink has no call for the seed of shuffles and RANDOM; the state has a place for it.
        run.load(json.dumps({**begun, "storySeed": seed, "previousRandom": 0}))
        run.allow(request["budget"])
        self._visited = self._visits()
        self._run.go(request["knot"])

    def walk(self) -> dict[str, str]:
        """Walk to the knot's end, taking random choices."""
        try:
            ended = self._read()
            for _ in range(MOST_CHOICES):
                if ended != "choices":
                    break
                ended = self._choose()
        except Timeout:
            ended = "limit"
        return {"text": "\n".join(self._lines)[: self._longest], "ended": ended}

    def _choose(self) -> Ended:
        """Take a random choice, and another if it leaves the knot without a word of its own."""
        before, said = self._run.save(), len(self._lines)
        number = len(self._run.choices())
        for index in self._random.sample(range(number), number):
            self._run.load(before)
            self._run.choose(index)
            ended = self._read()
            if ended != "left" or len(self._lines) > said:
                return ended
        return "left"

    def _read(self) -> Ended:
        """Read lines up to the next choice, or to where the knot is left."""
        while self._run.can_continue():
            line = self._run.line()
            if self._visits() != self._visited:
                return "left"
            if line.strip():
                note = NOTE if is_hidden(self._run.tags()) else ""
                self._lines.append(note + line.strip()[:LONGEST_LINE])
            self._steps += 1
            if self._steps >= MOST_LINES or sum(map(len, self._lines)) >= self._longest:
                return "limit"
        if self._visits() != self._visited:
            return "left"
        return "choices" if self._run.choices() else "done"

    def _visits(self) -> int:
        """Count the visits to all that lies outside the knot."""
        counts = json.loads(self._run.save())["visitCounts"]
        return sum(count for path, count in counts.items() if path.partition(".")[0] not in self._inside)


def read_target(request: dict[str, Any]) -> dict[str, Any]:
    """Read a target's prose under a reader's variables, up to its first choice or a limit."""
    run = Run(request["story"], request["budget"])
    run.load(request["state"])
    for name, value in request["set"].items():
        run.set(name, value)
    run.go(request["target"])
    passage: dict[str, Any] = {"visible": [], "hidden": [], "whole": True}
    length = steps = 0
    try:
        while run.can_continue() and passage["whole"]:
            line = run.line().strip()
            if line:
                passage["hidden" if is_hidden(run.tags()) else "visible"].append(line[: request["longest"]])
            length, steps = length + len(line), steps + 1
            passage["whole"] = length < request["longest"] and steps < MOST_LINES
    except Timeout:
        passage["whole"] = False
    return passage


def take_step(request: dict[str, Any]) -> dict[str, Any]:
    """Take a choice in a saved state, or begin, and go on to where the reader is asked next."""
    run = Run(request["story"], request["budget"])
    run.load(request["state"] or json.dumps({**json.loads(run.save()), "storySeed": request["seed"]}))
    for name, value in request["set"].items():
        run.set(name, value)
    if request["choice"] is not None:
        run.choose(request["choice"])
    lines: list[dict[str, Any]] = []
    length = 0
    while run.can_continue():
        line = run.line().strip()[:LONGEST_LINE]
        length += len(line)
        if len(lines) >= MOST_LINES or length > request["longest"]:
            raise Timeout("tells without end")
        if line:
            lines.append({"text": line, "hidden": is_hidden(run.tags())})
    choices = [{"text": text.strip()[:1000], "tags": tags[:20]} for text, tags in run.choices()]
    return {"lines": lines, "choices": choices, "state": run.save()}


def is_hidden(tags: list[str]) -> bool:
    """Tell whether a line is for the AI only: tagged `#context`."""
    return any(tag.strip().lower() == "context" for tag in tags)


def read_state(request: dict[str, Any]) -> dict[str, Any]:
    """Read what a saved state says."""
    run = Run(request["story"], request["budget"])
    run.load(request["state"])
    choices = run.choices()
    state = json.loads(run.save())
    changed = state.get("variablesState", {})
    return {
        "line": run.text().strip()[: request["longest"]],
        "hidden": is_hidden(run.tags()),
        "choices": [{"text": text[:1000], "tags": tags[:20]} for text, tags in choices[:100]],
        "variables": {name: variable(run, name, changed) for name in request["variables"]},
    }


def variable(run: Run, name: str, changed: dict[str, Any]) -> Any:
    """Return a variable's value as JSON; a divert target as `{"->": path}`."""
    try:
        return run.variable(name)
    except TypeError:
        return {"->": changed.get(name, {}).get("^->")}
