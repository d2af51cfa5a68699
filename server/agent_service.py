"""What can be done with a conversation. Its start and each turn are runs on its thread."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
from anyio.to_thread import run_sync
from psycopg import AsyncConnection

from domain.errors import RequestInvalid
from providers.ink.state import read_state
from providers.ink.story import AgentCall, InkStory
from server.agent_sessions import (
    GRAPH,
    PRODUCT,
    QUEUE,
    Continuation,
    Decision,
    Grounding,
    Message,
    Session,
    Started,
    StartRequest,
    Turn,
)
from server.callers import Caller
from server.db.agent_sessions import FAILED, get_session, keyed_run, undo_failed
from server.db.pool import Pool
from server.db.runs import newest_run
from server.db.threads import ThreadRow, delete_thread
from server.errors import SessionClosed, SessionConflict, SessionFailed, SessionNotFound
from server.ink_stories import READING, Shelf
from server.reader_tokens import ReaderTokens
from server.runs.engine import Engine
from server.runs.models import RunCreate, RunRow
from server.settings import Settings
from server.thread_states import States

CALLED_WITH = "The story has no agent call with ->{} and ->{}."


@dataclass(frozen=True, slots=True)
class Reader:
    """Who holds the token of one conversation."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversations that a caller may have: an owner all of theirs, a reader the one of their token."""

    pool: Pool
    engine: Engine
    settings: Settings
    tokens: ReaderTokens
    caller: Caller | Reader

    # starting

    async def start(self, story_id: str, wanted: StartRequest) -> Started:
        """Begin a conversation where the story calls for it, and ground its character.

        Raises `StoryNotFound`, what `providers.ink.errors` has for a wrong knot or state, `RequestInvalid` when the
        story does not call the agent so, and `SessionFailed`.
        """
        version = await self._check(story_id, wanted)
        thread, run = await self._begin(story_id, version, wanted)
        session = await self._session(thread, run)
        token, expires = self.tokens.make(thread.thread_id)
        shown = session.model_dump(include={"session_id", "story_id", "status", "turn", "input_enabled"})
        return Started(token=token, expires_at=expires, version=version, **shown)

    async def preview(self, story_id: str, wanted: StartRequest) -> Grounding:
        """Return what a character is grounded in; it is the same that its conversations use. Raises as `start`."""
        version = await self._check(story_id, wanted)
        thread, run = await self._begin(story_id, version, wanted)
        try:
            if (await self.engine.join(run.run_id, run.owner)).status != "success":
                raise SessionFailed("The character could not be prepared.")
            grounding = (await self._values(thread))["grounding"]
        finally:
            await self._delete(thread)
        return Grounding(
            version=version,
            character=wanted.character,
            target=wanted.target,
            excerpts=grounding["excerpts"],
            goal=grounding["goal"],
        )

    async def _check(self, story_id: str, wanted: StartRequest) -> str:
        """Return the story's version, once it has been seen to call the agent so."""
        story = await Shelf(self.pool, self._owner).load(story_id, wanted.version)
        await run_sync(check_call, story, wanted, limiter=READING)
        return story.version

    async def _begin(self, story_id: str, version: str, wanted: StartRequest) -> tuple[ThreadRow, RunRow]:
        """Make the thread and have its first run listen. Raises `SessionFailed`; the thread is gone then."""
        request = wanted.model_dump(include={"character", "target", "ink_state", "visible"})
        request |= {"hidden": wanted.context, "story": {"version": version}}
        about = {"product": PRODUCT, "graph_id": GRAPH, "story_id": story_id, "version": version}
        begun = self._new_run(uuid4(), self._owner, input={"request": request}, about=about, make_thread=True)
        run = await self.engine.accept(begun)
        run = await self._in_time(run, self.engine.join(run.run_id, run.owner))
        async with self.pool.connection() as conn:
            thread = await self._find(conn, story_id, run.thread_id)
        if run.finished and run.status != "success":
            await self._delete(thread)
            raise SessionFailed(f"The conversation could not begin: {(run.error or {}).get('message')}")
        return thread, run

    async def _delete(self, thread: ThreadRow) -> None:
        async with self.pool.connection() as conn:
            await delete_thread(conn, thread.thread_id, thread.owner)

    # talking

    async def take(self, story_id: str, message: Message, key: str) -> tuple[ThreadRow, RunRow]:
        """Have the reader's words answered; the same key names the same turn, whatever has come of it.

        Raises `SessionNotFound`, `SessionConflict` when it is not this turn's time, and `SessionClosed`.
        """
        async with self.pool.connection() as conn:
            thread = await self._find(conn, story_id, message.session_id)
            last = await newest_run(conn, thread.thread_id)
            if last and last.status in FAILED:
                last = await undo_failed(conn, thread.thread_id)
            in_turn = follows(thread, last, message.turn)
            run = None if in_turn else await keyed_run(conn, thread.thread_id, key)
        if not in_turn and not run:
            check_turn(await self._session(thread, last), message.turn)
        run = run or await self._accept(thread, message, key, last)
        if (run.kwargs["command"] or {}).get("resume") != message.words:
            raise SessionConflict("This id belongs to another message.")
        return thread, run

    async def _accept(self, thread: ThreadRow, message: Message, key: str, last: RunRow | None) -> RunRow:
        """Start the turn's run, unless another was begun since `last`."""

        async def still_last(conn: AsyncConnection[Any], run: RunRow) -> None:
            newest = await newest_run(conn, thread.thread_id, but=run.run_id)
            if run.run_id == turn.run_id and (newest and newest.run_id) != (last and last.run_id):
                raise SessionConflict("Another message was faster.")

        command = {"resume": message.words}
        turn = self._new_run(thread.thread_id, thread.owner, command=command, idempotency_key=key)
        return await self.engine.accept(turn, also=still_last)

    async def decision(self, thread: ThreadRow, run: RunRow, turn: int) -> Decision:
        """Return what was decided on a turn, or that it is being answered. Raises `SessionFailed`.

        A turn that ends meanwhile is read from what its run tells, one that had ended before from the thread's state.
        """
        told: dict[str, Any] = {}
        if not run.finished:
            run = await self._in_time(run, self._follow(run, told))
        if not run.finished:
            return Decision.pending(thread.thread_id, turn)
        if run.status != "success":
            raise SessionFailed
        turns = [told] if told else (await self._values(thread)).get("turns") or []
        found = next((each for each in turns if each["turn"] == turn), None)
        if not found:
            raise SessionConflict("The conversation was set back since.")
        return Decision.of(thread.thread_id, Turn.of(found))

    async def _follow(self, run: RunRow, told: dict[str, Any]) -> RunRow:
        """Return the run when it has ended; `told` has the turn then."""
        async for event in self.engine.stream(run.thread_id, run.owner, after=-1, run_id=run.run_id):
            if event.event == "updates":
                told |= turn_in(orjson.loads(event.data))
        return await self.engine.join(run.run_id, run.owner)

    async def session(self, story_id: str, session_id: UUID) -> Session:
        """Return the conversation as it stands. Raises `SessionNotFound`."""
        async with self.pool.connection() as conn:
            thread = await self._find(conn, story_id, session_id)
            last = await newest_run(conn, session_id)
        return await self._session(thread, last)

    async def leave(self, story_id: str, session_id: UUID) -> Continuation:
        """Let the story go on. Raises `SessionConflict` while the conversation is not closed."""
        session = await self.session(story_id, session_id)
        if session.status != "closed":
            raise SessionConflict("The story waits for the conversation to end.")
        return Continuation.of(session)

    # what they share

    @property
    def _owner(self) -> str:
        if isinstance(self.caller, Reader):
            raise SessionNotFound
        return self.caller.owner

    async def _find(self, conn: AsyncConnection[Any], story_id: str, session_id: UUID) -> ThreadRow:
        reader = isinstance(self.caller, Reader)
        if isinstance(self.caller, Reader) and self.caller.session_id != session_id:
            raise SessionNotFound
        thread = await get_session(conn, session_id, story_id, None if reader else self._owner)
        if thread is None:
            raise SessionNotFound
        return thread

    async def _session(self, thread: ThreadRow, last: RunRow | None = None) -> Session:
        busy = last is not None and not last.finished
        values = await self._values(thread)
        return Session.of(thread.thread_id, thread.metadata["story_id"], values, busy=busy)

    async def _values(self, thread: ThreadRow) -> dict[str, Any]:
        values: dict[str, Any] = (await States(self.pool, self.engine.graphs).read(thread))["values"]
        return values

    async def _in_time(self, run: RunRow, ended: Coroutine[Any, Any, RunRow]) -> RunRow:
        """Return the run when it has ended, or as it stands when that takes too long."""
        try:
            async with asyncio.timeout(self.settings.agent_wait):
                return await ended
        except TimeoutError:
            return await self.engine.get(run.run_id, run.owner)

    def _new_run(self, thread_id: UUID, owner: str, **given: Any) -> RunCreate:
        return RunCreate(
            thread_id=thread_id,
            graph_id=GRAPH,
            owner=owner,
            queue=QUEUE,
            durability="exit",
            multitask_strategy="reject",
            **given,
        )


