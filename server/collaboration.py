"""Who works on a creator session together: its owner lets other owners in, and shuts them out."""

from uuid import UUID

from domain.errors import AnswerRefused
from server.creator_service import Sessions
from server.creator_sessions import Collaborators, LetIn
from server.db import collaborators
from server.errors import CollaboratorNotFound, NobodyElse


async def let_in(sessions: Sessions, session_id: UUID, wanted: LetIn) -> Collaborators:
    """Let somebody in, or change their role. Raises `NobodyElse` where no keys are in force, and `AnswerRefused`."""
    standing = await sessions.get(session_id, "owner")
    if not sessions.caller.keyed:
        raise NobodyElse
    if wanted.owner == standing.thread.owner:
        raise AnswerRefused("owner", "the session is theirs already")
    async with sessions.pool.connection() as conn:
        await collaborators.let_in(conn, session_id, wanted.owner, wanted.role)
    return await list_all(sessions, session_id)


async def list_all(sessions: Sessions, session_id: UUID) -> Collaborators:
    """Return whose the session is and who was let in."""
    standing = await sessions.get(session_id)
    async with sessions.pool.connection() as conn:
        found = await collaborators.list_collaborators(conn, session_id)
    return Collaborators.of(standing.thread.owner, found)


async def shut_out(sessions: Sessions, session_id: UUID, owner: str) -> None:
    """Close the session to somebody. Raises `CollaboratorNotFound`."""
    await sessions.get(session_id, "owner")
    async with sessions.pool.connection() as conn:
        if not await collaborators.shut_out(conn, session_id, owner):
            raise CollaboratorNotFound
