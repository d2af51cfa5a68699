"""`/shared/{token}` and `/gallery/{share_id}`: a finished story for whoever has the link, as a page and as files."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import books
from books import layout
from domain.book import Book
from domain.creator_media import digest
from domain.version import VERSION
from providers import objects
from providers.objects import media_type_of
from server.bindery import WAIT
from server.db.shares import ShareRow
from server.reading_room import ReadingRoom
from server.routes.assets import ranged, stored
from server.shared_books import Finished

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "web/reading"
ASSETS = {"style.css": PAGES / "style.css"} | {
    name: ROOT / "books/fonts" / name for name in ("FabulaSerif-Regular.otf", "FabulaSerif-Italic.otf")
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Asked for again every time, so that what is revoked is gone; unchanged, it is not sent again.
PAGE = HEADERS | {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
FILE = HEADERS | {"Cache-Control": "private, max-age=3600"}
NAMES = {".epub": "EPUB", ".pdf": "PDF", ".md": "Markdown", ".m4b": "Audiobook", ".mp3.zip": "MP3s"}

pages = Environment(
    loader=FileSystemLoader(PAGES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


async def get_room(request: Request) -> ReadingRoom:
    """Return the reading room, to an address that asks for no more than it may."""
    await request.state.gate.count("shared", request.client.host if request.client else "")
    room: ReadingRoom = request.state.reading_room
    return room


TheRoom = Annotated[ReadingRoom, Depends(get_room)]


async def by_token(room: TheRoom, token: str) -> ShareRow:
    return await room.open(token)


async def by_id(room: TheRoom, share_id: UUID) -> ShareRow:
    return await room.open_listed(share_id)


def routes_of(prefix: str, find: Callable[..., Awaitable[ShareRow]]) -> APIRouter:
    """Return the routes of a shared story, by one of the ways to find it."""
    found = Annotated[ShareRow, Depends(find)]
    routes = APIRouter(prefix=prefix, tags=["shared"])

    @routes.get("", response_class=HTMLResponse)
    @routes.head("", include_in_schema=False)
    async def get_page(share: found, room: TheRoom, request: Request) -> Response:
        """Return the story as a page."""
        await room.count(share, request)
        return await page(share, room, request)

    @routes.get("/book.{suffix}", response_class=Response)
    async def get_book(share: found, suffix: str, room: TheRoom, request: Request) -> Response:
        """Return the story as a book; 202 with a page that asks again until it is made."""
        return await bound(await room.read(share), f".{suffix}", request)

    @routes.get("/{name}", response_class=Response)
    @routes.head("/{name}", include_in_schema=False)
    async def get_file(share: found, name: str, request: Request) -> Response:
        """Return a picture or a recording of the story, or the range of it that is asked for."""
        return await file_of(share, name, request)

    return routes


router = APIRouter(tags=["shared"])


@router.get("/shared/assets/{name}", response_class=FileResponse)
async def get_reading_asset(name: str) -> FileResponse:
    """Return what every page of a shared story is set with."""
    if name not in ASSETS:
        raise HTTPException(404, "there is no such file")
    return FileResponse(ASSETS[name], headers=HEADERS | {"Cache-Control": "public, max-age=86400"})


router.include_router(routes_of("/shared/{token}", by_token))
router.include_router(routes_of("/gallery/{share_id}", by_id))


async def page(share: ShareRow, room: ReadingRoom, request: Request) -> Response:
    etag = etag_of(str(share.share_id), share.updated_at.isoformat(), VERSION)
    if is_known(request, etag):
        return Response(status_code=304, headers=PAGE | {"ETag": etag})
    finished = await room.read(share)
    facts = layout.facts(finished.book)
    told = pages.get_template("book.html").render(
        book={key: facts[key] for key in ("title", "creator", "language", "synopsis", "subject", "hand")},
        made_by={key: facts[key] for key in ("writer", "illustrator", "narrator")},
        chapters=chapters_of(finished.book, facts["chapters"]),
        formats=formats_of(finished.book),
        here=request.url.path.rpartition("/")[2],
    )
    return HTMLResponse(told, headers=PAGE | {"ETag": etag})


def chapters_of(book: Book, chapters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each chapter with the names of its picture and its recording."""
    return [
        told
        | {
            "picture": chapter.picture.path.name if chapter.picture else "",
            "sound": chapter.recording.path.name if chapter.recording else "",
        }
        for chapter, told in zip(book.chapters, chapters, strict=True)
    ]


def formats_of(book: Book) -> dict[str, str]:
    """Return what the book can be had as, each with its name."""
    heard = any(chapter.recording for chapter in book.chapters)
    return {suffix: name for suffix, name in NAMES.items() if heard or not books.FORMATS[suffix].heard}


async def bound(finished: Finished, suffix: str, request: Request) -> Response:
    if suffix not in formats_of(finished.book):
        raise HTTPException(404, "there is no such book")
    key = await request.state.bindery.find(finished.book, finished.media, suffix)
    if key is None:
        waiting = {"Retry-After": str(round(WAIT)), "Refresh": str(round(WAIT)), "Cache-Control": "no-store"}
        told = pages.get_template("waiting.html").render(title=finished.book.title)
        return HTMLResponse(told, 202, HEADERS | waiting)
    name = re.sub(r"[^a-z0-9]+", "-", finished.book.title.lower()).strip("-")[:60] or "book"
    sent = await stored(finished.media.store, key, books.FORMATS[suffix].media_type, f"{name}{suffix}")
    sent.headers.update(FILE)
    return sent


async def file_of(share: ShareRow, name: str, request: Request) -> Response:
    key = share.files.get(name)
    if key is None:
        raise HTTPException(404, "there is no such file")
    etag = etag_of(key)
    if is_known(request, etag):
        return Response(status_code=304, headers=FILE | {"ETag": etag})
    headers = FILE | {"ETag": etag}
    return await ranged(request, objects.get(), key, media_type_of(name), headers)


def etag_of(*parts: str) -> str:
    return f'"{digest(*parts)}"'


def is_known(request: Request, etag: str) -> bool:
    """Say whether the reader has it already."""
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    return etag in known


async def answer_gone(request: Request, error: Exception) -> Response:
    """Tell a person that there is nothing any more."""
    return HTMLResponse(pages.get_template("gone.html").render(), 404, PAGE | {"Cache-Control": "no-store"})
