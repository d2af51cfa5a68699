"""`/play/{story_id}`: a page to play an Ink story on, for its author to try; apps take the modules it is made of."""

from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from server.routes.ink import StoryId

ROOT = Path(__file__).parents[2]
ASSETS = {
    name: ROOT / "web/player" / name for name in ("page.js", "page.css", "player.js", "conversations.js")
}
ASSETS["ink.js"] = ROOT / "providers/ink/vendor/inkjs/ink-full.js"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

router = APIRouter(prefix="/play", tags=["ink"])


@router.get("/assets/{name}", response_class=FileResponse)
async def get_player_asset(name: str) -> FileResponse:
    """Return a part of the page."""
    if name not in ASSETS:
        raise HTTPException(404, "there is no such file")
    return FileResponse(ASSETS[name], headers=HEADERS)


@router.get("/{story_id}", response_class=FileResponse)
async def get_player(story_id: StoryId) -> FileResponse:
    """Return the page. What it plays it asks for itself: on a server with keys open `/play/STORY#key=KEY`."""
    return FileResponse(ROOT / "web/player/page.html", headers=HEADERS)
