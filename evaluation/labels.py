"""The labelled turns of `turns.yaml`, and the places in the stories where they are said."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.agent import Outcome
from domain.errors import FabulaError
from providers.ink.compiler import compile_story
from providers.ink.play import Line, Step, begin, choose, leave_agent
from providers.ink.state import read_target
from providers.ink.story import AgentCall, InkStory

TURNS = Path(__file__).with_name("turns.yaml")
STORIES = Path(__file__).parent.parent / "examples" / "ink"
SHUFFLE = 1
TURNS_OF_A_TALK = 3

Split = Literal["tune", "test"]


class LabelsInvalid(FabulaError):
    """The labelled turns cannot be used."""


class Plain(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Place(Plain):
    """Where a conversation begins: the choices that lead there, by how they begin, and earlier talks by outcome."""

    story: str
    take: list[str | dict[Literal["agent"], str]]


class Said(Plain):
    """One turn of a conversation before the labelled one."""

    player: str
    character: str


class Turn(Plain):
    """One labelled turn."""

    id: str
    place: str
    after: str = ""
    split: Split
    kind: str
    expected: Outcome
    words: str = Field(min_length=1)


class Labels(Plain):
    """All labelled turns."""

    places: dict[str, Place]
    talks: dict[str, list[Said]]
    turns: list[Turn]

    @model_validator(mode="after")
    def names_are_known(self) -> "Labels":
        for turn in self.turns:
            if turn.place not in self.places:
                raise ValueError(f"{turn.id}: there is no place {turn.place!r}")
            if turn.after and turn.after not in self.talks:
                raise ValueError(f"{turn.id}: there is no talk {turn.after!r}")
        if len({turn.id for turn in self.turns}) < len(self.turns):
            raise ValueError("two turns have one id")
        return self

    def before(self, turn: Turn) -> list[Said]:
        """Return what was said before a turn."""
        return self.talks[turn.after] if turn.after else []


class Scene(BaseModel):
    """A place as the agent graph takes it, and the texts of the target that nobody has read there."""

    request: dict[str, Any]
    unseen: list[str]


def read_labels(path: Path = TURNS) -> Labels:
    """Read the labelled turns. Raises `LabelsInvalid`, which names what is wrong."""
    try:
        return Labels.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise LabelsInvalid(f"{path.name}: {error}") from error


@cache
def story_named(name: str) -> InkStory:
    """Return one of our stories, compiled."""
    return compile_story(source_of(name))


def source_of(name: str) -> str:
    """Return the Ink of one of our stories."""
    return (STORIES / f"{name}.ink").read_text(encoding="utf-8")


def scene_at(place: Place) -> Scene:
    """Play a story to a place. Raises `LabelsInvalid` where the choices do not lead to a conversation."""
    story = story_named(place.story)
    step = begin(story, SHUFFLE)
    lines = list(step.lines)
    for taken in place.take:
        step = take(story, step, taken)
        lines += step.lines
    if step.call is None:
        raise LabelsInvalid(f"{place.story}: the choices {place.take} end at {list(step.choices)}")
    return scene_of(place.story, step, lines)


def take(story: InkStory, at: Step, taken: str | dict[Literal["agent"], str]) -> Step:
    """Take one choice, or pass a conversation."""
    if isinstance(taken, dict):
        return leave_agent(story, at, taken["agent"], TURNS_OF_A_TALK)
    index = next((number for number, text in enumerate(at.choices) if text.startswith(taken)), -1)
    if index < 0:
        raise LabelsInvalid(f"{taken!r} is none of {list(at.choices)}")
    return choose(story, at.state, index)


def scene_of(name: str, at: Step, lines: list[Line]) -> Scene:
    """Return where a story stands as the agent graph takes it."""
    call = at.call or AgentCall(None, None)
    target = call.target or ""
    passages = [
        read_target(story_named(name), at.state, target, outcome=outcome)
        for outcome in ("DIRECT_CONTINUE", "BRIDGE_AND_CONTINUE")
    ]
    unseen = [text for passage in passages for text in (passage.visible, passage.hidden) if text]
    request = {
        "story": {"source": source_of(name)},
        "character": call.character or "",
        "target": target,
        "ink_state": at.state,
        "visible": "\n".join(line.text for line in lines if not line.hidden),
        "hidden": "\n".join(line.text for line in lines if line.hidden),
    }
    return Scene(request=request, unseen=list(dict.fromkeys(unseen)))
