"""Books are made in the background, whatever becomes of those that nobody asks for again."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from domain.book import Book, BookChapter
from domain.errors import MediaFailed
from providers.objects import Objects
from server.bindery import MOST, Bindery, open_bindery


@dataclass(frozen=True)
class Words:
    """A book of words alone, or one that cannot be made."""

    store: Objects
    fails: bool = False
    folder: str = "stories/1"

    @property
    def makers(self) -> list[str]:
        return []

    async def add_to(self, book: Book, folder: Path) -> Book:
        if self.fails:
            raise MediaFailed("nobody reads")
        return book


def book(title: str = "Rain") -> Book:
    chapters = [BookChapter(number=1, title="One", text="It rained.")]
    return Book(title=title, identifier=str(uuid4()), modified=datetime.now(UTC), chapters=chapters)


async def found(bindery: Bindery, made: Book, media: Words) -> str:
    """Ask for a book until it is there."""
    async with asyncio.timeout(20):
        while (key := await bindery.find(made, media, ".md")) is None:
            await asyncio.sleep(0.01)
    return key


async def test_why_a_book_could_not_be_made_is_told_once(tmp_path: Path) -> None:
    media, made = Words(Objects(str(tmp_path)), fails=True), book()
    async with open_bindery() as bindery:
        with pytest.raises(MediaFailed, match="nobody reads"):
            await found(bindery, made, media)

        assert await bindery.find(made, media, ".md") is None


@pytest.mark.parametrize("fails", [False, True])
async def test_books_that_nobody_asks_for_again_take_no_place(tmp_path: Path, fails: bool) -> None:
    store = Objects(str(tmp_path))
    async with open_bindery() as bindery:
        for number in range(MOST):
            await bindery.find(book(f"Forgotten {number}"), Words(store, fails), ".md")
        async with asyncio.timeout(20):
            await asyncio.gather(*bindery._making.values())

        key = await found(bindery, book(), Words(store))

    assert b"It rained." in await store.read(key)
