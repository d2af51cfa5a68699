"""`/api/story-agent/job/{id}/share`: the link to a finished story."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from server.callers import ACaller
from server.routes.story_agent import TheJobs
from server.sharing import Share, Shares, ShareWanted

router = APIRouter(prefix="/api/story-agent", tags=["stories"])


async def get_shares(request: Request, caller: ACaller) -> Shares:
    state = request.state
    return Shares(state.pool, state.engine, state.settings, caller)


TheShares = Annotated[Shares, Depends(get_shares)]


def root_of(request: Request) -> str:
    """Return where the server is reached."""
    return str(request.base_url).rstrip("/")


@router.post("/job/{job_id}/share")
async def share(
    job_id: UUID, wanted: ShareWanted, jobs: TheJobs, shares: TheShares, request: Request
) -> Share:
    """Share the finished story by a link, as it is now; sent again, bring the share up to date."""
    thread, _ = await jobs.newest(job_id)
    row, token = await shares.put(thread, wanted)
    return Share.of(row, root_of(request), token)


@router.get("/job/{job_id}/share")
async def get_share(job_id: UUID, jobs: TheJobs, shares: TheShares, request: Request) -> Share:
    """Say how the story is shared, and how often it was read."""
    await jobs.newest(job_id)
    return Share.of(await shares.get(job_id), root_of(request))


@router.delete("/job/{job_id}/share", status_code=204)
async def revoke_share(job_id: UUID, jobs: TheJobs, shares: TheShares) -> None:
    """Revoke the link: it opens nothing any more, and the gallery shows nothing."""
    await jobs.newest(job_id)
    await shares.revoke(job_id)
