"""A reader's saved Ink state: check that it belongs to the story, and read with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from providers.ink.document import Document, Paths, nodes, parse
from providers.ink.errors import StateInvalid, StoryStopped
from providers.ink.grounding import RUN_SECONDS, SPARE_SECONDS
from providers.ink.story import AgentCall, InkStory
from providers.ink.workers import PLAYING, Refused, WorkerDied

LONGEST_STATE = 1_000_000
LONGEST_PASSAGE = 4_000
SAVE_VERSIONS = (9, 10)
PATH_KEYS = {"cPath", "previousContentObject", "originalChoicePath", "targetPath", "^->"}

Value = bool | int | float | str | list[str] | dict[str, str | None] | None


@dataclass(frozen=True)
class Passage:
    """Prose as a reader would meet it: the visible text, and the lines tagged `#context`, for the AI only."""

    visible: str
    hidden: str
    whole: bool = True


@dataclass(frozen=True)
class ReaderState:
    """What a saved state says: variables, the agent call it waits at if any, and the newest line.

    A saved state keeps only its newest line, so what was read before must come from the player.
    """

    variables: dict[str, Value]
    call: AgentCall | None
    seed: int | None
    line: Passage
    choices: list[str] = field(default_factory=list)


def read_state(story: InkStory, ink_state: str) -> ReaderState:
    """Read a saved state. Raises `StateInvalid` when it is malformed or of another story or version."""
    check_state(story, ink_state)
    found = ask(story, ink_state, {"do": "state", "variables": story.variables, "longest": LONGEST_PASSAGE})
    variables = {name: path_of(story, name, value) for name, value in found["variables"].items()}
    waits = any("agent" in choice["tags"] for choice in found["choices"])
    call = AgentCall(target_named(variables, "agent_character"), target_named(variables, "agent_target"))
    seed, hidden = variables.get("ai_seed"), found["hidden"]
    return ReaderState(
        variables=variables,
        call=known_call(story, call) if waits else None,
        seed=seed if isinstance(seed, int) and seed else None,
        line=Passage("" if hidden else found["line"], found["line"] if hidden else ""),
        choices=[choice["text"] for choice in found["choices"] if "agent" not in choice["tags"]],
    )


def read_target(
    story: InkStory, ink_state: str, target: str, limit: int = LONGEST_PASSAGE, outcome: str = ""
) -> Passage:
    """Read the target's prose under the reader's variables, up to its first choice or `limit` characters.

    `outcome` is what the player would set `agent_outcome` to. It is read from a copy: the state stays as it is.
    Raises `KnotNotFound` and `StateInvalid`.
    """
    story.knot(target)
    check_state(story, ink_state)
    given = {"agent_outcome": outcome} if outcome else {}
    found = ask(story, ink_state, {"do": "target", "target": target, "longest": limit, "set": given})
    visible, hidden = ("\n".join(found[kind])[:limit] for kind in ("visible", "hidden"))
    return Passage(visible, hidden, whole=found["whole"])


def ask(story: InkStory, ink_state: str, request: dict[str, Any]) -> Any:
    """Have a worker load the state and read. What the engine refuses is the state's fault."""
    request |= {"story": story.text, "state": ink_state.removeprefix("\ufeff"), "budget": RUN_SECONDS}
    try:
        return PLAYING.ask(request, RUN_SECONDS + SPARE_SECONDS)
    except WorkerDied as died:
        raise StoryStopped(f"Reading the state {died.reason} and was stopped.") from None
    except Refused:
        raise StateInvalid("The saved state cannot be read with this version of the story.") from None


def check_state(story: InkStory, ink_state: str) -> None:
    """Refuse a state that is malformed, too large, or names what the story does not have."""
    state = parse(ink_state, StateInvalid, "The saved state", LONGEST_STATE)
    if state.get("inkSaveVersion") not in SAVE_VERSIONS:
        raise StateInvalid("This is not a saved Ink state of a version that can be read (9 or 10).")
    for key in ("flows", "variablesState", "visitCounts"):
        if not isinstance(state.get(key), dict):
            raise StateInvalid(f"The saved state has no {key}.")
    flow = state.get("currentFlowName", "DEFAULT_FLOW")
    if not isinstance(flow, str) or not isinstance(state["flows"].get(flow), dict):
        raise StateInvalid("The saved state lacks its current flow.")
    strange = next(strangers(story, state), "")
    if strange:
        raise StateInvalid(f"The saved state is of another story or version: it names '{strange[:200]}'.")


def strangers(story: InkStory, state: Document) -> Iterator[str]:
    """Yield the names and paths in a state that the story does not have."""
    paths = Paths(story.document)
    yield from set(state["variablesState"]) - set(story.variables)
    yield from (path for path in state["visitCounts"] if path not in paths)
    for node in nodes(state):
        for key in PATH_KEYS & set(node if isinstance(node, dict) else ()):
            if isinstance(node[key], str) and node[key] not in paths:
                yield node[key]


def known_call(story: InkStory, call: AgentCall) -> AgentCall:
    """Return the story's call with this character and target: a state cannot make one up."""
    same = (own for own in story.calls if (own.character, own.target) == (call.character, call.target))
    found = next(same, None)
    if found is None:
        raise StateInvalid(f"The story has no agent call with ->{call.character} and ->{call.target}.")
    return found


def path_of(story: InkStory, name: str, value: Any) -> Value:
    """Return a variable's value; a divert target that was never set has its path from the story."""
    if isinstance(value, dict) and value.get("->") is None:
        return {"->": initial_path(story, name)}
    return value  # type: ignore[no-any-return]


def initial_path(story: InkStory, name: str) -> str | None:
    """Return the divert target with which a variable is declared."""
    declared = list(nodes(story.document["root"][-1].get("global decl")))
    for before, node in pairwise(declared):
        if isinstance(node, dict) and node.get("VAR=") == name and isinstance(before, str):
            return before
    return None


def target_named(variables: dict[str, Value], name: str) -> str | None:
    """Return the path that a variable holds."""
    value = variables.get(name)
    return value["->"] if isinstance(value, dict) else None
