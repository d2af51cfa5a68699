"""What can be done with creator sessions. Each answer is a further run on the session's thread."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

from psycopg import AsyncConnection
from pydantic import ValidationError

from domain.creator import CreatorInput, content_of, versions_of
from domain.creator_answers import read_answer
from domain.creator_session import compare_versions
from domain.creator_stages import actions_of, stage_of
from domain.errors import AnswerRefused
from providers import models
from server.callers import Caller
from server.creator_progress import read_progress
from server.creator_sessions import (
    GRAPH,
    KEPT_DAYS,
    MEDIA_QUEUE,
    PRODUCT,
    QUEUE,
    Comparison,
    Progress,
    SceneVersions,
    SceneVersionView,
    SessionSummary,
    StartSession,
    user_of,
)
from server.db.collaborators import RANK, Role, get_session, is_open, list_open_sessions
from server.db.creator_sessions import ListedSession, list_sessions, read_contents
from server.db.errors import ThreadExists
from server.db.pool import Pool
from server.db.runs import newest_run
from server.db.threads import ThreadRow, create_thread, delete_thread, get_thread
from server.errors import RoleTooLow, StageConflict, StorySessionNotFound
from server.runs.engine import Engine
from server.runs.errors import ThreadBusy
from server.runs.models import RunCreate, RunRow
from server.settings import Settings
from server.thread_states import States

# After these answers sound and pictures are made, which nobody waits for.
MEDIA = frozenset({"select_format", "select_narrator", "retry"})


@dataclass(frozen=True, slots=True)
class Standing:
    """A session as it stands: its thread, its newest run, its state, and what is asked."""

    thread: ThreadRow
    run: RunRow | None
    values: dict[str, Any]
    question: dict[str, Any] | None = None
    interrupt_id: str = ""

    @property
    def working(self) -> bool:
        return self.run is not None and not self.run.finished

    @property
    def progress(self) -> Progress:
        return read_progress(self.thread.thread_id, self.values, self.question, self.run)


@dataclass(frozen=True, slots=True)
class Sessions:
    """The creator sessions of one caller, and those that others let the caller into.

    Their runs and all they cost are their owners'. Whoever may not do something in them gets `RoleTooLow`.
    """

    pool: Pool
    engine: Engine
    settings: Settings
    caller: Caller

    async def start(self, wanted: StartSession, key: str | None) -> Standing:
        """Begin a session and have concepts imagined. A key that this caller used before names the same session."""
        owner = self.caller.owner
        thread_id = uuid4() if key is None else uuid5(self.caller.id_of(key), PRODUCT)
        about = {"product": PRODUCT, "graph_id": GRAPH, "user_id": wanted.user_id or owner}
        if wanted.rating == "NSFW" and not self.settings.nsfw:
            raise AnswerRefused("rating", "NSFW is not allowed here")
        models.check_language(wanted.language, "")
        run = self._new_run(thread_id, owner, input={"request": wanted.request()}, idempotency_key=key)
        ttl = KEPT_DAYS * 24 * 60
        try:
            async with self.pool.connection() as conn, conn.transaction():
                thread = await create_thread(
                    conn, graph_id=GRAPH, owner=owner, thread_id=thread_id, metadata=about, ttl=ttl
                )
                await self.engine.accept(run, conn)
        except ThreadExists:
            return await self.get(thread_id)
        return await self._after(thread, run.run_id)

    async def answer(self, session_id: UUID, answer: dict[str, Any]) -> Standing:
        """Answer what the session asks, and return how it stands then, or in a while.

        Raises `StorySessionNotFound`, `StageConflict` when it cannot be answered so now, and `AnswerRefused`.
        """
        standing = await self.get(session_id, "editor")
        if standing.working:
            raise StageConflict(f"The session is busy: {standing.progress.message}.")
        check_answer(standing, answer)
        command = {"resume": {standing.interrupt_id: answer}}
        queue = MEDIA_QUEUE if answer["action"] in MEDIA else QUEUE
        owner = standing.thread.owner
        return await self._run(standing, self._new_run(session_id, owner, command=command, queue=queue))

    async def generate(self, session_id: UUID) -> Standing:
        """Make what is still missing, or go on where the session was stopped. Raises as `answer`."""
        standing = await self.get(session_id, "editor")
        if standing.working:
            return standing
        if not standing.interrupt_id:
            given = None if standing.values.get("stage") else (standing.run and standing.run.kwargs["input"])
            again = self._new_run(session_id, standing.thread.owner, input=given, queue=MEDIA_QUEUE)
            return await self._run(standing, again)
        if standing.progress.current_stage == "completed" and "retry" not in actions_of(standing.values):
            return standing
        return await self.answer(session_id, {"action": "retry"})

    async def get(self, session_id: UUID, role: Role = "viewer") -> Standing:
        """Return the session as it stands, to whom it is open as this at least. Raises `StorySessionNotFound`."""
        async with self.pool.connection() as conn:
            thread = await get_session(conn, session_id, self.caller.owner)
            run = await newest_run(conn, session_id)
        if thread is None:
            raise StorySessionNotFound
        standing = await self._standing(thread, run)
        if not standing.values.get("request"):
            raise StorySessionNotFound
        if RANK[thread.role] < RANK[role]:
            raise RoleTooLow(f"Your role in this session is {thread.role}; that takes the {role}'s.")
        return standing

    async def is_open(self, session_id: UUID) -> bool:
        """Say whether the session is still open to the caller."""
        async with self.pool.connection() as conn:
            return await is_open(conn, session_id, self.caller.owner)

    async def list(self, user_id: str, limit: int, offset: int) -> list[SessionSummary]:
        """Return the sessions open to the caller, or the caller's own made for one user, the newest first."""
        owner = self.caller.owner
        async with self.pool.connection() as conn:
            if user_id:
                threads = await list_sessions(conn, owner, user_id, limit, offset)
            else:
                threads = await list_open_sessions(conn, owner, limit, offset)
            found = await read_contents(conn, threads)
        return [summary_of(session) for session in found]

    async def delete(self, session_id: UUID) -> None:
        """Delete a session with all it holds. Raises `StorySessionNotFound` and `StageConflict` while it works."""
        standing = await self.get(session_id, "owner")
        if standing.working:
            raise StageConflict("The session is busy.")
        async with self.pool.connection() as conn:
            await delete_thread(conn, session_id, self.caller.owner)

    async def cancel(self, session_id: UUID) -> Standing:
        """Stop what is under way; what is finished is kept, and `generate` goes on. Raises as `answer`."""
        standing = await self.get(session_id, "editor")
        if not standing.working or standing.run is None:
            raise StageConflict("Nothing is under way.")
        await self.engine.cancel(standing.run.run_id, standing.thread.owner, action="interrupt", wait=True)
        return await self.get(session_id)

    async def versions(self, session_id: UUID, scene_id: str) -> SceneVersions:
        """Return all the texts of a scene. Raises `StorySessionNotFound` and `AnswerRefused`."""
        values = (await self.get(session_id)).values
        found = versions_of(values, scene_id)
        if not found:
            raise AnswerRefused("scene_id", f"there is no scene {scene_id!r}")
        scenes = {scene["scene_id"]: scene["version"] for scene in values["draft"]["scenes"]}
        views = [
            SceneVersionView.model_validate(one.model_dump(include=set(SceneVersionView.model_fields)))
            for one in found
        ]
        return SceneVersions(scene_id=scene_id, current=scenes.get(scene_id, 0), versions=views)

    async def compare(self, session_id: UUID, scene_id: str, first: int, second: int) -> Comparison:
        """Return how two versions of a scene differ. Raises as `versions`."""
        values = (await self.get(session_id)).values
        for version in (first, second):
            if not content_of(values, scene_id, version):
                raise AnswerRefused("version", f"scene {scene_id!r} has no version {version}")
        told = compare_versions(values, scene_id, first, second)
        return Comparison(scene_id=scene_id, first=first, second=second, sentences=told)

    # runs

    async def _run(self, standing: Standing, run: RunCreate) -> Standing:
        """Start a run, unless another was begun since the session was read."""

        async def still_last(conn: AsyncConnection[Any], begun: RunRow) -> None:
            newest = await newest_run(conn, begun.thread_id, but=begun.run_id)
            if (newest and newest.run_id) != (standing.run and standing.run.run_id):
                raise StageConflict("Another answer was faster: look at the session again.")

        try:
            await self.engine.accept(run, also=still_last)
        except ThreadBusy:
            raise StageConflict("Another answer was faster: look at the session again.") from None
        return await self._after(standing.thread, run.run_id)

    async def _after(self, thread: ThreadRow, run_id: UUID) -> Standing:
        """Return how the session stands once the run has ended, or when that takes too long."""
        try:
            async with asyncio.timeout(self.settings.creator_wait):
                run = await self.engine.join(run_id, thread.owner)
        except TimeoutError:
            run = await self.engine.get(run_id, thread.owner)
        async with self.pool.connection() as conn:
            thread = await get_thread(conn, thread.thread_id, thread.owner) or thread
        return await self._standing(thread, run)

    async def _standing(self, thread: ThreadRow, run: RunRow | None) -> Standing:
        state = await States(self.pool, self.engine.graphs).read(thread)
        values = state["values"] or {}
        if not values.get("request") and run:
            values = requested(run.kwargs["input"])
        if run and not run.finished:
            return Standing(thread, run, values)
        asked = state["interrupts"][0] if state["interrupts"] else None
        return Standing(thread, run, values, asked and asked["value"], asked["id"] if asked else "")

    def _new_run(self, thread_id: UUID, owner: str, *, queue: str = QUEUE, **given: Any) -> RunCreate:
        return RunCreate(
            thread_id=thread_id,
            graph_id=GRAPH,
            owner=owner,
            queue=queue,
            durability="sync",
            context={"nsfw": self.settings.nsfw, "by": self.caller.owner},
            metadata={"by": self.caller.owner},
            multitask_strategy="reject",
            **given,
        )


