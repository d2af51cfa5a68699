"""Plays of Ink stories that were begun, each in a file of its own: what a reader has read, and where they stand.

A conversation within a play is a thread of the agent graph, here or on a server; the file only names it.
"""

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from domain.errors import FabulaError
from providers.ink.compiler import load_story
from providers.ink.play import Line, Step
from providers.ink.story import InkStory
from server.db.embedded import default_folder

STEP = TypeAdapter(Step)


class PlayNotFound(FabulaError):
    """There is no such play."""


class NothingToPlay(FabulaError):
    """No play is waiting to be finished."""


class Talk(BaseModel):
    """A conversation that a play waits at: its thread's id, and on a server the story's and the reader's token."""

    id: str
    story: str = ""
    token: str = ""


class SavedPlay(BaseModel):
    """A play. `page` is where in `lines` the newest page begins; `at` is the step it stands at."""

    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    story: str = Field(repr=False)
    source: str = Field(repr=False)
    context: dict[str, Any]
    server: str = ""
    lines: list[Line] = []
    page: int = 0
    at: dict[str, Any] = {}
    talk: Talk | None = None
    talked: bool = False
    finished: bool = False

    @classmethod
    def new(cls, title: str, story: InkStory, source: str, context: dict[str, Any], server: str) -> Self:
        """Return a play that has not begun."""
        id = f"{time.strftime('%y%m%d')}-{secrets.token_hex(3)}"
        return cls(id=id, title=title, story=story.text, source=source, context=context, server=server)

    @property
    def step(self) -> Step:
        return STEP.validate_python(self.at)

    def loaded(self) -> InkStory:
        """Return the story as it was when the play began. Raises `StoryInvalid`."""
        return load_story(self.story)

    def turn_to(self, step: Step) -> None:
        """Go on to a step: its lines are the newest page."""
        self.page = len(self.lines)
        self.lines += step.lines
        self.at, self.talk = asdict(step), None
        self.finished = step.stands == "end"

    def text(self, hidden: bool) -> str:
        """Return what was told so far, or what was told the AI only."""
        return "\n".join(line.text for line in self.lines if line.hidden == hidden)

    def save(self) -> None:
        """Write the play's file, whole or not at all; nobody else may read it."""
        folder = plays_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = folder / f".{self.id}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(self.model_dump_json())
        part.replace(folder / f"{self.id}.json")


def plays_folder() -> Path:
    """Return where plays are saved: beside the embedded Postgres."""
    return default_folder().parent / "plays"


def find_play(named: str) -> SavedPlay:
    """Return the play of this id, or the newest unfinished one. Raises `PlayNotFound` or `NothingToPlay`."""
    if named:
        play = next((play for play in saved_plays() if play.id == named), None)
        if play is None:
            raise PlayNotFound(f"there is no play {named!r}")
        return play
    play = next((play for play in saved_plays() if not play.finished), None)
    if play is None:
        raise NothingToPlay
    return play


def saved_plays() -> Iterator[SavedPlay]:
    """Yield the plays that were saved, the newest first; files that are none are passed over."""
    files = plays_folder().glob("*.json")
    for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            yield SavedPlay.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValidationError, OSError):
            continue
