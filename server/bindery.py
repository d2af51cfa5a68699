"""Books with sound or pictures: made in the background, once however often they are asked for, and kept."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import structlog

import books
from domain.book import Book
from domain.creator_media import digest
from domain.media import COMPACT
from domain.version import VERSION
from providers.objects import Objects
from server.errors import TooManyRequests

AT_ONCE, MOST, WAIT = 2, 20, 5.0

logger = structlog.get_logger(__name__)


class Media(Protocol):
    """What goes into a book beside its text. `makers` tell one book of a text from another."""

    @property
    def store(self) -> Objects: ...

    @property
    def folder(self) -> str: ...

    @property
    def makers(self) -> list[str]: ...

    async def add_to(self, book: Book, folder: Path) -> Book:
        """Return the book with its media as files. Raises `MediaFailed`."""
        ...


class Bindery:
    """The books that this process is making, by their keys in the object store."""

    def __init__(self) -> None:
        self._making: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, Exception] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def find(self, book: Book, media: Media, suffix: str) -> str | None:
        """Return the key of the finished book, or `None` while it is being made, which this begins.

        Raises what kept it from being made, once; then it can be asked for again. Raises `TooManyRequests`.
        """
        key = key_of(book, media, suffix)
        if failure := self._failed.pop(key, None):
            raise failure
        if await media.store.exists(key):
            return key
        if key not in self._making:
            if len(self._making) >= MOST:
                raise TooManyRequests(WAIT)
            self._making[key] = asyncio.create_task(self._make(book, media, suffix, key))
        return None

    async def close(self) -> None:
        """Stop what is being made; what was read and drawn so far is kept."""
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def _make(self, book: Book, media: Media, suffix: str, key: str) -> None:
        try:
            await self._bind(book, media, suffix, key)
        except Exception as error:
            logger.warning("book_not_made", key=key, reason=str(error))
            self._failed[key] = error
            while len(self._failed) > MOST:
                del self._failed[next(iter(self._failed))]
        finally:
            del self._making[key]

    async def _bind(self, book: Book, media: Media, suffix: str, key: str) -> None:
        async with self._places:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                path = folder / f"book{suffix}"
                full = await media.add_to(book, folder)
                await asyncio.to_thread(books.write, full, [path])
                await media.store.put(key, path, books.FORMATS[suffix].media_type)


async def file_of(store: Objects, key: str, folder: Path) -> Path:
    """Return an object as a file: its own, or a copy in the folder where the store is no folder."""
    if path := store.path(key):
        return path
    copy = folder / key.replace("/", "-")
    copy.write_bytes(await store.read(key))
    return copy


async def add_compact(store: Objects, key: str, folder: Path) -> None:
    """Have a recording's compact twin beside its file; what was recorded before there were such is encoded once."""
    from providers.speech import audio

    compact = Path(key).with_suffix(COMPACT).as_posix()
    if not await store.exists(compact):
        with (await file_of(store, key, folder)).open("rb") as file:
            await store.put(compact, await asyncio.to_thread(audio.compact, file), "audio/mp4")
    await file_of(store, compact, folder)


def key_of(book: Book, media: Media, suffix: str) -> str:
    """Return where a book is kept: another text, name, narrator, illustrator or release is another book."""
    texts = [(chapter.title, chapter.text) for chapter in book.chapters]
    about = (book.title, book.synopsis, book.premise, book.identifier)
    return f"{media.folder}/books/{digest(*about, texts, media.makers, VERSION)}{suffix}"


@asynccontextmanager
async def open_bindery() -> AsyncIterator[Bindery]:
    """Yield a bindery and close it."""
    bindery = Bindery()
    try:
        yield bindery
    finally:
        await bindery.close()
