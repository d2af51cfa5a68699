"""Listen to the player."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import ValidationError

from domain.agent import AgentState, PlayerWords
from domain.context import Context


async def listen(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Wait for the player's words: `{"turn": n, "text": "..."}` with the number of the turn that was asked for.

    Any other answer is refused: the question is put again, with what is wrong.
    """
    turn = len(state.get("turns") or []) + 1
    asked = {"ask": "say_something", "turn": turn}
    if problem := (state.get("now") or {}).get("problem"):
        asked["problem"] = problem
    answer = interrupt(asked)
    try:
        words = read_words(answer, turn)
    except ValueError as error:
        return {"now": {"turn": turn, "text": "", "problem": explain(error)}}
    return {
        "now": {"turn": turn, "text": words, "problem": ""},
        "judgement": {},
        "draft": {},
        "messages": [{"id": f"turn-{turn}-player", "by": "human", "content": words}],
    }


def read_words(answer: Any, turn: int) -> str:
    """Return what the player says at this turn, or raise `ValueError`."""
    words = PlayerWords.model_validate(answer)
    if words.turn != turn:
        raise ValueError(f"turn: it is turn {turn}, not {words.turn}")
    return words.text


def explain(error: ValueError) -> str:
    """Say in one line what is wrong with an answer."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"])) or "the answer"
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"[:300]
