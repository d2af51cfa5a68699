"""A process that goes on with a session: `creator_program.py ADDRESS THREAD FILE DEADLY ANSWER`.

It notes in FILE each scene that it has read aloud; the scene whose text holds DEADLY it begins and never ends.
"""

import asyncio
import json
import sys
from pathlib import Path

from langgraph.types import Command

from domain.context import Context
from graphs.creator import graph
from providers import speech
from server.db.checkpoints import saver, store
from server.db.pool import open_pool
from tests.creations import Voice


async def main(address: str, thread_id: str, notes: str, deadly: str, answer: str) -> None:
    async def note(text: str) -> None:
        with Path(notes).open("a") as file:
            file.write(text.splitlines()[0].split(".")[0] + "\n")
        if deadly and deadly in text:
            print("hanging", flush=True)
            await asyncio.Event().wait()

    speech.PROVIDERS["told"] = lambda _: Voice(gate=note)
    async with open_pool(address, max_size=4) as pool:
        served = graph.copy(update={"checkpointer": saver(pool), "store": store(pool)})
        config = {"configurable": {"thread_id": thread_id}}
        given = Command(resume=json.loads(answer)) if answer else None
        context = Context(speech="told:voice", images="none:")
        async for _ in served.astream(given, config, context=context, durability="sync"):
            pass


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
