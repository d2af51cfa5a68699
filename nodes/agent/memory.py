"""What the nodes know at a turn: rebuilt from the story's state every time, so that it is never out of step with it."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from langgraph.store.base import BaseStore

from domain.agent import IN_INK, AgentState
from domain.state import Json
from providers.ink.document import PRELUDE_VARIABLES
from providers.ink.library import get_story
from providers.ink.state import Passage, Value, read_state, read_target
from providers.ink.story import NOTE, AgentCall, InkStory

MOST_READINGS = 256
LONGEST_SCENE = 16_000
NEWEST_TURNS, EARLIER_TURNS = 30, 10


@dataclass(frozen=True)
class Reading:
    """What a reader's state says of the story: where it stands, and the target as they would meet it."""

    call: AgentCall | None
    seed: int | None
    line: Passage
    variables: dict[str, Value]
    target: Passage
    bridged: Passage

    @property
    def unseen(self) -> list[str]:
        """The target's texts, however it is reached."""
        passages = (self.target, self.bridged)
        return list(dict.fromkeys(text for each in passages for text in (each.visible, each.hidden) if text))


class Readings:
    """The newest readings. They are made in worker processes, which costs milliseconds; a turn needs three."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, str, str], Reading] = OrderedDict()

    async def get(self, request: Json, store: BaseStore, story: InkStory | None = None) -> Reading:
        """Return what the state of a request says; its story is read from the Store if need be. Raises `InkError`."""
        state = sha256(request["ink_state"].encode()).hexdigest()
        key = request["story"]["version"], state, request["target"]
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        story = story or await get_story(store, request["story"]["version"])
        made = await asyncio.to_thread(read, story, request["ink_state"], request["target"])
        self._made[key] = made
        while len(self._made) > MOST_READINGS:
            self._made.popitem(last=False)
        return made


readings = Readings()


def read(story: InkStory, ink_state: str, target: str) -> Reading:
    """Read a reader's state, and the target under its variables."""
    state = read_state(story, ink_state)
    return Reading(
        call=state.call,
        seed=state.seed,
        line=state.line,
        variables={name: value for name, value in state.variables.items() if tells(name, value)},
        target=read_target(story, ink_state, target, outcome=IN_INK["DIRECT"]),
        bridged=read_target(story, ink_state, target, outcome=IN_INK["BRIDGE"]),
    )


def tells(name: str, value: Value) -> bool:
    """Tell whether a variable says something of the story: those of the prelude and divert targets do not."""
    return name not in PRELUDE_VARIABLES and not isinstance(value, dict)


def character_of(state: AgentState) -> Json:
    """Return the character as prompts take it."""
    return {"name": state["request"]["character"], "excerpts": state["grounding"]["excerpts"]}


def scene_of(state: AgentState, reading: Reading) -> Json:
    """Return the story so far: what came with the call, its end if it is long, and the newest line of the state."""
    request, line = state["request"], reading.line
    return {
        "visible": end_of(with_line(request["visible"], line.visible)),
        "hidden": end_of(with_line(request["hidden"], line.hidden)),
    }


def end_of(text: str) -> str:
    """Return the end of a text, from the beginning of a line."""
    if len(text) <= LONGEST_SCENE:
        return text
    end = text[-LONGEST_SCENE:]
    return end.partition("\n")[2] or end


def with_line(text: str, line: str) -> str:
    """Return the text, ended by the line unless it is in there."""
    if line in text:
        return text.strip()
    return f"{text.strip()}\n{line}".strip()


def conversation_of(state: AgentState) -> list[Json]:
    """Return the turns so far: of a long conversation the newest, and those earlier ones that got somewhere."""
    turns = state.get("turns") or []
    earlier = [turn for turn in turns[:-NEWEST_TURNS] if turn["effect"] == "worked"]
    return [
        {"player": turn["text"], "character": turn["reply"], "worked": turn["effect"] == "worked"}
        for turn in [*earlier[-EARLIER_TURNS:], *turns[-NEWEST_TURNS:]]
    ]


def known_texts(state: AgentState, reading: Reading) -> list[str]:
    """Return what the reader has read or said: of that nothing can be given away."""
    said = [text for turn in state.get("turns") or [] for text in (turn["text"], turn["reply"])]
    return [with_line(state["request"]["visible"], reading.line.visible), *said, state["now"]["text"]]


def notes_of(state: AgentState, reading: Reading) -> list[str]:
    """Return the author's notes, which the character may know and must not recite."""
    lines = [line for excerpt in state["grounding"]["excerpts"] for line in excerpt.splitlines()]
    return [scene_of(state, reading)["hidden"], *(line for line in lines if is_note(line))]


def is_note(line: str) -> bool:
    """Tell whether a line of an excerpt is a note of the author's."""
    return line.startswith(NOTE)


def passage(target: Passage) -> Json:
    """Return a passage as prompts take it."""
    return {"visible": target.visible, "hidden": target.hidden}


def memory_of(state: AgentState, reading: Reading) -> dict[str, Any]:
    """Return what every prompt of a turn takes: character, scene, conversation, the player's words."""
    return {
        "character": character_of(state),
        "scene": scene_of(state, reading),
        "conversation": conversation_of(state),
        "words": state["now"]["text"],
    }