def check_call(story: InkStory, wanted: StartRequest) -> None:
    """Raise when the story does not call the agent with these knots, or the state does not wait at that call."""
    character, target = story.knot(wanted.character).name, story.knot(wanted.target).name
    if not any((call.character, call.target) == (character, target) for call in story.calls):
        raise RequestInvalid(CALLED_WITH.format(character, target))
    if wanted.ink_state:
        check_waiting(read_state(story, wanted.ink_state).call, character, target)


def check_waiting(call: AgentCall | None, character: str, target: str) -> None:
    """Raise when a state waits at no agent call, or at another."""
    if call is None:
        raise RequestInvalid("ink_state: it does not wait at an agent call")
    if (call.character, call.target) != (character, target):
        raise RequestInvalid(f"ink_state: it waits at the call with ->{call.character} and ->{call.target}")


def turn_in(updates: dict[str, Any]) -> dict[str, Any]:
    """Return what nodes' updates say of the turn."""
    told = [update.get("turns") or [] for update in updates.values() if isinstance(update, dict)]
    return {key: value for parts in told for part in parts for key, value in part.items()}


def follows(thread: ThreadRow, last: RunRow | None, turn: int) -> bool:
    """Tell without reading the state that it is this turn's time: the graph listens, and has answered the one before.

    The graph checks the number again. A thread that was read before the run had settled tells nothing.
    """
    if last is None or last.settled_at is None or thread.updated_at < last.settled_at:
        return False
    answered = (last.kwargs["command"] or {}).get("resume") or {"turn": 0}
    listens = (last.status, thread.status) == ("success", "interrupted")
    return listens and isinstance(answered, dict) and answered.get("turn") == turn - 1


def check_turn(session: Session, turn: int) -> None:
    """Raise when it is not this turn's time."""
    match session.status:
        case "closed":
            raise SessionClosed
        case "failed":
            raise SessionFailed("The conversation could not begin: start another.")
        case "answering" | "preparing":
            raise SessionConflict("The message before this one is being answered.")
    if turn != session.turn:
        raise SessionConflict(f"turn: it is {turn}, {session.turn} is expected")
