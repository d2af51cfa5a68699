"""A small Ink story, what a scripted model answers to the agent's prompts, and a conversation to hold."""

from functools import cache
from typing import Any
from uuid import uuid4

from langgraph.store.base import BaseStore
from langgraph.types import Command

from domain.context import Context
from graphs.agent import graph
from providers.ink.compiler import compile_story
from providers.ink.library import NAMESPACE
from providers.ink.story import InkStory
from server.db.checkpoints import saver, store
from server.db.pool import Pool

SOURCE = """
VAR oil = 3
VAR greeted = false
-> quay
=== quay ===
The last ferry has gone, and the quay is yours.
#context
The keeper's brother drowned off this quay.
An old man sits across the way up.
->agent(->keeper, ->lamp_room)
=== keeper ===
{~"Forty years I carried oil up here."|"Salt gets into everything."|"You walk like someone from an office."}
* [Ask about the sea] "It takes what it likes and it never says thank you."
* [Ask about the lamp] "She drinks like a horse, that lamp."
* [Ask about the company] "They sent a letter, and the sea got the rest."
- -> DONE
=== lamp_room ===
~ oil--
{agent_outcome == "BRIDGE_AND_CONTINUE": He is still muttering when the stair turns.|The old man lets you by.}
Behind the great lens Ambrose has hidden the drowned captain's silver compass. {oil} cans stand beside the door.
#context
The compass points at the wreck, not at the north.
+ [Light the lamp] The wick takes.
-> END
=== straight ===
-> lamp_room
"""
TARGET = "Behind the great lens Ambrose has hidden the drowned captain's silver compass."
SPOILER = '"Very well. Behind the great lens Ambrose has hidden what you came for."'
GOAL = "Bring the keeper to believe that somebody still needs his light tonight."
REPLY = '"Sit, then. The stair is not going anywhere, and neither am I."'
BRIDGE = "The keeper looked at his hands for a while. Then he moved over."


def judged(**likely: float) -> dict[str, Any]:
    """What a judge answers: the outcomes named, all others impossible."""
    return {"reason": TARGET, "DIRECT": 0, "BRIDGE": 0, "NEEDS_INPUT": 0, "INVALID": 0} | likely


def answer(prompt: str, inputs: dict[str, Any]) -> Any:
    """What the scripted model says when nothing else was queued."""
    match prompt:
        case "agent/distill_goal":
            return {"goal": GOAL}
        case "agent/judge_input":
            return judged(NEEDS_INPUT=0.8, BRIDGE=0.2)
        case "agent/respond":
            return f'"You said {inputs["words"][:40]}. So do they all, number {len(inputs["conversation"]) + 1}."'
        case "agent/judge_reply":
            return {"reason": TARGET, "faults": []}
        case "agent/write_bridge":
            return BRIDGE
    raise AssertionError(f"no answer for {prompt}")


@cache
def compiled(source: str) -> InkStory:
    """Compile a story, once for all tests."""
    return compile_story(source)


class Conversation:
    """One thread of the agent graph; it keeps the custom events of all its runs."""

    def __init__(
        self, pool: Pool, context: Context, stop: bool = False, kept: BaseStore | None = None
    ) -> None:
        self.pool, self.context, self.stop = pool, context, stop
        self.kept = kept
        self.id = str(uuid4())
        self.events: list[dict[str, Any]] = []

    @property
    def config(self) -> Any:
        return {"configurable": {"thread_id": self.id}, "run_id": uuid4()}

    def graph(self) -> Any:
        """A graph as a new process would have it."""
        kept = self.kept or store(self.pool)
        return graph.copy(update={"checkpointer": saver(self.pool), "store": kept})

    async def run(self, given: Any) -> dict[str, Any]:
        """Run until the player is asked or the conversation is over; return the values."""
        while True:
            options: dict[str, Any] = {"interrupt_after": "*"} if self.stop else {}
            stream = self.graph().astream(
                given, self.config, context=self.context, stream_mode="custom", durability="exit", **options
            )
            async for event in stream:
                self.events.append(event)
            state = await self.state()
            if not self.stop or not state.next or state.interrupts:
                return dict(state.values)
            given = None

    async def start(self, source: str = SOURCE, **request: Any) -> dict[str, Any]:
        asked = {"character": "keeper", "target": "lamp_room"} | request
        if "story" not in asked:
            story = compiled(source)
            await self.graph().store.aput(NAMESPACE, story.version, {"text": story.text})
            asked["story"] = {"version": story.version}
        return await self.run({"request": asked})

    async def say(self, text: Any, **answer: Any) -> dict[str, Any]:
        """Answer the question that is open; return the newest turn and the position."""
        asked = await self.asked()
        await self.resume({"turn": asked["turn"], "text": text, **answer})
        values = (await self.state()).values
        return {**values["turns"][-1], "position": values["position"]}

    async def resume(self, answer: Any) -> dict[str, Any]:
        waiting = (await self.state()).interrupts[0]
        return await self.run(Command(resume={waiting.id: answer}))

    async def asked(self) -> dict[str, Any]:
        """What the open interrupt asks."""
        asked: dict[str, Any] = (await self.state()).interrupts[0].value
        return asked

    async def state(self) -> Any:
        return await self.graph().aget_state({"configurable": {"thread_id": self.id}})

    async def change(self, **request: Any) -> None:
        """Change what the conversation started from, as its owner may between two turns."""
        state = await self.state()
        changed = {"request": state.values["request"] | request}
        await self.graph().aupdate_state(state.config, changed, as_node="route")
        await self.run(None)

    def told(self, event: str) -> list[dict[str, Any]]:
        return [told for told in self.events if told["event"] == event]
