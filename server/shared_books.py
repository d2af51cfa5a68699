"""Finished stories of either kind as strangers may read them: the book, and nothing of how it was made."""

import asyncio
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from books.pictures import PictureUnreadable, fit, fit_cover
from domain.book import Book, BookPicture, Recording
from domain.creator_media import current_assets, digest
from domain.creator_stages import stage_of
from domain.story import Story
from domain.version import VERSION
from providers import objects
from server.bindery import Media, file_of
from server.creator_books import SessionMedia, book_of
from server.db.pool import Pool
from server.db.shares import ShareRow
from server.db.threads import ThreadRow
from server.errors import NotFinished, SharedNotFound
from server.runs.engine import Engine
from server.story_media import StoryMedia
from server.thread_states import States

COVER_WIDTH = 800
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished story. Its pictures and recordings are named as in `files`, which has their keys.

    `picture` is the key of a cover picture without words, if there is one.
    """

    book: Book
    media: Media
    rating: str
    checkpoint_id: str = ""
    consent: bool = False
    picture: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """Return every text that a reader sees."""
        book, shown = self.book, [self.book.title, self.book.synopsis, self.book.genre]
        for chapter in book.chapters:
            shown += [chapter.title, chapter.text, chapter.picture.alt if chapter.picture else ""]
        return [text for text in shown if text]


async def read_finished(
    pool: Pool, engine: Engine, thread: ThreadRow, share_id: UUID, checkpoint_id: str = ""
) -> Finished:
    """Return a thread's story as it stands, or as it stood at a checkpoint. Raises `NotFinished`."""
    checkpoint = {"checkpoint_id": checkpoint_id} if checkpoint_id else None
    state = await States(pool, engine.graphs).read(thread, checkpoint)
    read = {"creator": of_session, "story": of_story}.get(thread.graph_id)
    if not read or not state["checkpoint_id"]:
        raise NotFinished
    found = read(thread, state["values"])
    book = replace(found.book, identifier=str(share_id), premise="")
    return replace(found, book=book, checkpoint_id=state["checkpoint_id"])


def of_session(thread: ThreadRow, values: dict[str, Any]) -> Finished:
    """Return a creator session that has come to its end."""
    if stage_of(values) != "completed":
        raise NotFinished
    media = SessionMedia(thread.thread_id, values, objects.get())
    sounds, pictures = (
        {asset["scene_id"]: asset["about"] for asset in current_assets(values, kind)}
        for kind in ("sound", "picture")
    )
    files: dict[str, str] = {}
    chapters = []
    book = book_of(thread, values)
    for chapter, scene in zip(book.chapters, values["draft"]["scenes"], strict=True):
        if about := pictures.get(scene["scene_id"]):
            name = f"picture-{chapter.number}.{ENDINGS.get(about['media_type'], 'png')}"
            files[name] = about["key"]
            chapter = replace(chapter, picture=BookPicture(path=Path(name), alt=about["alt"]))
        if about := sounds.get(scene["scene_id"]):
            name = f"sound-{chapter.number}.mp3"
            files[name] = about["key"]
            chapter = replace(chapter, recording=Recording(path=Path(name), seconds=about["duration"]))
        chapters.append(chapter)
    cover = next((asset["about"]["key"] for asset in current_assets(values, "cover")), "")
    return Finished(
        book=replace(book, chapters=chapters),
        media=media,
        rating=values["request"]["rating"],
        consent=bool(values["choices"].get("consent")),
        picture=cover,
        files=files,
    )


def of_story(thread: ThreadRow, values: dict[str, Any]) -> Finished:
    """Return a finished story job."""
    if not values.get("report"):
        raise NotFinished
    story = Story.of_state(values)
    book = Book.of_story(story, identifier=str(thread.thread_id), modified=thread.created_at)
    media = StoryMedia(story, thread.thread_id, objects.get(), None, None, None)
    return Finished(book=book, media=media, rating=story.request.rating)


async def keep_cover(finished: Finished, title: str) -> str:
    """Draw the cover with a title, unless it is there, and return its key."""
    book, store = replace(finished.book, title=title), finished.media.store
    name = digest(book.title, book.author, book.genre, book.identifier, finished.picture, VERSION)
    key = f"{finished.media.folder}/covers/{name}.jpg"
    if not await store.exists(key):
        with tempfile.TemporaryDirectory() as folder:
            if finished.picture:
                path = await file_of(store, finished.picture, Path(folder))
                book = replace(book, cover=BookPicture(path=path))
            drawn = await asyncio.to_thread(draw_cover, book, Path(folder))
            await store.put(key, drawn, "image/jpeg")
    return key


def draw_cover(book: Book, folder: Path) -> bytes:
    """Return the cover as JPEG; around a picture that cannot be read the genre's motif is drawn."""
    try:
        drawn = fit_cover(book, folder, wide=COVER_WIDTH)
    except PictureUnreadable:
        drawn = fit_cover(replace(book, cover=None), folder, wide=COVER_WIDTH)
    return fit(BookPicture(path=drawn), folder / "fitted.jpg").read_bytes()


async def read_shared(pool: Pool, engine: Engine, share: ShareRow, thread: ThreadRow) -> Finished:
    """Return what is shared, as it stood then and under the name that it was given. Raises `SharedNotFound`."""
    try:
        found = await read_finished(pool, engine, thread, share.share_id, share.checkpoint_id)
    except NotFinished:
        raise SharedNotFound from None
    return replace(found, book=replace(found.book, title=share.title, modified=share.updated_at))
