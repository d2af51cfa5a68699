"""An owner's Ink stories: compiled when they are put, kept by version, read by whoever plays them."""

import json
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from langgraph.store.base import BaseStore
from pydantic import BaseModel, Field, ValidationError

from providers.ink.compiler import compile_story, load_story
from providers.ink.errors import Severity
from providers.ink.library import NAMESPACE, get_story
from providers.ink.story import InkStory
from server.db.checkpoints import store
from server.db.ink_stories import get_ink_story, list_ink_stories, put_ink_story
from server.db.pool import Pool
from server.errors import StoryNotFound
from server.store_view import OwnedStore

# Work with Ink blocks: it has threads of its own, so that it keeps nothing else from them.
COMPILING, READING = CapacityLimiter(1), CapacityLimiter(4)


class KnotView(BaseModel):
    """A knot that the story has."""

    name: str
    parameters: list[str] = []
    stitches: list[str] = []


class CallView(BaseModel):
    """A call of the agent, on a line of the author's source if that was given."""

    line: int | None
    character: str
    target: str


class ProblemView(BaseModel):
    """Something the author should know of the source."""

    severity: Severity
    line: int | None
    message: str


class Contents(BaseModel):
    """What is in an Ink story."""

    knots: list[KnotView]
    agent_calls: list[CallView]
    warnings: list[ProblemView]


class StoryView(Contents):
    """A version of an Ink story, and what is in it."""

    story_id: str
    version: str = Field(description="The SHA-256 of the compiled story.")


class Kept(Contents):
    """A version as the Store keeps it."""

    text: str

    @classmethod
    def of(cls, story: InkStory) -> Self:
        """Return what to keep of a story."""
        return cls(
            text=story.text,
            knots=[
                KnotView(name=knot.name, parameters=list(knot.parameters), stitches=list(knot.stitches))
                for knot in story.knots.values()
            ],
            agent_calls=[CallView.model_validate(asdict(call)) for call in story.calls],
            warnings=[ProblemView.model_validate(asdict(problem)) for problem in story.warnings],
        )

    def view(self, story_id: str, version: str) -> StoryView:
        """Return what an author is shown."""
        return StoryView(story_id=story_id, version=version, **self.model_dump(exclude={"text"}))


class StoryEntry(BaseModel):
    """A story in the list of its owner's."""

    story_id: str
    version: str
    put_at: datetime


class Shelf:
    """The Ink stories of one owner."""

    def __init__(self, pool: Pool, owner: str) -> None:
        self.pool, self.owner = pool, owner

    @property
    def store(self) -> BaseStore:
        return OwnedStore(store(self.pool), self.owner)

    async def put_source(self, story_id: str, source: str) -> StoryView:
        """Compile Ink source and keep it as the newest version. Raises `StoryInvalid` and `StoryStopped`."""
        return await self._put(story_id, await run_sync(compile_story, source, limiter=COMPILING))

    async def put_compiled(self, story_id: str, compiled: str | dict[str, Any]) -> StoryView:
        """Keep compiled Ink as the newest version. Raises `StoryInvalid`."""
        text = compiled if isinstance(compiled, str) else json.dumps(compiled)
        return await self._put(story_id, await run_sync(load_story, text, limiter=READING))

    async def _put(self, story_id: str, story: InkStory) -> StoryView:
        kept = Kept.of(story)
        await self.store.aput(NAMESPACE, story.version, kept.model_dump(mode="json"))
        async with self.pool.connection() as conn:
            await put_ink_story(conn, self.owner, story_id, story.version)
        return kept.view(story_id, story.version)

    async def get(self, story_id: str, version: str = "") -> StoryView:
        """Return a version of a story, the newest when none is named. Raises `StoryNotFound`."""
        found, kept = await self._find(story_id, version)
        return kept.view(story_id, found)

    async def text(self, story_id: str, version: str = "") -> tuple[str, str]:
        """Return a version's name and its compiled text. Raises `StoryNotFound`."""
        found, kept = await self._find(story_id, version)
        return found, kept.text

    async def load(self, story_id: str, version: str = "") -> InkStory:
        """Return a version fit to be run. Raises `StoryNotFound`."""
        found, _ = await self._find(story_id, version)
        return await get_story(self.store, found)

    async def list(self) -> list[StoryEntry]:
        """Return the owner's stories with their newest versions, by name."""
        async with self.pool.connection() as conn:
            rows = await list_ink_stories(conn, self.owner)
        return [StoryEntry(story_id=row.story_id, version=row.version, put_at=row.put_at) for row in rows]

    async def _find(self, story_id: str, version: str) -> tuple[str, Kept]:
        async with self.pool.connection() as conn:
            row = await get_ink_story(conn, self.owner, story_id, version)
        item = await self.store.aget(NAMESPACE, row.version) if row else None
        # An owner may write to their Store by other ways, too.
        with suppress(ValidationError):
            if row and item:
                return row.version, Kept.model_validate(item.value)
        raise StoryNotFound(f"There is no Ink story {story_id!r}" + (f", version {version}" * bool(version)))
