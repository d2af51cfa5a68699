"""A book: what every format is made from, whether a story or a session was behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from domain.manner import book_language
from domain.media import COMPACT, Mark
from domain.story import Story


@dataclass(frozen=True, kw_only=True)
class BookPicture:
    """A picture in a file: PNG, JPEG or WebP. `alt` says in words what is to be seen."""

    path: Path
    media_type: str = "image/png"
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A chapter as it is read, in an MP3 file as `Sound` describes it; `seconds` is its length.

    The marks are its sentences in order. Without them the text cannot follow the voice.
    """

    path: Path
    seconds: float
    marks: Sequence[Mark] = ()

    @property
    def compact(self) -> Path:
        """The same as AAC in MP4, which EPUBs and M4Bs carry; it lies beside the MP3."""
        return self.path.with_suffix(COMPACT)


@dataclass(frozen=True, kw_only=True)
class BookChapter:
    """A chapter with what goes with it; without a language of the book's, its heading is English."""

    number: int
    title: str
    text: str
    picture: BookPicture | None = None
    recording: Recording | None = None
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Book:
    """A book. `identifier` is a UUID; without a language the text is judged.

    `cover` is a picture without words: the title is set above it; without one a cover is drawn.
    `models` names who wrote the text, `illustrator` and `narrator` who drew and read it; `edited` says that a
    person had a hand in the text.
    """

    title: str
    identifier: str
    modified: datetime
    chapters: Sequence[BookChapter]
    author: str = "Fabula"
    language: str = ""
    genre: str = ""
    synopsis: str = ""
    premise: str = ""
    models: str = ""
    illustrator: str = ""
    narrator: str = ""
    edited: bool = False
    cover: BookPicture | None = None

    @classmethod
    def of_story(cls, story: Story, *, identifier: str, modified: datetime) -> Self:
        """Return the book of a finished story, without sound and pictures."""
        language = book_language({"language": story.request.language})
        return cls(
            title=story.title,
            identifier=identifier,
            modified=modified,
            chapters=[
                BookChapter(
                    number=chapter.number,
                    title=chapter.title,
                    text=chapter.text,
                    language=language,
                )
                for chapter in story.chapters
            ],
            language=language,
            genre=story.genre,
            synopsis=story.synopsis,
            premise=story.request.premise,
            models=", ".join(sorted({chapter.origin.model for chapter in story.chapters})),
        )
