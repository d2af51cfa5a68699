"""What a story costs in CPU beside the bare streaming of the same chunks from the same model."""

import asyncio
import time
from typing import Any
from uuid import uuid4

from domain.context import Context
from graphs.story import graph
from providers import models
from providers.scripted import SCRIPTS, Script
from server.db.checkpoints import saver, store
from server.db.pool import Pool, connect
from tests import stories

RUNS = 5
MODES: Any = ["custom", "messages", "updates"]


async def main() -> None:
    """Print CPU seconds of this process: the model alone, the graph in memory, the graph on Postgres."""
    SCRIPTS["bench"] = script = Script(stories.answer)
    context = Context(plan_model="scripted:bench", write_model="scripted:bench", edit_model="scripted:bench")
    async with connect() as pool:
        await on_postgres(pool, context)
        script.asked.clear()
        chunks = await on_postgres(pool, context)
        calls = [asked.messages for asked in script.asked]
        for _ in range(RUNS):
            bare = await cpu(bare_stream(calls))
            memory = await cpu(in_memory(context))
            stored = await cpu(on_postgres(pool, context))
            print(
                f"{chunks} chunks: model alone {bare:.3f} s, graph in memory {memory:.3f} s ({memory / bare:.2f}x), "
                f"on Postgres {stored:.3f} s ({stored / bare:.2f}x)"
            )


async def cpu(work: Any) -> float:
    start = time.process_time()
    await work
    return time.process_time() - start


async def bare_stream(calls: list[Any]) -> None:
    """Stream every answer of the story straight from the model."""
    model = await models.get("scripted:bench")
    for messages in calls:
        async for _ in model.chat.astream(messages):
            await asyncio.sleep(0)


async def in_memory(context: Context) -> None:
    async for _ in graph.astream(request(), context=context, stream_mode=MODES):
        pass


async def on_postgres(pool: Pool, context: Context) -> int:
    """Run the story as the command line does and return how many chunks were streamed."""
    running = graph.copy(update={"checkpointer": saver(pool), "store": store(pool)})
    config: Any = {"configurable": {"thread_id": str(uuid4())}, "run_id": uuid4()}
    chunks = 0
    async for mode, _ in running.astream(
        request(), config, context=context, stream_mode=MODES, durability="sync"
    ):
        chunks += mode == "messages"
    return chunks


def request() -> dict[str, Any]:
    return {"request": {"premise": "A keeper hears the fog answer.", "chapters": 3}}
