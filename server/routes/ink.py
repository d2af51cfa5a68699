"""`/api/ink/stories`: the Ink stories of an author."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from domain.errors import RequestInvalid
from providers.ink.errors import StoryInvalid
from server.agent_sessions import VERSION
from server.callers import ACaller
from server.ink_stories import Shelf, StoryEntry, StoryView

router = APIRouter(prefix="/api/ink/stories", tags=["ink"])
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"
StoryId = Annotated[str, Path(pattern=NAME, description="The author's name for the story.")]
Version = Annotated[str, Query(pattern=VERSION, description="A version; without it, the newest.")]


class StoryPut(BaseModel):
    """An Ink story: its source, or what a compiler made of it."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = None
    compiled: str | dict[str, Any] | None = None

    @model_validator(mode="after")
    def one_of_them(self) -> "StoryPut":
        if (self.source is None) == (self.compiled is None):
            raise ValueError("either source or compiled")
        return self


class StoryList(BaseModel):
    """The stories of an author."""

    stories: list[StoryEntry]


async def get_shelf(request: Request, caller: ACaller) -> Shelf:
    return Shelf(request.state.pool, caller.owner)


AShelf = Annotated[Shelf, Depends(get_shelf)]
BODY = {
    "required": True,
    "content": {
        "text/plain": {"schema": {"type": "string"}, "example": "Hello. ->agent(->ann, ->end)"},
        "application/json": {"schema": StoryPut.model_json_schema()},
    },
}


@router.put("/{story_id}", openapi_extra={"requestBody": BODY})
async def put_story(story_id: StoryId, request: Request, shelf: AShelf) -> StoryView:
    """Take a story in, as source or compiled; what is wrong with it is answered with the lines.

    It becomes the story's newest version. Who plays an older one goes on with that.
    """
    given = read_body(request.headers.get("content-type", ""), await request.body())
    if given.compiled is not None:
        return await shelf.put_compiled(story_id, given.compiled)
    return await shelf.put_source(story_id, given.source or "")


@router.get("")
async def list_stories(shelf: AShelf) -> StoryList:
    """List the caller's stories with their newest versions."""
    return StoryList(stories=await shelf.list())


@router.get("/{story_id}")
async def get_story(story_id: StoryId, shelf: AShelf, version: Version = "") -> StoryView:
    """Return what is in a story."""
    return await shelf.get(story_id, version)


@router.get("/{story_id}/story.json")
async def get_compiled(
    story_id: StoryId,
    shelf: AShelf,
    version: Version = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Return the compiled story, for a player. It holds all that is ever told, so a reader's token does not open it."""
    name, text = await shelf.text(story_id, version)
    headers = {"ETag": f'"{name}"', "Cache-Control": "private, no-cache"}
    if f'"{name}"' in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(text, headers=headers, media_type="application/json")


def read_body(media_type: str, body: bytes) -> StoryPut:
    """Return the story that a request brings. Raises `RequestInvalid`."""
    try:
        if media_type.partition(";")[0].strip() == "application/json":
            return StoryPut.model_validate_json(body)
        return StoryPut(source=body.decode())
    except UnicodeDecodeError:
        raise RequestInvalid("source: it is not UTF-8") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise RequestInvalid(f"{field}: {first['msg'].removeprefix('Value error, ')}") from None


async def answer_problems(_: Request, error: Exception) -> JSONResponse:
    """Answer with everything that is wrong with a story, each with its line."""
    assert isinstance(error, StoryInvalid)
    problems = [
        {"severity": problem.severity, "line": problem.line, "message": problem.message}
        for problem in error.problems
    ]
    return JSONResponse({"detail": str(error), "problems": problems}, 400)
