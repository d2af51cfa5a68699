"""Labelled turns, run through the agent graph as it is, with any model."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command

from domain.agent import Outcome, goes_on
from domain.context import Context
from domain.leaks import leaks
from evaluation.labels import Labels, Said, Scene, Turn, scene_at
from graphs.agent import graph


@dataclass(frozen=True)
class Result:
    """What came of a labelled turn.

    `drafts` are the replies as the model wrote them, `leaks` the runs of unseen words in any of them, `shown_leaks`
    those that reached the player. `failed` names what could not be had: the judgement, a reply.
    """

    turn: Turn
    outcome: Outcome
    reply: str
    bridge: str
    drafts: tuple[str, ...]
    leaks: tuple[str, ...]
    shown_leaks: tuple[str, ...]
    failed: str = ""

    @property
    def is_right(self) -> bool:
        return self.outcome == self.turn.expected

    @property
    def over_bridges(self) -> bool:
        """Whether the story went on although it should not have."""
        return goes_on(self.outcome) and not goes_on(self.turn.expected)


async def run_turns(labels: Labels, turns: Sequence[Turn], model: str, at_once: int = 4) -> list[Result]:
    """Run turns with a model, so many at once. Each conversation is its own; what characters say is shared."""
    places = {turn.place for turn in turns}
    scenes = {name: await asyncio.to_thread(scene_at, labels.places[name]) for name in sorted(places)}
    agent = graph.copy(update={"checkpointer": InMemorySaver(), "store": InMemoryStore()})
    slots = asyncio.Semaphore(at_once)

    async def run(turn: Turn) -> Result:
        async with slots:
            return await run_turn(agent, turn, scenes[turn.place], labels.before(turn), model)

    return list(await asyncio.gather(*map(run, turns)))


async def run_turn(agent: Any, turn: Turn, scene: Scene, before: list[Said], model: str) -> Result:
    """Put a conversation where it stands, say the words, and see what comes of them."""
    config = {"configurable": {"thread_id": str(uuid4())}}
    context = Context(plan_model=model, write_model=model, edit_model=model)
    await agent.ainvoke({"request": scene.request}, config, context=context)
    if before:
        turns = [as_told(number, said) for number, said in enumerate(before, start=1)]
        await agent.aupdate_state(config, {"turns": turns}, as_node="ground")
        await agent.ainvoke(None, config, context=context)
    told: Command[Any] = Command(resume={"turn": len(before) + 1, "text": turn.words})
    updates = [update async for update in agent.astream(told, config, context=context, stream_mode="updates")]
    values = (await agent.aget_state(config)).values
    return result_of(turn, scene, before, values, updates)


def as_told(number: int, said: Said) -> dict[str, Any]:
    """Return an earlier turn as the graph keeps it."""
    told = {"turn": number, "text": said.player, "reply": said.character, "bridge": ""}
    return told | {"outcome": "NEEDS_INPUT", "probabilities": {}, "effect": "worked", "hint": 0, "drafts": 1}


def result_of(turn: Turn, scene: Scene, before: list[Said], values: Any, updates: list[Any]) -> Result:
    """Read what the graph has come to."""
    settled = values["turns"][-1]
    if settled["turn"] != len(before) + 1:
        raise RuntimeError(f"{turn.id}: {values['now']['problem']}")
    known = [
        scene.request["visible"],
        turn.words,
        *(text for said in before for text in (said.player, said.character)),
    ]
    drafts = tuple(update["respond"]["draft"]["text"] for update in updates if "respond" in update)
    shown = [settled["reply"], settled["bridge"]]
    failed = [values["judgement"]["failed"], values["draft"]["failed"]]
    return Result(
        turn=turn,
        outcome=settled["outcome"],
        reply=settled["reply"],
        bridge=settled["bridge"],
        drafts=drafts,
        leaks=tuple(leaks("\n".join([*drafts, *shown]), scene.unseen, known)),
        shown_leaks=tuple(leaks("\n".join(shown), scene.unseen, known)),
        failed=", ".join(filter(None, failed)),
    )
