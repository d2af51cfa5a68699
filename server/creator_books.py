"""A creator session as a book: its scenes as chapters, with the sound and the pictures that were made for it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.book import Book, BookChapter, BookPicture, Recording
from domain.creator import StoryDraft, versions_of
from domain.creator_media import Kind, current_assets
from domain.creator_stages import is_approved, known_concepts
from domain.manner import book_language
from domain.media import Mark
from providers.objects import Objects
from server.bindery import add_compact, file_of
from server.db.threads import ThreadRow
from server.errors import StageConflict


@dataclass(frozen=True)
class SessionMedia:
    """What was made for a session, by scene."""

    session_id: UUID
    values: dict[str, Any]
    store: Objects

    @property
    def folder(self) -> str:
        return f"creator/{self.session_id}"

    @property
    def makers(self) -> list[str]:
        """Return what the book has beside its text, by which one book is told from another."""
        kinds: tuple[Kind, ...] = ("sound", "picture", "cover")
        return [about["key"] for kind in kinds for about in self._made(kind).values()]

    async def add_to(self, book: Book, folder: Path) -> Book:
        """Return the book with its media as files in the folder or the store."""
        sounds, pictures, covers = self._made("sound"), self._made("picture"), self._made("cover")
        chapters = [
            replace(
                chapter,
                recording=await self._recording(sounds.get(scene), folder),
                picture=await self._picture(pictures.get(scene), folder),
            )
            for chapter, scene in zip(book.chapters, self._scenes(), strict=True)
        ]
        cover = await self._picture(next(iter(covers.values()), None), folder)
        return replace(book, chapters=chapters, cover=cover)

    def _scenes(self) -> list[str]:
        return [scene["scene_id"] for scene in self.values["draft"]["scenes"]]

    def _made(self, kind: Kind) -> dict[str, dict[str, Any]]:
        return {asset["scene_id"]: asset["about"] for asset in current_assets(self.values, kind)}

    async def _recording(self, about: dict[str, Any] | None, folder: Path) -> Recording | None:
        if not about:
            return None
        path = await file_of(self.store, about["key"], folder)
        marks = [Mark.model_validate(mark) for mark in about["marks"]]
        await add_compact(self.store, about["key"], folder)
        return Recording(path=path, seconds=about["duration"], marks=marks)

    async def _picture(self, about: dict[str, Any] | None, folder: Path) -> BookPicture | None:
        if not about:
            return None
        path = await file_of(self.store, about["key"], folder)
        return BookPicture(path=path, media_type=about["media_type"], alt=about["alt"])


def book_of(thread: ThreadRow, values: dict[str, Any]) -> Book:
    """Return the book of a session, without sound and pictures.

    Raises `StageConflict` until its scenes are approved.
    """
    draft = StoryDraft.of_state(values)
    if not draft or not is_approved(values["draft"]):
        raise StageConflict("There is no book before every scene is approved.")
    language = book_language(values["request"])
    concept = known_concepts(values)[draft.concept_id]
    shown = [
        version
        for scene in draft.scenes
        for version in versions_of(values, scene.scene_id)
        if version.version <= scene.version
    ]
    return Book(
        title=draft.title,
        identifier=str(thread.thread_id),
        modified=thread.updated_at,
        chapters=[
            BookChapter(number=scene.scene_number, title=scene.title, text=scene.content, language=language)
            for scene in draft.scenes
        ],
        language=language,
        genre=concept["genre"],
        synopsis=concept["premise"],
        premise=values["request"]["prompt"],
        models=", ".join(sorted({version.origin.model for version in shown if version.origin})),
        narrator=narrator_of(values),
        illustrator=next((asset["about"]["provider"] for asset in current_assets(values, "picture")), ""),
        edited=any(version.by == "person" and version.why != "revert" for version in shown),
    )


def narrator_of(values: dict[str, Any]) -> str:
    """Return the name of whoever reads, if anybody does."""
    voice_id = (values.get("choices") or {}).get("voice_id")
    names = {one["voice_id"]: one["name"] for one in values.get("narrators") or []}
    return names.get(voice_id, "") if current_assets(values, "sound") else ""
