"""`/threads/{thread_id}/stream/events` as a WebSocket: commands come in, answers and what was subscribed to go out."""

import asyncio
import contextlib
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError

from domain.errors import FabulaError
from server.errors import CallerUnknown, HostUnknown, TooManyRequests
from server.routes.langgraph.bodies import load
from server.routes.langgraph.commands import (
    COMMANDS,
    CommandFailed,
    Commands,
    answer_to,
    failure,
    is_command,
    malformed,
)
from server.routes.langgraph.run_events import ROOM, ProtocolEvent
from server.routes.langgraph.thread_stream import EventsBody, Wanted, beginning, told, whose
from server.routes.langgraph.wire import Here, Json
from server.runs.encoding import encode
from server.runs.errors import ThreadNotFound

router = APIRouter()
MOST_SUBSCRIPTIONS = 100
# Subscriptions that come so soon one after the other are told together.
TOGETHER = 0.05
# What a WebSocket is closed with (RFC 6455): to what is refused the status that a request would have is added.
REFUSED, ENDED, FAILED = 4_000, 1_000, 1_011
# In bytes: RFC 6455 allows 123.
LONGEST_REASON = 120

logger = structlog.get_logger(__name__)


class OriginForeign(FabulaError):
    """Pages of other servers may not connect; `FABULA_CORS_ORIGINS` names those that may."""


class ThreadIdInvalid(FabulaError):
    """thread_id: it is not a UUID."""


STATUS: dict[type[FabulaError], int] = {
    CallerUnknown: 401,
    HostUnknown: 403,
    OriginForeign: 403,
    ThreadNotFound: 404,
    ThreadIdInvalid: 422,
    TooManyRequests: 429,
}


@router.websocket("/threads/{thread_id}/stream/events")
async def converse(socket: WebSocket, thread_id: str) -> None:
    """Hold a conversation about one thread, which need not be there yet."""
    await socket.accept()
    try:
        conversation = await admit(socket, thread_id)
    except FabulaError as error:
        await close(socket, REFUSED + STATUS.get(type(error), 500), str(error))
        return
    await conversation.hold()


async def admit(socket: WebSocket, thread_id: str) -> "Conversation":
    """Return the conversation. Raises what keeps it from being held."""
    check_origin(socket)
    here = Here(socket, await socket.state.gate.admit(socket))
    try:
        id = UUID(thread_id)
    except ValueError:
        raise ThreadIdInvalid from None
    if await whose(here, id) == "another's":
        raise ThreadNotFound(f"Thread with ID {id} not found")
    return Conversation(socket, here, id)


def check_origin(socket: WebSocket) -> None:
    """Raise `OriginForeign` for a page that may not call: browsers ask nobody before a page opens a WebSocket."""
    origin = socket.headers.get("origin")
    if origin is None or origin.partition("://")[2] == socket.headers.get("host"):
        return
    if not {origin, "*"} & set(socket.state.settings.cors_origins):
        raise OriginForeign


async def close(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))


@dataclass
class Subscription:
    """What is to be told; it has been told through this number, `None` as long as it has not begun."""

    wanted: Wanted
    through: int | None

    def takes(self, event: ProtocolEvent) -> bool:
        return event.seq > (self.through or 0) and self.wanted.takes(event)


class Conversation:
    """One client's commands and subscriptions.

    A subscription is told the thread's newest run from its start, or what follows its `since`. All events go out in
    their order: clients take a run for over once they are told of its end. What a later subscription wants of what has
    been told to others is told again, under the same `event_id`.
    """

    def __init__(self, socket: WebSocket, here: Here, thread_id: UUID) -> None:
        self.socket, self.here, self.thread_id = socket, here, thread_id
        self._subscriptions: dict[str, Subscription] = {}
        self._telling: asyncio.Task[None] | None = None
        self._commands: Commands = {
            **COMMANDS,
            "subscription.subscribe": self._subscribe,
            "subscription.unsubscribe": self._unsubscribe,
            "subscription.reconnect": self._reconnect,
        }

    async def hold(self) -> None:
        """Answer commands, one after the other, until the client leaves or the thread is gone."""
        try:
            while (message := await self.socket.receive())["type"] == "websocket.receive":
                given = message.get("bytes") or (message.get("text") or "").encode()
                await self._say(encode(await self._answer(given)))
        finally:
            await self._stop_telling()

    async def _answer(self, given: bytes) -> Json:
        try:
            await self.socket.state.gate.count_call(self.socket, self.here.caller)
            command = load(given)
        except TooManyRequests as error:
            return failure(None, "permission_denied", str(error))
        except RequestValidationError as error:
            return failure(None, "invalid_argument", error.errors()[0]["msg"])
        if not is_command(command):
            return malformed(command)
        return await answer_to(self.here, self.thread_id, command, self._commands)

    async def _subscribe(self, _: Here, __: UUID, params: Json) -> Json:
        body = EventsBody.model_validate(params)
        wanted = body.checked()
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            raise CommandFailed(
                "invalid_argument", f"A connection has no more than {MOST_SUBSCRIPTIONS} subscriptions."
            )
        id = str(uuid4())
        self._subscriptions[id] = Subscription(wanted, body.since)
        await self._stop_telling()
        self._telling = asyncio.create_task(self._tell())
        return {"subscription_id": id}

    async def _unsubscribe(self, _: Here, __: UUID, params: Json) -> Json:
        id = params.get("subscription_id")
        if not isinstance(id, str) or not self._subscriptions.pop(id, None):
            raise CommandFailed("no_such_subscription", f"Unknown subscription: {id}")
        return {}

    async def _reconnect(self, _: Here, __: UUID, ___: Json) -> Json:
        """Say that a connection's subscriptions ended with it: the client subscribes again."""
        return {"restored": False}

    async def _tell(self) -> None:
        """Tell all subscriptions what they want, from where the one that is furthest behind has got to."""
        try:
            await asyncio.sleep(TOGETHER)
            newest = await beginning(self.here, self.thread_id, None)
            for each in self._subscriptions.values():
                each.through = newest * ROOM + ROOM - 1 if each.through is None else each.through
            since = min((each.through or 0 for each in self._subscriptions.values()), default=0)
            words = any("messages" in each.wanted.channels for each in self._subscriptions.values())
            async with aclosing(told(self.here, self.thread_id, words, since)) as batches:
                async for batch in batches:
                    await self._send(batch)
        except Exception as error:
            logger.exception("subscriptions_failed", thread_id=str(self.thread_id))
            await close(self.socket, FAILED, type(error).__name__)
        else:
            await close(self.socket, ENDED, "The thread is gone.")

    async def _send(self, batch: list[ProtocolEvent]) -> None:
        for event in batch:
            subscriptions = list(self._subscriptions.values())
            if any(each.takes(event) for each in subscriptions):
                await self._say(event.json())
            for each in subscriptions:
                each.through = max(each.through or 0, event.seq)

    async def _say(self, frame: bytes) -> None:
        """Send a frame; where the client has left, `hold` is about to end."""
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.send_text(frame.decode())

    async def _stop_telling(self) -> None:
        if self._telling:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
