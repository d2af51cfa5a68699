"""`/assets/{key}`: the objects of a local folder, for whoever has a signed link."""

import re
from collections.abc import AsyncIterator

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response, StreamingResponse

from domain.errors import RequestInvalid
from providers import objects
from providers.objects import Objects

# What a browser may show; anything else is saved, whatever it says it is.
SHOWN = ("audio/", "image/png", "image/jpeg", "image/webp", "application/pdf")
PART = 1 << 20
RANGE = re.compile(r"bytes=(?P<first>\d{0,15})-(?P<last>\d{0,15})")

router = APIRouter(tags=["assets"])


@router.get("/assets/{key:path}", response_class=Response)
@router.head("/assets/{key:path}", include_in_schema=False)
async def get_asset(request: Request, key: str, expires: int = 0, signature: str = "") -> Response:
    """Return an object, or the range of it that is asked for; 403 without a link that is ours and still opens."""
    if not request.state.signer.accepts(key, expires, signature):
        raise HTTPException(403, "this link is not valid, or no longer")
    try:
        file = objects.get().path(key)
    except RequestInvalid:
        file = None
    if file is None or not file.is_file():
        raise HTTPException(404, "there is no such object")
    media_type = objects.media_type_of(key)
    shown = media_type.startswith(SHOWN)
    return FileResponse(
        file,
        media_type=media_type if shown else "application/octet-stream",
        filename=file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"},
    )


async def stored(store: Objects, key: str, media_type: str, name: str) -> Response:
    """Return an object of the store as a download, part by part."""
    size = await store.size(key)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(parts(store, key, 0, size), media_type=media_type, headers=headers)


async def ranged(
    request: Request, store: Objects, key: str, media_type: str, headers: dict[str, str]
) -> Response:
    """Return an object of the store, or the one range of it that is asked for; 416 where it has none like it."""
    size, status = await store.size(key), 200
    start, end = 0, size
    if found := RANGE.fullmatch(request.headers.get("range", "")):
        status = 206
        start, end = span_of(found["first"], found["last"], size)
        if start >= end:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        headers = headers | {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers = headers | {"Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if request.method == "HEAD":
        return Response(status_code=status, media_type=media_type, headers=headers)
    return StreamingResponse(parts(store, key, start, end), status, headers, media_type)


def span_of(first: str, last: str, size: int) -> tuple[int, int]:
    """Return where a range starts and ends: `-500` are the last 500 bytes."""
    if not first:
        return (max(0, size - int(last)), size) if last else (size, size)
    return int(first), min(size, int(last) + 1) if last else size


async def parts(store: Objects, key: str, start: int, end: int) -> AsyncIterator[bytes]:
    """Yield the bytes from `start` to before `end` of an object, part by part."""
    for at in range(start, end, PART):
        yield await store.read_range(key, at, min(at + PART, end))
