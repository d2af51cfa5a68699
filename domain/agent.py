"""The agent: what a conversation with a character begins with, its turns, its judgements, the state of its graph.

A turn ends in one of four outcomes: `DIRECT` (the story goes on at the target), `BRIDGE` (it goes on after a bridge
text), `NEEDS_INPUT` (the character keeps the conversation going), `INVALID` (the character leads it back).
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any, Literal, get_args

from langchain_core.messages import AIMessage
from langgraph.channels.delta import DeltaChannel
from langgraph.channels.untracked_value import UntrackedValue
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    StrictInt,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from typing_extensions import TypedDict

from domain.errors import FabulaError
from domain.state import Json, add_counts
from domain.story import Model
from domain.version import VERSION

Outcome = Literal["DIRECT", "BRIDGE", "NEEDS_INPUT", "INVALID"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
ALIASES: dict[str, Outcome] = {
    "DIRECT_CONTINUE": "DIRECT",
    "BRIDGE_AND_CONTINUE": "BRIDGE",
    "INVALID_INPUT": "INVALID",
    "INVALID_USER_INPUT": "INVALID",
}
# What `agent_outcome` is in an Ink story, once it goes on.
IN_INK: dict[str, str] = {"DIRECT": "DIRECT_CONTINUE", "BRIDGE": "BRIDGE_AND_CONTINUE"}
LONGEST_WORDS = 2_000
LONGEST_SCENE = 200_000
MOST_HINTS = 3
# Control and direction marks, tags and the like; what joins emoji and letters stays.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def legible(text: str) -> str:
    """Return a text without what nobody can see, and without what cannot be stored."""
    return INVISIBLE.sub("", text).strip()


class OutcomeUnknown(FabulaError):
    """There is no such outcome."""


def read_outcome(name: str) -> Outcome:
    """Return the outcome of this name, in any of its spellings. Raises `OutcomeUnknown`."""
    plain = name.strip().upper()
    for outcome in OUTCOMES:
        if outcome == plain:
            return outcome
    if plain not in ALIASES:
        raise OutcomeUnknown(f"there is no outcome {name[:40]!r}")
    return ALIASES[plain]


def goes_on(outcome: str) -> bool:
    """Tell whether the story goes on after this outcome, and the conversation is over."""
    return outcome in ("DIRECT", "BRIDGE")


def default_seed(version: str = VERSION) -> int:
    """Return the seed of stories that set none; every minor release has its own, on purpose."""
    minor = ".".join(version.split(".")[:2])
    return int.from_bytes(sha256(minor.encode()).digest()[:4], "big") >> 1


def hint_level(turns: Sequence[Mapping[str, Any]], after: int = 2) -> int:
    """Return how plain hints must be, 0 to 3: one level for every `after` turns that led nowhere in a row."""
    stuck = 0
    for turn in reversed(turns):
        if turn.get("effect") == "worked":
            break
        stuck += 1
    return min(MOST_HINTS, stuck // after)


class StoryRef(Model):
    """Which story: a version that is kept, or Ink source that is to be compiled and kept."""

    version: str = Field("", pattern="^([0-9a-f]{64})?$", description="SHA-256 of the compiled story.")
    source: str = Field("", max_length=400_000, description="Ink source, when no version is given.")

    @model_validator(mode="after")
    def one_is_given(self) -> "StoryRef":
        if bool(self.version) == bool(self.source):
            raise ValueError("give either a version or a source")
        return self


class AgentInput(Model):
    """What a conversation starts from. Without `ink_state` it starts from the story's first state."""

    story: StoryRef
    character: str = Field(min_length=1, max_length=200, description="The character's knot.")
    target: str = Field(min_length=1, max_length=200, description="The target knot.")
    ink_state: str = Field("", max_length=1_000_000, description="The saved Ink state, as JSON text.")
    visible: str = Field("", max_length=LONGEST_SCENE, description="What the reader has read.")
    hidden: str = Field("", max_length=LONGEST_SCENE, description="What is tagged #context, for the AI only.")


class PlayerWords(Model):
    """The reader's answer to `listen`: which turn it belongs to, and what they say or try."""

    turn: StrictInt
    text: str = Field(min_length=1)

    @field_validator("text")
    @classmethod
    def says_something(cls, text: str) -> str:
        text = legible(text)
        if not any(sign.isprintable() and not sign.isspace() for sign in text):
            raise ValueError("it is empty")
        if len(text) > LONGEST_WORDS:
            raise ValueError(f"it has more than {LONGEST_WORDS:,} characters")
        return text


