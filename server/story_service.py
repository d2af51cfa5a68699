"""What can be done with story jobs. Each is a run, or a further run, on the job's thread."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from domain.editing import ChapterVersion, edited_before, read_order, versions_of
from domain.errors import RequestInvalid
from domain.story import Story
from graphs.story import graph
from providers import models
from server.callers import Caller
from server.db import credits
from server.db.checkpoints import saver
from server.db.errors import ThreadExists
from server.db.pool import Pool
from server.db.threads import ThreadRow, create_thread, get_thread
from server.errors import JobConflict, JobNotFound
from server.runs.engine import Engine
from server.runs.models import RunCreate, RunRow
from server.settings import Settings
from server.story_jobs import (
    DEFAULT_CHAPTERS,
    GRAPH,
    PRODUCT,
    StoryJob,
    StoryRequest,
    job_status,
    ordered,
    price,
    read_job,
)

QUEUE = "story"
MOST_RUNS = 1_000


def purpose_of(runs: list[RunRow]) -> str:
    """Return what the newest run is for: one without an input of its own goes on with what an earlier one began."""
    begun = next((run for run in runs if run.kwargs.get("input") or run.kwargs.get("command")), None)
    return (begun and ordered(begun.kwargs.get("input"))) or "story"


@dataclass(frozen=True, slots=True)
class Jobs:
    """The story jobs of one caller."""

    pool: Pool
    engine: Engine
    settings: Settings
    caller: Caller

    async def generate(self, wanted: StoryRequest, key: str | None) -> UUID:
        """Make a job and hold its price, in one transaction. Raises `CreditsShort`.

        A key that this caller used before names the same job. Raises `FieldInvalid` for a language that the server's
        model does not write.
        """
        models.check_language(wanted.language, "")
        thread_id = uuid4() if key is None else self.caller.id_of(key)
        run = self.new_run(
            thread_id, input={"request": wanted.story().model_dump()}, context=wanted.context(), key=key
        )
        async with self.pool.connection() as conn, conn.transaction():
            metadata = {"product": PRODUCT, "context": wanted.context(), "graph_id": GRAPH}
            try:
                await create_thread(
                    conn, graph_id=GRAPH, owner=self.caller.owner, thread_id=thread_id, metadata=metadata
                )
            except ThreadExists:
                return thread_id
            await self.hold(conn, run, "story", price(wanted.chapters, self.settings))
            await self.engine.accept(run, conn)
        return thread_id

    async def get(self, job_id: UUID) -> StoryJob:
        """Return the job as it stands. Raises `JobNotFound`."""
        thread, run = await self.newest(job_id)
        state = await self.state(thread)
        return read_job(thread, run, state.values, bool(state.interrupts))

    async def story(self, job_id: UUID) -> tuple[ThreadRow, Story]:
        """Return the finished story. Raises `JobNotFound`, and `JobConflict` while there is none."""
        thread, _ = await self.newest(job_id)
        values = (await self.state(thread)).values
        if not values.get("report"):
            raise JobConflict("the story is not finished")
        return thread, Story.of_state(values)

    async def retry(self, job_id: UUID) -> None:
        """Go on where a failed or cancelled job stopped. Raises `JobConflict` for any other."""
        thread, run = await self.newest(job_id)
        state = await self.state(thread)
        status = job_status(run, state.values, bool(state.interrupts))
        if status not in ("failed", "cancelled"):
            raise JobConflict(f"a job that is {status} cannot be retried")
        begun = (state.metadata or {}).get("run_id") == str(run.run_id)
        given = None if begun else run.kwargs["input"]
        purpose = purpose_of(await self.runs(job_id))
        await self.again(thread, input=given, purpose=purpose, amount=self.price_of(purpose, state.values))

    async def resume(self, job_id: UUID, outline: dict[str, Any] | None) -> None:
        """Answer the question for approval. Raises `JobConflict` when nothing was asked."""
        thread, run = await self.newest(job_id)
        state = await self.state(thread)
        if not run.finished or not state.interrupts:
            raise JobConflict("the job does not wait for approval")
        answer = True if outline is None else {"outline": outline}
        command = {"resume": {state.interrupts[0].id: answer}}
        amount = self.price_of("story", state.values)
        await self.again(thread, command=command, purpose="story", amount=amount)

    async def cancel(self, job_id: UUID) -> None:
        """Stop the job; what is written is kept."""
        _, run = await self.newest(job_id)
        if run.finished:
            raise JobConflict("the job has ended")
        await self.engine.cancel(run.run_id, self.caller.owner, action="interrupt", wait=True)

    async def regenerate(self, job_id: UUID, chapter: int, feedback: str) -> None:
        """Write from this chapter on again: the thread forks before it, so what came after vanishes.

        Raises `JobConflict` while the job runs, and `RequestInvalid` when there is no such chapter.
        """
        thread, run = await self.newest(job_id)
        if not run.finished:
            raise JobConflict("the job has not ended")
        values = (await self.state(thread)).values
        before = await self.before_chapter(thread, chapter)
        checkpoint = {key: before.config["configurable"][key] for key in ("checkpoint_id", "checkpoint_ns")}
        update = {"feedback": {"chapter": chapter, "text": feedback}, **edited_before(values, chapter)}
        left = len(before.values["outline"]["chapters"]) - chapter + 1
        again = {"checkpoint": checkpoint, "command": {"update": update}}
        await self.again(thread, purpose="regenerate", amount=left * self.settings.chapter_price, **again)

    async def change(self, job_id: UUID, order: dict[str, Any]) -> None:
        """Edit, restyle or revert a chapter of a finished story, or add one.

        Raises `JobConflict` while the job runs or its story is not finished, `EditRefused`, which names the field, and
        `FieldInvalid` for a style that the server's model does not imitate.
        """
        thread, run = await self.newest(job_id)
        if not run.finished:
            raise JobConflict("the job has not ended")
        values = (await self.state(thread)).values
        if not values.get("report"):
            raise JobConflict("the story is not finished")
        read_order(values, order)
        if order["action"] == "restyle":
            models.check_style((thread.metadata.get("context") or {}).get("edit_model", ""))
        amount = self.price_of(order["action"], values)
        await self.again(thread, input={"order": order}, purpose=order["action"], amount=amount)

    async def versions(self, job_id: UUID, chapter: int) -> list[ChapterVersion]:
        """Return all the texts of a chapter. Raises `JobNotFound`, also when there is no such chapter."""
        thread, _ = await self.newest(job_id)
        values = (await self.state(thread)).values
        if not 1 <= chapter <= len(values.get("chapters") or []):
            raise JobNotFound(f"there is no chapter {chapter}")
        return versions_of(values, chapter)

    async def runs(self, job_id: UUID) -> list[RunRow]:
        """Return all runs of the job, newest first. Raises `JobNotFound`."""
        await self.newest(job_id)
        return await self.engine.list(job_id, self.caller.owner, limit=MOST_RUNS)

    async def newest(self, job_id: UUID) -> tuple[ThreadRow, RunRow]:
        """Return the job's thread and its newest run. Raises `JobNotFound`."""
        async with self.pool.connection() as conn:
            thread = await get_thread(conn, job_id, self.caller.owner)
        if not thread or thread.graph_id != GRAPH:
            raise JobNotFound
        runs = await self.engine.list(job_id, self.caller.owner, limit=1)
        if not runs:
            raise JobNotFound
        return thread, runs[0]

    async def state(self, thread: ThreadRow) -> Any:
        running = graph.copy(update={"checkpointer": saver(self.pool)})
        return await running.aget_state({"configurable": {"thread_id": str(thread.thread_id)}})

    async def before_chapter(self, thread: ThreadRow, chapter: int) -> Any:
        """Return the newest state from which this chapter was written."""
        running = graph.copy(update={"checkpointer": saver(self.pool)})
        config: Any = {"configurable": {"thread_id": str(thread.thread_id)}}
        async for state in running.aget_state_history(config):
            first_attempt = state.next == ("write_chapter",) and not state.values.get("draft")
            if first_attempt and len(state.values.get("chapters") or []) == chapter - 1:
                return state
        raise RequestInvalid(f"chapter: there is no chapter {chapter} yet")

    async def again(self, thread: ThreadRow, *, purpose: str, amount: int, **given: Any) -> None:
        """Start a further run on the thread, with its price held."""
        run = self.new_run(thread.thread_id, context=thread.metadata.get("context"), **given)
        if purpose != "story":
            purpose = f"{purpose}:{run.run_id}"
        async with self.pool.connection() as conn, conn.transaction():
            if amount:
                await self.hold(conn, run, purpose, amount)
            await self.engine.accept(run, conn)

    def price_of(self, purpose: str, values: dict[str, Any]) -> int:
        """Return what a further run costs: a further chapter its price, an edit nothing."""
        if purpose == "extend":
            return self.settings.chapter_price
        chapters = values.get("request", {}).get("chapters", DEFAULT_CHAPTERS)
        return price(chapters, self.settings) if purpose == "story" else 0

    async def hold(self, conn: AsyncConnection[Any], run: RunCreate, purpose: str, amount: int) -> None:
        if self.caller.keyed:
            await credits.hold(
                conn,
                owner=self.caller.owner,
                thread_id=run.thread_id,
                purpose=purpose,
                run_id=run.run_id,
                amount=amount,
            )

    def new_run(self, thread_id: UUID, *, key: str | None = None, **given: Any) -> RunCreate:
        return RunCreate(
            thread_id=thread_id,
            graph_id=GRAPH,
            owner=self.caller.owner,
            queue=QUEUE,
            durability="sync",
            multitask_strategy="reject",
            idempotency_key=key,
            **given,
        )