def summary_of(session: ListedSession) -> SessionSummary:
    """Return what a list tells of a session."""
    values = session.values if session.values.get("request") else requested(session.given)
    return SessionSummary(
        session_id=str(session.thread.thread_id),
        user_id=user_of(session.thread),
        original_prompt=values.get("request", {}).get("prompt", ""),
        title=(values.get("draft") or {}).get("title", ""),
        current_stage=(values.get("stage") or {}).get("name") or stage_of(values),
        role=session.thread.role,
        created_at=session.thread.created_at,
        updated_at=session.thread.updated_at,
    )


def requested(given: Any) -> dict[str, Any]:
    """Return the state that a session begins with; what is sent by the LangGraph API may be anything."""
    try:
        return {"request": CreatorInput.model_validate((given or {}).get("request")).model_dump()}
    except (ValidationError, AttributeError):
        return {}


def check_answer(standing: Standing, answer: dict[str, Any]) -> None:
    """Raise `StageConflict` when nothing like this can be answered now, and `AnswerRefused` for a wrong answer."""
    if not standing.interrupt_id:
        raise StageConflict("The session was stopped: have it go on with generate.")
    if answer["action"] not in actions_of(standing.values):
        stage = standing.progress.current_stage
        raise StageConflict(f"{answer['action']} is not possible at {stage}.")
    read_answer(standing.values, answer)
