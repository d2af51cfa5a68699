"""Sound and pictures for a story's book: made once, kept in the object store by what they are made from."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import structlog
from pydantic import TypeAdapter

from books import prose
from domain.book import Book, BookChapter, BookPicture, Recording
from domain.creator_media import digest
from domain.errors import FabulaError, MediaFailed, RequestInvalid
from domain.languages import is_english
from domain.media import COMPACT, Mark, NarratorProfile, PictureWanted
from domain.story import ChapterPlan, Story
from providers import images, objects, speech
from providers.images import Images
from providers.objects import Objects
from providers.speech import Speech
from server.bindery import add_compact, file_of

_MARKS = TypeAdapter(list[Mark])
_MOST_CHARACTERS, _OPENING = 3, 600
_PLACED = re.compile(r"\b(?:in|on|at|inside|into|to) the [^,;]+")

logger = structlog.get_logger(__name__)


class ConsentNeeded(FabulaError):
    """This sends the story to an outside service, which needs consent: consent=true, or --consent."""


@dataclass(frozen=True)
class MediaWanted:
    """Whether a book is to be read aloud, by whom, and illustrated; `consent` lets the text leave this machine."""

    sound: bool = False
    narrator: str = ""
    pictures: bool = False
    consent: bool = False

    def __bool__(self) -> bool:
        return self.sound or self.pictures


@dataclass(frozen=True)
class StoryMedia:
    """The media of one story, with the providers that make what is missing.

    `voice` and `drawer` are `None` when the book is not to be read aloud or illustrated.
    """

    story: Story
    job_id: UUID
    store: Objects
    voice: Speech | None
    narrator: NarratorProfile | None
    drawer: Images | None

    @classmethod
    async def of(cls, story: Story, job_id: UUID, wanted: MediaWanted) -> "StoryMedia":
        """Choose the providers. Raises `ConsentNeeded`, `RequestInvalid` for an unknown narrator, `MediaFailed`."""
        voice = speech.get() if wanted.sound else None
        drawer = images.get() if wanted.pictures else None
        if not wanted.consent and any(each.outside for each in (voice, drawer) if each):
            raise ConsentNeeded
        narrator = await find_narrator(voice, wanted.narrator, story.request.language) if voice else None
        return cls(story, job_id, objects.get(), voice, narrator, drawer)

    @property
    def folder(self) -> str:
        return f"stories/{self.job_id}"

    @property
    def makers(self) -> list[str]:
        """Return who makes the media, by which one book is told from another."""
        reader = f"{self.voice.name} {self.narrator.voice_id}" if self.voice and self.narrator else ""
        return [reader, self.drawer.name if self.drawer else ""]

    async def add_to(self, book: Book, folder: Path) -> Book:
        """Return the book with its media as files in the folder or the store.

        What was made before is not made again. Raises `MediaFailed` when a chapter cannot be read; a picture
        that cannot be drawn is left out.
        """
        chapters = await self._drawn(await self._read(list(book.chapters), folder), folder)
        return replace(
            book,
            chapters=chapters,
            narrator=self.narrator.name if self.narrator else "",
            illustrator=self.drawer.name if self.drawer else "",
        )

    async def _read(self, chapters: list[BookChapter], folder: Path) -> list[BookChapter]:
        if not self.voice:
            return chapters
        recorded = await asyncio.gather(
            *(self._recorded(chapter, folder) for chapter in chapters), return_exceptions=True
        )
        for failure in recorded:
            if isinstance(failure, BaseException):
                raise failure
        return [
            replace(chapter, recording=recording)
            for chapter, recording in zip(chapters, recorded, strict=True)
            if isinstance(recording, Recording)
        ]

    async def _recorded(self, chapter: BookChapter, folder: Path) -> Recording:
        assert self.voice and self.narrator
        voice, narrator, text = self.voice, self.narrator.voice_id, prose.read_aloud(chapter)
        key = f"{self.folder}/audio/{digest(text, voice.name, narrator)}"

        async def make() -> None:
            sound = await voice.speak(text, narrator, f"chapter-{chapter.number}")
            await self.store.put(f"{key}.mp3", sound.data)
            await self.store.put(f"{key}{COMPACT}", sound.compact, "audio/mp4")
            await self.store.put(f"{key}.json", _MARKS.dump_json(sound.marks))

        path = await self._file(f"{key}.mp3", f"{key}.json", make, folder)
        await add_compact(self.store, f"{key}.mp3", folder)
        marks = _MARKS.validate_json(await self.store.read(f"{key}.json"))
        return Recording(path=path, seconds=await asyncio.to_thread(length, path), marks=marks)

    async def _drawn(self, chapters: list[BookChapter], folder: Path) -> list[BookChapter]:
        if not self.drawer:
            return chapters
        drawn = await asyncio.gather(*(self._picture(chapter, folder) for chapter in chapters))
        return [replace(chapter, picture=each) for chapter, each in zip(chapters, drawn, strict=True)]

    async def _picture(self, chapter: BookChapter, folder: Path) -> BookPicture | None:
        assert self.drawer
        drawer, plan = self.drawer, self.story.outline.chapters[chapter.number - 1]
        wanted = picture_of(self.story, plan, self.job_id.int % 2**31)
        key = f"{self.folder}/pictures/{digest(wanted.prompt, drawer.name)}"

        async def make() -> None:
            (made,) = await drawer.draw([wanted])
            if isinstance(made, MediaFailed):
                raise made
            await self.store.put(key, made.data, made.media_type)

        try:
            path = await self._file(key, key, make, folder)
        except MediaFailed as error:
            logger.warning("picture_left_out", job=str(self.job_id), chapter=chapter.number, why=str(error))
            return None
        return BookPicture(path=path, alt=alt_of(self.story, plan))

    async def _file(self, key: str, last: str, make: Callable[[], Awaitable[None]], folder: Path) -> Path:
        """Return an object as a file, after making it when the last of what belongs to it is not there."""
        if not await self.store.exists(last):
            await make()
        return await file_of(self.store, key, folder)


def alt_of(story: Story, plan: ChapterPlan) -> str:
    """Return what a reader who cannot see the picture is told: not the setting, which is always English."""
    shown = story.outline.setting if is_english(story.request.language) else plan.summary
    return f"{plan.title}. {shown}"


async def find_narrator(voice: Speech, voice_id: str, language: str) -> NarratorProfile:
    """Return the narrator of this id, or the first of the language. Raises `RequestInvalid` and `MediaFailed`."""
    known = {each.voice_id: each for each in await speech.narrators_for(voice, language)}
    if not known:
        raise MediaFailed(f"{voice.name} has no narrators")
    if not voice_id:
        return next(iter(known.values()))
    if voice_id not in known:
        raise RequestInvalid(f"narrator: there is no narrator {voice_id!r}; there are {', '.join(known)}")
    return known[voice_id]


def picture_of(story: Story, plan: ChapterPlan, seed: int) -> PictureWanted:
    """Return the picture that a chapter wants; a person is described in the same words in every one."""
    outline, chapter = story.outline, story.chapters[plan.number - 1]
    people = [
        f"{person.name}: {person.role}; {', '.join(person.traits)}"
        for person in outline.characters
        if person.name.split()[0] in chapter.text
    ][:_MOST_CHARACTERS]
    opening = prose.line(chapter.text)[:_OPENING]
    place = f"{scene_of(plan)}, {plan.summary} {opening}"
    told = [
        f"An illustration of a chapter: {plan.title}.",
        f"Setting: {outline.setting}",
        f"Place: {scene_of(plan)}",
        f"What happens: {plan.summary}",
        f"It opens: {opening}",
        *(f"Character: {person}" for person in people),
        f"Genre: {story.genre}.",
        "No lettering.",
    ]
    return PictureWanted(
        scene_id=f"chapter-{plan.number}",
        title=plan.title,
        prompt="\n".join(told),
        setting=place if is_english(story.request.language) else f"{outline.setting} {place}",
        characters=people,
        mood=f"{story.genre} {story.request.tone}",
        seed=seed,
    )


def scene_of(plan: ChapterPlan) -> str:
    """Return where a chapter begins, as its first beat tells it: `in the back bar of the Alcazar`."""
    beat = plan.beats[0].text.rstrip(".") if plan.beats else plan.summary
    found = _PLACED.search(beat)
    return found.group() if found else beat


def length(path: Path) -> float:
    """Return how many seconds a sound lasts."""
    import av

    with av.open(str(path)) as container:
        return (container.duration or 0) / 1_000_000
