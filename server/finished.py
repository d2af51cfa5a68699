"""A finished story that is to be changed: in this machine's database, or on a server."""

import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, Protocol

import httpx

import books
from domain.book import Book
from domain.editing import ChapterVersion, read_order, versions_of
from domain.errors import EditRefused
from domain.story import Story
from server import remote
from server.db.threads import ThreadRow
from server.errors import StoryNotFinished
from server.local import LocalStories, local_stories
from server.terminal import Terminal
from server.write import absolute, free_path, hint_at


class FinishedStory(Protocol):
    """What can be done with it."""

    async def chapters(self) -> list[dict[str, Any]]:
        """Return its chapters, each with `number`, `title` and `text`."""

    async def versions(self, chapter: int) -> list[ChapterVersion]:
        """Return all the texts of a chapter; the last one stands."""

    async def change(self, order: dict[str, Any], terminal: Terminal) -> None:
        """Have it changed, and show what happens. Raises `EditRefused`, which names the field."""

    async def save(self, out: Path | None) -> list[Path]:
        """Write its books anew, and return the files."""


@asynccontextmanager
async def opened(named: str, server: str) -> AsyncIterator[FinishedStory]:
    """Yield the story that is named, or the newest finished one of this machine."""
    if server:
        key = os.environ.get("FABULA_API_KEY", "")
        async with httpx.AsyncClient(base_url=server, headers={"X-Api-Key": key} if key else {}) as client:
            yield RemoteStory(remote.RemoteStories(client), named)
        return
    async with local_stories() as stories:
        yield LocalStory(stories, await (stories.find(named) if named else stories.find_finished()))


class LocalStory:
    """A story of this machine."""

    def __init__(self, stories: LocalStories, thread: ThreadRow) -> None:
        self.stories, self.thread = stories, thread

    async def values(self) -> dict[str, Any]:
        """Return its state. Raises `StoryNotFinished`."""
        values = dict((await self.stories.state(self.thread)).values)
        if not values.get("report"):
            raise StoryNotFinished(f"the story is not finished: fabula resume {self.thread.thread_id}")
        return values

    async def chapters(self) -> list[dict[str, Any]]:
        return list((await self.values())["chapters"])

    async def versions(self, chapter: int) -> list[ChapterVersion]:
        return versions_of(await self.values(), chapter)

    async def change(self, order: dict[str, Any], terminal: Terminal) -> None:
        read_order(await self.values(), order)
        try:
            async with aclosing(self.stories.run(self.thread, {"order": order})) as events:
                async for mode, data in events:
                    terminal.show(mode, data)
        except BaseException:
            terminal.stop()
            hint_at(f"What stood before is kept. Go on with: fabula resume {self.thread.thread_id}")
            raise

    async def save(self, out: Path | None) -> list[Path]:
        story = Story.of_state(await self.values())
        kept = self.thread.metadata.get("book") or self.thread.metadata.get("out")
        path = out or (Path(kept) if kept and Path(kept).parent.is_dir() else free_path(story.title))
        modified = self.thread.created_at.astimezone(UTC)
        files = books.save(
            Book.of_story(story, identifier=str(self.thread.thread_id), modified=modified), path
        )
        await self.stories.finish(self.thread, story.title, absolute(path))
        return files


class RemoteStory:
    """A story of a server."""

    def __init__(self, stories: remote.RemoteStories, job_id: str) -> None:
        self.stories, self.job_id = stories, job_id

    async def chapters(self) -> list[dict[str, Any]]:
        job = await self.stories.job(self.job_id)
        if job["status"] not in remote.ENDED or not job["output"]:
            raise StoryNotFinished
        return list(job["output"]["chapters"])

    async def versions(self, chapter: int) -> list[ChapterVersion]:
        found = await self.stories.versions(self.job_id, chapter)
        return [ChapterVersion.model_validate(one) for one in found]

    async def change(self, order: dict[str, Any], terminal: Terminal) -> None:
        last = await self.stories.last_event(self.job_id)
        try:
            await self.stories.change(self.job_id, order)
        except remote.ServerRefused as error:
            field, told, message = error.detail.partition(": ")
            if told and field in {*order, "chapter", "paragraph", "version", "chapters", "text"}:
                raise EditRefused(field, message) from None
            raise
        try:
            await remote.follow(self.stories, self.job_id, terminal, lambda outline: None, last)
        except BaseException:
            terminal.stop()
            hint_at(f"The server goes on by itself: job {self.job_id}")
            raise

    async def save(self, out: Path | None) -> list[Path]:
        title = (await self.stories.job(self.job_id))["output"]["title"]
        return await remote.save(self.stories, self.job_id, out or free_path(title))
