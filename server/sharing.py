"""What an owner does with the share of a finished story: makes it, lists it in the gallery, looks at it, revokes it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID, uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from books import prose
from domain.errors import AnswerRefused, ModerationFailed
from domain.rating import explicit_words
from domain.text.genres import plain
from providers import moderation
from server.callers import Caller
from server.db import shares
from server.db.pool import Pool
from server.db.runs import newest_run
from server.db.shares import ShareCreate, ShareRow
from server.db.threads import ThreadRow
from server.errors import NotFinished, NotShared, TakenDown
from server.runs.engine import Engine
from server.settings import Settings
from server.shared_books import Finished, keep_cover, read_finished

MOST_DAYS = 3_650


class ShareWanted(BaseModel):
    """How a finished story is shared. Sent again, it brings the share up to date with the story and with this."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"expires_in_days": 30}]})

    listed: bool = Field(False, description="Show it in the public gallery as well.")
    title: Annotated[str, AfterValidator(prose.line)] = Field(
        "", max_length=200, description="What it is called; empty: the story's own title."
    )
    expires_in_days: int | None = Field(None, ge=1, le=MOST_DAYS, description="For ever, if left out.")
    consent: bool = Field(False, description="An outside service may judge the text before it is listed.")


class Share(BaseModel):
    """The share of a story. `url` is told once, when the link is made: it is kept as a hash."""

    url: str | None
    gallery_url: str | None
    title: str
    genre: str
    listed: bool
    views: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, row: ShareRow, root: str, token: str = "") -> Self:
        """Return what its owner is told of a share; `root` is where the server is reached."""
        return cls(
            url=f"{root}/shared/{token}" if token else None,
            gallery_url=f"{root}/gallery/{row.share_id}" if row.listed else None,
            **{key: getattr(row, key) for key in cls.model_fields if key not in ("url", "gallery_url")},
        )


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of one caller, of stories that are the caller's own."""

    pool: Pool
    engine: Engine
    settings: Settings
    caller: Caller

    async def put(self, thread: ThreadRow, wanted: ShareWanted) -> tuple[ShareRow, str]:
        """Share a story as it stands now; return its share, and the link's token if it is new.

        Raises `NotFinished`, `TakenDown`, and `AnswerRefused` for what may not be listed.
        """
        async with self.pool.connection() as conn:
            earlier = await shares.get_share(conn, thread.thread_id, self.caller.owner)
            run = await newest_run(conn, thread.thread_id)
        if run and not run.finished:
            raise NotFinished
        share_id = earlier.share_id if earlier else uuid4()
        finished = await read_finished(self.pool, self.engine, thread, share_id)
        title = wanted.title or prose.title(finished.book)
        if wanted.listed:
            await self.check_listing(finished, title, wanted.consent)
        until = wanted.expires_in_days and datetime.now(UTC) + timedelta(days=wanted.expires_in_days)
        share = ShareCreate(
            share_id=share_id,
            thread_id=thread.thread_id,
            owner=self.caller.owner,
            checkpoint_id=finished.checkpoint_id,
            title=title,
            genre=plain(finished.book.genre),
            files=finished.files | {"cover.jpg": await keep_cover(finished, title)},
            listed=wanted.listed,
            expires_at=until or None,
        )
        async with self.pool.connection() as conn:
            put = await shares.put_share(conn, share)
        if put is None:
            raise TakenDown
        return put

    async def get(self, thread_id: UUID) -> ShareRow:
        """Return the share of a story. Raises `NotShared`, and `TakenDown`."""
        async with self.pool.connection() as conn:
            found = await shares.get_share(conn, thread_id, self.caller.owner)
        if found is None:
            raise NotShared
        if found.taken_down_at:
            raise TakenDown
        return found

    async def revoke(self, thread_id: UUID) -> None:
        """Have a link, and the gallery, open nothing any more. Raises as `get`."""
        await self.get(thread_id)
        async with self.pool.connection() as conn:
            await shares.delete_share(conn, thread_id, self.caller.owner)

    async def check_listing(self, finished: Finished, title: str, consent: bool) -> None:
        """Raise `AnswerRefused` when a story may not be in the gallery. What cannot be judged may not be either."""
        if not self.settings.gallery:
            raise AnswerRefused("listed", "this server has no gallery")
        if finished.rating == "NSFW":
            raise AnswerRefused("listed", "what is not safe for work is not listed")
        judge, texts = moderation.get(), [title, *finished.texts]
        if judge.outside and not (consent or finished.consent):
            judge = moderation.get("words")
        try:
            verdict = await judge.check(texts)
        except ModerationFailed as error:
            raise AnswerRefused("listed", f"it could not be judged: {error}") from None
        if not verdict.allowed:
            raise AnswerRefused("listed", f"it is not allowed: {', '.join(verdict.categories)}")
        if explicit_words("\n".join(texts)):
            raise AnswerRefused("listed", "it is explicit")
