"""`/api/v1/story/session/{id}/...`: whom a session is open to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from server import collaboration
from server.creator_sessions import Collaborators, Envelope, LetIn
from server.routes.creator import PREFIX, TheSessions

router = APIRouter(prefix=PREFIX, tags=["creator"])
Owner = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]*$")]


@router.post("/session/{session_id}/collaborators")
async def let_in(session_id: UUID, wanted: LetIn, sessions: TheSessions) -> Envelope[Collaborators]:
    """Let another owner into the session, or change what they may do in it; its owner alone can."""
    found = await collaboration.let_in(sessions, session_id, wanted)
    return Envelope[Collaborators](message=f"{wanted.owner} is let in as {wanted.role}", data=found)


@router.get("/session/{session_id}/collaborators")
async def list_collaborators(session_id: UUID, sessions: TheSessions) -> Envelope[Collaborators]:
    """Say whose the session is and whom they let in."""
    found = await collaboration.list_all(sessions, session_id)
    return Envelope[Collaborators](message=f"{len(found.collaborators)} collaborators", data=found)


@router.delete("/session/{session_id}/collaborators/{owner}")
async def shut_out(session_id: UUID, owner: Owner, sessions: TheSessions) -> Envelope[None]:
    """Close the session to somebody who was let in; its owner alone can."""
    await collaboration.shut_out(sessions, session_id, owner)
    return Envelope[None](message=f"{owner} is shut out")
