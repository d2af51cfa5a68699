"""`/api/{story_id}/agent`: a character of an Ink story, played by the AI until the story can go on.

This is the agent mode: an author's key starts a conversation, and the token that this returns lets a reader talk.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from domain.errors import RequestInvalid
from server.agent_service import Conversations, Reader
from server.agent_sessions import (
    Continuation,
    Decision,
    Grounding,
    Knot,
    Leave,
    Message,
    Session,
    Started,
    StartRequest,
)
from server.agent_stream import tell
from server.callers import ACaller, Caller, token_of
from server.reader_tokens import PREFIX
from server.routes import sse
from server.routes.ink import StoryId, Version

router = APIRouter(tags=["agent"])
AGENT = "/api/{story_id}/agent"


async def get_anybody(request: Request) -> Caller | Reader:
    """Return the owner, or the reader whose token it is."""
    token, state = token_of(request), request.state
    if not token.startswith(PREFIX):
        caller: Caller = await state.gate.admit(request)
        return caller
    reader = Reader(state.reader_tokens.read(token))
    await state.gate.count(f"{PREFIX}{reader.session_id}")
    return reader


def conversations(request: Request, caller: Caller | Reader) -> Conversations:
    state = request.state
    return Conversations(state.pool, state.engine, state.settings, state.reader_tokens, caller)


async def of_owner(request: Request, caller: ACaller) -> Conversations:
    return conversations(request, caller)


async def of_anybody(
    request: Request, caller: Annotated[Caller | Reader, Depends(get_anybody)]
) -> Conversations:
    return conversations(request, caller)


Owners = Annotated[Conversations, Depends(of_owner)]
Anybodys = Annotated[Conversations, Depends(of_anybody)]
AKnot = Annotated[Knot, Query()]


@router.post(f"{AGENT}/start", status_code=201)
async def start(story_id: StoryId, wanted: StartRequest, owners: Owners, response: Response) -> Started:
    """Enter the agent mode where the story calls for it; 202 while the character is still being prepared."""
    started = await owners.start(story_id, wanted)
    if started.status == "preparing":
        say_later(response, story_id, started.session_id)
    return started


@router.post(f"{AGENT}/decision", response_model=Decision, responses={202: {"model": Decision}})
async def decide(
    story_id: StoryId,
    message: Message,
    anybodys: Anybodys,
    response: Response,
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
    accept: Annotated[str, Header()] = "",
) -> Decision | Response:
    """Say something to the character, and learn whether the story goes on.

    With `Accept: text/event-stream` as events: `said` and `bridge` for each sentence, then `decision`, then `end`.
    202 when the answer takes long: the same message with the same id waits on, and the session has it in the end.
    """
    key = idempotency_key or message.id
    if not key:
        raise RequestInvalid("id: a message needs a unique id, here or as Idempotency-Key")
    thread, run = await anybodys.take(story_id, message, key)
    if "text/event-stream" in accept:
        return sse.stream(tell(anybodys, thread, run, message.turn))
    decision = await anybodys.decision(thread, run, message.turn)
    if decision.status == "answering":
        say_later(response, story_id, message.session_id)
    return decision


@router.post(f"{AGENT}/continue")
async def go_on(story_id: StoryId, wanted: Leave, anybodys: Anybodys) -> Continuation:
    """Leave the agent mode: 409 until a decision was DIRECT or BRIDGE, then what the story is to be told."""
    return await anybodys.leave(story_id, wanted.session_id)


@router.get(f"{AGENT}/{{session_id}}")
async def get_session(story_id: StoryId, session_id: UUID, anybodys: Anybodys) -> Session:
    """Return the conversation so far, in order."""
    return await anybodys.session(story_id, session_id)


@router.get("/api/ink/stories/{story_id}/grounding", tags=["ink"])
async def get_grounding(
    story_id: StoryId, character: AKnot, target: AKnot, owners: Owners, version: Version = ""
) -> Grounding:
    """Show an author what a character's speech is taught by, and what it is after."""
    return await owners.preview(story_id, StartRequest(character=character, target=target, version=version))


def say_later(response: Response, story_id: str, session_id: UUID) -> None:
    """Say that the answer will be in the session."""
    response.status_code = 202
    response.headers["Location"] = f"/api/{story_id}/agent/{session_id}"
    response.headers["Retry-After"] = "1"
