"""How many bytes a story takes in the database, by its number of chapters: they must grow linearly."""

from uuid import uuid4

from domain.context import Context
from graphs.story import graph
from providers.scripted import SCRIPTS, Script
from server.db.checkpoints import saver, store, stored_bytes
from server.db.pool import connect
from tests import stories

CHAPTERS = (2, 5, 20, 40)


async def main() -> None:
    """Print bytes, bytes a chapter and the text's own bytes."""
    print(f"{'chapters':>8} {'stored':>10} {'text':>9} {'stored/text':>12} {'KB a chapter':>13}")
    async with connect() as pool:
        for chapters in CHAPTERS:
            stored, text = await measure(pool, chapters)
            print(
                f"{chapters:>8} {stored:>10,} {text:>9,} {stored / text:>12.2f} {stored / chapters / 1000:>13.1f}"
            )


async def measure(pool, chapters: int) -> tuple[int, int]:
    """Write a scripted story and return the bytes stored for its thread and the bytes of its text."""
    SCRIPTS["bench"] = Script(stories.answer)
    names = dict.fromkeys(("plan_model", "write_model", "edit_model"), "scripted:bench")
    context, thread = Context(**names, max_chapters=chapters), str(uuid4())
    running = graph.copy(update={"checkpointer": saver(pool), "store": store(pool)})
    config = {"configurable": {"thread_id": thread}, "run_id": uuid4()}
    request = {"premise": "A keeper hears the fog answer.", "chapters": chapters}
    values = await running.ainvoke({"request": request}, config, context=context, durability="sync")
    async with pool.connection() as conn:
        return await stored_bytes(conn, thread), sum(len(c["text"]) for c in values["chapters"])
