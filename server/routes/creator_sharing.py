"""`/api/v1/story`: whom a session is open to, the link to its finished book, and what sessions come to together."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from server import collaboration
from server.analytics import Analytics, analyse
from server.callers import ACaller
from server.creator_sessions import Collaborators, Envelope, LetIn
from server.routes.creator import PREFIX, TheSessions
from server.routes.story_sharing import TheShares, root_of
from server.sharing import Share, ShareWanted

router = APIRouter(prefix=PREFIX, tags=["creator"])
Owner = Annotated[str, Path(max_length=200)]


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


@router.post("/session/{session_id}/share")
async def share(
    session_id: UUID, wanted: ShareWanted, sessions: TheSessions, shares: TheShares, request: Request
) -> Envelope[Share]:
    """Share the finished book by a link, as it is now; sent again, bring the share up to date. Its owner alone can."""
    standing = await sessions.get(session_id, "owner")
    row, token = await shares.put(standing.thread, wanted)
    return Envelope[Share](message="Story shared", data=Share.of(row, root_of(request), token))


@router.get("/session/{session_id}/share")
async def get_share(
    session_id: UUID, sessions: TheSessions, shares: TheShares, request: Request
) -> Envelope[Share]:
    """Say how the book is shared, and how often it was read."""
    await sessions.get(session_id, "owner")
    row = await shares.get(session_id)
    return Envelope[Share](message=f"{row.views} views", data=Share.of(row, root_of(request)))


@router.delete("/session/{session_id}/share")
async def revoke_share(session_id: UUID, sessions: TheSessions, shares: TheShares) -> Envelope[None]:
    """Revoke the link: it opens nothing any more, and the gallery shows nothing."""
    await sessions.get(session_id, "owner")
    await shares.revoke(session_id)
    return Envelope[None](message="No longer shared")


@router.get("/analytics")
async def get_analytics(
    caller: ACaller, request: Request, everybodys: Annotated[bool, Query(alias="all")] = False
) -> Envelope[Analytics]:
    """Sum up the caller's sessions and shared stories; `all=true`, for an admin's key, those of all owners."""
    found = await analyse(request.state.pool, caller, everybodys)
    return Envelope[Analytics](message=f"{found.sessions} sessions", data=found)
