"""`/gallery` and `/api/v1/gallery`: the stories that their owners show to everybody."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from domain.text.genres import plain
from server.callers import ACaller
from server.db import shares
from server.db.shares import ShareRow, Sort
from server.errors import AdminOnly, SharedNotFound
from server.routes.shared import HEADERS, TheRoom, pages

MOST_GENRES = 12
LIFE = {"Cache-Control": "public, max-age=60"}

router = APIRouter(tags=["gallery"])


class GalleryStory(BaseModel):
    """A story of the gallery: `path` is its page, `cover` its cover."""

    share_id: UUID
    title: str
    genre: str
    views: int
    created_at: datetime
    path: str
    cover: str

    @classmethod
    def of(cls, row: ShareRow) -> Self:
        path = f"/gallery/{row.share_id}"
        told = {key: getattr(row, key) for key in ("title", "genre", "views", "created_at")}
        return cls(share_id=row.share_id, path=path, cover=f"{path}/cover.jpg", **told)


class Gallery(BaseModel):
    """Stories of the gallery. `next` is the offset of the next page, if there is one."""

    stories: list[GalleryStory]
    next: int | None = None


class Asked(BaseModel):
    """Which stories of the gallery, and in which order."""

    genre: str = Query("", max_length=100)
    sort: Sort = "newest"
    limit: int = Query(24, ge=1, le=100)
    offset: int = Query(0, ge=0, le=100_000)


@router.get("/api/v1/gallery")
async def get_gallery(asked: Annotated[Asked, Query()], room: TheRoom) -> Gallery:
    """List the stories of the gallery, of one genre if one is named."""
    room.check_gallery()
    async with room.pool.connection() as conn:
        found = await shares.list_gallery(conn, plain(asked.genre), asked.sort, asked.limit + 1, asked.offset)
    following = asked.offset + asked.limit if len(found) > asked.limit else None
    return Gallery(stories=[GalleryStory.of(row) for row in found[: asked.limit]], next=following)


@router.delete("/api/v1/gallery/{share_id}", status_code=204)
async def take_down(share_id: UUID, caller: ACaller, request: Request) -> None:
    """Take a story down for good, out of the gallery and off its link; an admin's key alone can."""
    if not caller.admin:
        raise AdminOnly
    async with request.state.pool.connection() as conn:
        if not await shares.take_down(conn, share_id):
            raise SharedNotFound


@router.get("/gallery", response_class=HTMLResponse)
@router.head("/gallery", include_in_schema=False)
async def get_gallery_page(asked: Annotated[Asked, Query()], room: TheRoom) -> HTMLResponse:
    """Return the gallery as a page."""
    found = await get_gallery(asked, room)
    async with room.pool.connection() as conn:
        genres = await shares.list_genres(conn, MOST_GENRES)
    told = pages.get_template("gallery.html").render(
        stories=found.stories,
        genres=genres,
        genre=plain(asked.genre),
        sort=asked.sort,
        limit=asked.limit,
        before=max(0, asked.offset - asked.limit) if asked.offset else None,
        next=found.next,
    )
    return HTMLResponse(told, headers=HEADERS | LIFE)