Probability = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Judgement(BaseModel):
    """How likely each outcome is. `reason` comes first so that a model thinks before it counts; it is not kept."""

    reason: str = Field("", exclude=True, description="One sentence, before the numbers.")
    DIRECT: Probability
    BRIDGE: Probability
    NEEDS_INPUT: Probability
    INVALID: Probability

    @model_validator(mode="before")
    @classmethod
    def spelled_otherwise(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {ALIASES.get(str(key).upper(), key): value for key, value in given.items()}

    @model_validator(mode="after")
    def adds_up(self) -> "Judgement":
        if not sum(self.numbers.values()):
            raise ValueError("all probabilities are zero")
        return self

    @property
    def numbers(self) -> dict[str, float]:
        return {outcome: getattr(self, outcome) for outcome in OUTCOMES}

    @property
    def probabilities(self) -> dict[str, float]:
        """The probabilities, divided by their sum."""
        total = sum(self.numbers.values())
        return {outcome: number / total for outcome, number in self.numbers.items()}

    @property
    def outcome(self) -> Outcome:
        """The outcome: the story goes on only if that is likelier than not; where two are alike, the milder one."""
        likely = self.probabilities
        if likely["DIRECT"] + likely["BRIDGE"] > 0.5:
            return "DIRECT" if likely["DIRECT"] > likely["BRIDGE"] else "BRIDGE"
        return "INVALID" if likely["INVALID"] > likely["NEEDS_INPUT"] else "NEEDS_INPUT"


Fault = Literal["incoherent", "spoiler", "out_of_character", "denies_outcome", "obeys_player"]


class ReplyCheck(BaseModel):
    """What is wrong with a drafted reply, or nothing. `reason` is not kept: it may quote the target."""

    reason: str = Field("", exclude=True, description="One sentence, before the faults.")
    faults: list[Fault]


class Goal(BaseModel):
    """What the character wants the player to do or say, told so that it gives nothing away."""

    goal: Annotated[str, AfterValidator(legible), Field(min_length=1, max_length=1_000)]


def merge_turns(turns: list[Json], writes: Sequence[list[Json]]) -> list[Json]:
    """Add turns in the order of their number; what is written later of the same turn is laid over it."""
    by_number = {turn["turn"]: turn for turn in turns}
    for written in writes:
        for turn in written:
            by_number[turn["turn"]] = by_number.get(turn["turn"], {}) | turn
    return [by_number[number] for number in sorted(by_number)]


def merge_messages(messages: list[Json], writes: Sequence[list[Json]]) -> list[Json]:
    """Append lines as messages for chat clients; one with an id that is there already takes its place.

    What is written says `by` whom it is: LangGraph makes objects of anything that has a message's `type`, and to read
    hundreds of these again would take longer than the turn itself.
    """
    by_id = {message["id"]: message for message in messages}
    for written in writes:
        for line in written:
            by_id[line["id"]] = {"type": line["by"]} | {key: line[key] for key in line if key != "by"}
    return list(by_id.values())


class AgentGraphInput(TypedDict):
    """What the agent graph is called with."""

    request: Annotated[Json, WithJsonSchema(AgentInput.model_json_schema())]


class AgentState(AgentGraphInput, total=False):
    """The state of a conversation. The target's text is never in it.

    `request`: the input, its story by version. `session`: `{version, seed}`. `grounding`: `{excerpts, goal}`.
    `now`: the turn under way, `{turn, text, problem}`. `judgement`: `{outcome, probabilities, failed}`, without
    probabilities when no judgement could be had. `draft`: the reply under way. `turns`: `{turn, text, reply, bridge,
    outcome, probabilities, effect, hint, drafts}`, `text` being the player's and `effect` worked, tried or failed.
    `position`: `{turn, outcome, progress, hint, closed, input_enabled}`. `usage`: calls, memo hits and tokens.
    `messages`: what was said as chat clients take it, `{id, type, name, content}`. `spoken`: the newest of it as
    message objects, which LangGraph streams; they are not stored.
    """

    session: Json
    grounding: Json
    now: Json
    judgement: Json
    draft: Json
    position: Json
    turns: Annotated[list[Json], DeltaChannel(merge_turns)]
    messages: Annotated[list[Json], DeltaChannel(merge_messages)]
    spoken: Annotated[list[AIMessage], UntrackedValue]
    usage: Annotated[dict[str, int], add_counts]


class AgentGraphOutput(TypedDict, total=False):
    """What the agent graph answers with."""

    session: Json
    position: Json
    turns: list[Json]
    messages: list[Json]
    usage: dict[str, int]
