"""Ground the character: excerpts in the author's voice, and a goal that gives nothing away."""

import asyncio
import json
from hashlib import sha256
from typing import Any

from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from pydantic import ValidationError

import prompts
from domain.agent import AgentInput, AgentState, Goal, default_seed
from domain.context import Context
from domain.errors import ModelError, RequestInvalid
from domain.leaks import leaks, new_names
from domain.state import Json
from nodes.agent.memo import MemoCalls, remember, store_of
from nodes.agent.memory import Reading, passage, readings
from providers.ink.grounding import RUNS, diversity
from providers.ink.grounding import ground as run_character
from providers.ink.library import get_story, keep_source
from providers.ink.play import begin
from providers.ink.story import AgentCall, InkStory, fault_of
from providers.models import default_model

NAMESPACE = "grounding"
# A goal for when none can be had that gives nothing away.
PLAIN_GOAL = (
    "Let the player win your trust: they must show that they understand what keeps you from giving way."
)
LARGEST_SEED = 1 << 30
# A conversation that begins anew on its thread begins with nothing.
FORGOTTEN: Json = {
    **{key: {"__overwrite__": []} for key in ("turns", "messages")},
    **{key: {} for key in ("now", "judgement", "draft")},
}


async def ground(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Check what the conversation starts from, and ground its character once for all readers of the story.

    Raises `RequestInvalid`, which names the field, `StoryNotKept`, and `InkError` for what is wrong with the story.
    """
    request, store = read_request(state.get("request")), store_of(runtime)
    version, source = request.story.version, request.story.source
    story = await (get_story(store, version) if version else keep_source(store, source))
    check_names(request, story)
    given = bool(request.ink_state)
    call = await start_of(request, story)
    reading = await readings.get(call, store, story)
    if given:
        check_place(request, reading.call)
    seed = reading.seed or Context.of(runtime).seed or default_seed()
    calls = MemoCalls(runtime, seed=seed)
    found = await ground_character(story, request.character, seed, store)
    excerpts = [excerpt["text"] for excerpt in found["excerpts"]]
    goal = await find_goal(calls, reading, {"name": request.character, "excerpts": excerpts}, story.version)
    return {
        "request": call,
        "session": {"version": story.version, "seed": seed},
        "grounding": {"excerpts": excerpts, "diversity": found["diversity"], "goal": goal},
        "position": {
            "turn": 0,
            "outcome": "",
            "progress": 0.0,
            "hint": 0,
            "closed": False,
            "input_enabled": True,
        },
        **(FORGOTTEN if state.get("turns") else {}),
        **calls.spent,
    }


def read_request(request: Any) -> AgentInput:
    """Return a valid request. Raises `RequestInvalid`, which names the field."""
    try:
        return AgentInput.model_validate(request)
    except ValidationError as error:
        first = error.errors()[0]
        raise RequestInvalid(f"{'.'.join(map(str, first['loc'])) or 'request'}: {first['msg']}") from error


def check_names(request: AgentInput, story: InkStory) -> None:
    """Refuse a character or target that the story's agent cannot be called with."""
    for role, name in (("character", request.character), ("target", request.target)):
        if fault := fault_of(role, name, story):
            raise RequestInvalid(f"{role}: {fault}")
    if request.character == request.target:
        raise RequestInvalid("target: it is the character's knot")


def check_place(request: AgentInput, call: AgentCall | None) -> None:
    """Refuse a state that waits for another conversation, or for none."""
    if call is None:
        raise RequestInvalid("ink_state: the story does not wait at a call of the agent")
    if (call.character, call.target) != (request.character, request.target):
        raise RequestInvalid(
            f"ink_state: the story waits for ->{call.character} on the way to ->{call.target}"
        )


async def start_of(request: AgentInput, story: InkStory) -> Json:
    """Return the request with its story by version, and with the story's first state where it brings none."""
    call = request.model_dump() | {"story": {"version": story.version}}
    if not request.ink_state:
        step = await asyncio.to_thread(begin, story)
        call["ink_state"] = step.state
        for kind, hidden in (("visible", False), ("hidden", True)):
            call[kind] = call[kind] or "\n".join(line.text for line in step.lines if line.hidden == hidden)
    return call


async def ground_character(story: InkStory, character: str, seed: int, store: BaseStore) -> Json:
    """Return the character's excerpts: what the Store has, else what five runs of their knot say."""
    namespace, key = (NAMESPACE, story.version), f"excerpts:{character}:{seed}"
    item = await store.aget(namespace, key)
    if item is None:
        runs = await asyncio.to_thread(run_character, story, character, seed % LARGEST_SEED)
        excerpts = [
            {"text": run.text, "seed": run.seed, "ended": run.ended, "diversity": run.diversity}
            for run in runs
        ]
        made = {"excerpts": excerpts, "runs": RUNS, "diversity": diversity([run.text for run in runs])}
        await remember(store, namespace, {key: made})
        return made
    return dict(item.value)


async def find_goal(calls: MemoCalls, reading: Reading, character: Json, version: str) -> str:
    """Return what the conversation is for: the Store's goal for this target's text, else a newly distilled one."""
    store, prompt = store_of(calls.runtime), await prompts.get("agent/distill_goal", calls.runtime.store)
    model = Context.of(calls.runtime).plan_model or default_model()
    about = [calls.seed, prompt.hash, model, *reading.unseen]
    digest = sha256(json.dumps(about).encode()).hexdigest()[:32]
    namespace, key = (NAMESPACE, version), f"goal:{character['name']}:{digest}"
    item = await store.aget(namespace, key)
    if item:
        return str(item.value["goal"])
    goal = await distill_goal(calls, reading, character)
    if goal:
        await remember(store, namespace, {key: {"goal": goal}})
    return goal or PLAIN_GOAL


async def distill_goal(calls: MemoCalls, reading: Reading, character: Json) -> str:
    """Have the goal distilled: the plain one where it gives something away, nothing where it cannot be had."""

    def safe(goal: Goal) -> bool:
        unseen = reading.unseen
        return not leaks(goal.goal, unseen) and not new_names(goal.goal, unseen, character["excerpts"])

    try:
        goal = await calls.consult(
            "plan", "agent/distill_goal", Goal, safe, character=character, target=passage(reading.target)
        )
    except ModelError:
        return ""
    await calls.remember()
    return goal.goal if safe(goal) else PLAIN_GOAL
