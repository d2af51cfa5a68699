"""bink, the Ink runtime, with types. Only worker processes import this."""

import time
from typing import Any

from bink.story import Story as BinkStory  # type: ignore[import-untyped]
from bink.value import InkList  # type: ignore[import-untyped]


class Timeout(RuntimeError):
    """The story ran longer than it may."""


class Run:
    """A story in play, with a deadline. It stays in one thread."""

    def __init__(self, compiled: str, seconds: float) -> None:
        self._story = BinkStory(compiled)
        self.allow(seconds)

    def allow(self, seconds: float) -> None:
        """Set the deadline anew."""
        self._deadline = time.monotonic() + seconds

    def line(self) -> str:
        """Continue by one line. Raises `Timeout`."""
        left = self._deadline - time.monotonic()
        if left <= 0 or not self._story.continue_async(left * 1000):
            raise Timeout("took too long")
        return str(self._story.get_current_text())

    def can_continue(self) -> bool:
        """Tell whether there is another line before the next choice."""
        return bool(self._story.can_continue())

    def text(self) -> str:
        """Return the newest line."""
        return str(self._story.get_current_text())

    def tags(self) -> list[str]:
        """Return the newest line's tags."""
        return [str(tag) for tag in self._story.get_current_tags()]

    def choices(self) -> list[tuple[str, list[str]]]:
        """Return the choices that are open: text and tags."""
        choices = self._story.get_current_choices()
        return [(str(text), list(choices.get_tags(index))) for index, text in enumerate(choices)]

    def choose(self, index: int) -> None:
        """Take a choice."""
        self._story.choose_choice_index(index)

    def go(self, path: str) -> None:
        """Jump to a knot."""
        self._story.choose_path_string(path)

    def save(self) -> str:
        """Return the state as JSON."""
        return str(self._story.save_state())

    def load(self, state: str) -> None:
        """Take on a state."""
        self._story.load_state(state)

    def variable(self, name: str) -> Any:
        """Return a variable's value; of a list its items' names. Raises `TypeError` for a divert target."""
        value = self._story.get_variable(name)
        return [item for item, _ in value.items] if isinstance(value, InkList) else value

    def set(self, name: str, value: bool | int | float | str) -> None:
        """Set a global variable."""
        self._story.set_variable(name, value)
