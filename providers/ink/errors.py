"""What can be wrong with an Ink story or a reader's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.errors import FabulaError

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Problem:
    """One thing the author should know. `line` counts from 1 and is `None` where it is not known."""

    severity: Severity
    line: int | None
    message: str

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


class InkError(FabulaError):
    """Something is wrong with an Ink story."""


class StoryInvalid(InkError):
    """The Ink story cannot be used."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem("error", None, problems)]
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StoryNotKept(InkError):
    """There is no such version of an Ink story."""


class KnotNotFound(InkError):
    """The story has no such knot."""

    def __init__(self, knot: str) -> None:
        self.knot = knot
        super().__init__(f"The story has no knot named '{knot}'.")


class StateInvalid(InkError):
    """The saved state does not belong to this version of the story."""


class StoryFailed(InkError):
    """The story failed while it ran."""


class StoryStopped(InkError):
    """The story used too much time or memory and was stopped."""
