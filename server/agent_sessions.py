"""Conversations with a character: what a client sends and sees of a thread of the agent graph.

A session's id is its thread's id. What is shown here is all that a reader ever sees of it: no draft, no judgement,
no goal, nothing of the target.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.agent import IN_INK, LONGEST_SCENE, Outcome, PlayerWords, goes_on

PRODUCT, JOB_TYPE, GRAPH, QUEUE = "agent", "play_character", "agent", "interactive"
VERSION = "^[0-9a-f]{0,64}$"
SessionStatus = Literal["preparing", "listening", "answering", "closed", "failed"]


def without_nul(text: str) -> str:
    """Return the text. Raises `ValueError` when a NUL is in it."""
    if "\0" in text:
        raise ValueError("it has a NUL character")
    return text


Text = Annotated[str, AfterValidator(without_nul)]
Scene = Annotated[Text, Field(max_length=LONGEST_SCENE)]


Knot = Annotated[Text, Field(min_length=1, max_length=200)]


class StartRequest(BaseModel):
    """Where the story stands when it calls the agent. What is not named here is not read, the target's text least."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"character": "keeper", "target": "lamp_room"}]}
    )

    character: Knot = Field(description="The character's knot.")
    target: Knot = Field(description="The target knot.")
    ink_state: Text = Field(
        "", max_length=1_000_000, description="`story.state.ToJson()`, waiting at the call."
    )
    visible: Scene = Field("", description="What the reader has read.")
    context: Scene = Field("", description="What is tagged #context: for the character, not for the reader.")
    version: str = Field("", pattern=VERSION, description="The story's version; without it, the newest.")


class Message(PlayerWords):
    """The reader's words, in their turn. Whatever else is sent along is not read: the server alone decides."""

    model_config = ConfigDict(extra="ignore")

    session_id: UUID
    turn: int = Field(ge=1, strict=True, description="The number of this turn; the first is 1.")
    text: Text = Field(description="At most 2,000 characters.")
    id: Text = Field("", max_length=200, description="A unique id of the message, if not in Idempotency-Key.")

    @property
    def words(self) -> dict[str, Any]:
        """What the graph is told."""
        return {"turn": self.turn, "text": self.text}


class Leave(BaseModel):
    """Which conversation a story wants to leave."""

    session_id: UUID


class Turn(BaseModel):
    """One turn of the conversation: the reader's words and what came of them."""

    turn: int
    text: str
    outcome: Outcome
    reply: str
    bridge_text: str

    @classmethod
    def of(cls, turn: Mapping[str, Any]) -> Self:
        """Return what of a turn in the graph's state may be seen."""
        return cls(
            turn=turn["turn"],
            text=turn["text"],
            outcome=turn["outcome"],
            reply=turn.get("reply") or "",
            bridge_text=turn.get("bridge") or "",
        )


class Decision(BaseModel):
    """What the server decided on a turn. While it is `answering` there is no outcome yet."""

    session_id: UUID
    turn: int
    outcome: Outcome | None
    reply: str
    bridge_text: str
    input_enabled: bool
    status: SessionStatus

    @classmethod
    def of(cls, session_id: UUID, turn: Turn) -> Self:
        """Return the decision that ended a turn."""
        closed = goes_on(turn.outcome)
        return cls(
            session_id=session_id,
            input_enabled=not closed,
            status="closed" if closed else "listening",
            **turn.model_dump(exclude={"text"}),
        )

    @classmethod
    def pending(cls, session_id: UUID, turn: int) -> Self:
        """Return the answer to a turn that still takes its time."""
        return cls(
            session_id=session_id,
            turn=turn,
            outcome=None,
            reply="",
            bridge_text="",
            input_enabled=False,
            status="answering",
        )


class Session(BaseModel):
    """A conversation as it stands. `turn` is the one that is awaited or being answered; the last one once closed."""

    session_id: UUID
    story_id: str
    status: SessionStatus
    turn: int
    outcome: Outcome | None = Field(description="The newest turn's.")
    input_enabled: bool
    transcript: list[Turn]

    @classmethod
    def of(cls, session_id: UUID, story_id: str, values: Mapping[str, Any], *, busy: bool) -> Self:
        """Return the conversation that a thread's state holds."""
        transcript = [Turn.of(turn) for turn in values.get("turns") or [] if turn.get("outcome")]
        outcome = transcript[-1].outcome if transcript else None
        status = status_of(outcome, prepared=bool(values.get("grounding")), busy=busy)
        return cls(
            session_id=session_id,
            story_id=story_id,
            status=status,
            turn=len(transcript) + (status != "closed"),
            outcome=outcome,
            input_enabled=status == "listening",
            transcript=transcript,
        )


class Started(BaseModel):
    """A conversation that has begun. The token opens this conversation and nothing else."""

    session_id: UUID
    token: str
    expires_at: datetime
    story_id: str
    version: str
    status: SessionStatus
    turn: int
    input_enabled: bool


class Continuation(BaseModel):
    """That the story may go on, and the Ink variables to set before the choice tagged `agent` is taken."""

    session_id: UUID
    outcome: Outcome
    variables: dict[str, str | int] = Field(
        description="`agent_outcome`, DIRECT_CONTINUE or BRIDGE_AND_CONTINUE, and `agent_turns`, how many there were."
    )

    @classmethod
    def of(cls, session: Session) -> Self:
        """Return how the story goes on after a closed conversation."""
        assert session.outcome
        variables: dict[str, str | int] = {
            "agent_outcome": IN_INK[session.outcome],
            "agent_turns": len(session.transcript),
        }
        return cls(session_id=session.session_id, outcome=session.outcome, variables=variables)


class Grounding(BaseModel):
    """What a character's speech is taught by, and what it is after: for the author."""

    version: str
    character: str
    target: str
    excerpts: list[Any]
    goal: Any


def status_of(outcome: Outcome | None, *, prepared: bool, busy: bool) -> SessionStatus:
    """Derive how a conversation stands from its newest outcome and whether a run is under way."""
    if busy:
        return "answering" if prepared else "preparing"
    if outcome and goes_on(outcome):
        return "closed"
    return "listening" if prepared else "failed"
