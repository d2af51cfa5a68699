"""Play a story step by step: begin it, take a choice, come back from a talk with a character."""

from dataclasses import dataclass
from typing import Any, Literal

from providers.ink.errors import InkError, StateInvalid, StoryFailed, StoryStopped
from providers.ink.grounding import SPARE_SECONDS, plainly
from providers.ink.state import check_state, read_state
from providers.ink.story import AgentCall, InkStory
from providers.ink.workers import PLAYING, Refused, WorkerDied

STEP_SECONDS = 1.0
LONGEST_STEP = 100_000


class ChoiceUnknown(InkError):
    """The story offers no such choice here."""


@dataclass(frozen=True)
class Line:
    """One line of a story. `hidden` lines, tagged `#context`, are for the AI only."""

    text: str
    hidden: bool = False


@dataclass(frozen=True)
class Step:
    """What the story told, and where it stands: at choices, at a call of the agent, or at its end.

    `state` is the saved state there, `gate` the index of the agent's choice, `seed` what SEED_AI was given.
    """

    lines: tuple[Line, ...]
    choices: tuple[str, ...]
    state: str
    call: AgentCall | None = None
    gate: int | None = None
    seed: int | None = None

    @property
    def stands(self) -> Literal["agent", "choices", "end"]:
        """Say what the story waits for."""
        if self.call:
            return "agent"
        return "choices" if self.choices else "end"


def begin(story: InkStory, seed: int = 0) -> Step:
    """Tell the story from its beginning. `seed` decides shuffles. Raises `StoryFailed`, `StoryStopped`."""
    return step(story, "", seed=seed)


def choose(story: InkStory, state: str, index: int) -> Step:
    """Take one of a step's choices. Raises `ChoiceUnknown`, `StateInvalid`, `StoryFailed`, `StoryStopped`."""
    here = read_state(story, state)
    if here.call or not 0 <= index < len(here.choices):
        raise ChoiceUnknown
    return step(story, state, choice=index)


def leave_agent(story: InkStory, at: Step, outcome: str, turns: int) -> Step:
    """Go on at the agent's target, once a talk has ended with an outcome after so many turns."""
    if at.gate is None:
        raise ChoiceUnknown
    return step(story, at.state, choice=at.gate, set={"agent_outcome": outcome, "agent_turns": turns})


def step(story: InkStory, state: str, *, seed: int = 0, choice: int | None = None, **more: Any) -> Step:
    """Have a worker take one step from a saved state, or from the beginning where it is empty."""
    if state:
        check_state(story, state)
    request = {"do": "step", "story": story.text, "state": state, "seed": seed, "choice": choice, "set": {}}
    request |= {"longest": LONGEST_STEP, "budget": STEP_SECONDS, **more}
    try:
        told = PLAYING.ask(request, STEP_SECONDS + SPARE_SECONDS)
    except WorkerDied as died:
        raise StoryStopped(f"The story {died.reason} and was stopped.") from None
    except Refused as refused:
        raise failure(refused) from None
    return arrived(story, told)


def failure(refused: Refused) -> InkError:
    """Say whose fault it was that a step was refused."""
    words = str(refused)
    if "tells without end" in words or "took too long" in words:
        return StoryStopped("The story goes on without end and was stopped.")
    return StoryFailed(f"The story failed while it ran: {plainly(refused)}")


def arrived(story: InkStory, told: dict[str, Any]) -> Step:
    """Read where a step has come to."""
    gates = [index for index, choice in enumerate(told["choices"]) if "agent" in choice["tags"]]
    here = read_state(story, told["state"]) if gates else None
    if here and here.call is None:
        raise StateInvalid
    return Step(
        lines=tuple(Line(line["text"], line["hidden"]) for line in told["lines"]),
        choices=tuple(choice["text"] for choice in told["choices"]) if not gates else (),
        state=told["state"],
        call=here.call if here else None,
        gate=gates[0] if gates else None,
        seed=here.seed if here else None,
    )
