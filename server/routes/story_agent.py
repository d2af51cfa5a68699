"""`/api/story-agent`: whole stories from one call, as jobs."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

import books
from domain.book import Book
from domain.editing import MAX_INSTRUCTION, ChapterVersion, EditParagraph, RestyleChapter
from domain.story import Model
from server.bindery import WAIT
from server.callers import ACaller
from server.errors import JobNotFound
from server.routes import sse
from server.routes.assets import stored
from server.story_jobs import JOB_ID, Estimate, StoryJob, StoryRequest, estimate, example
from server.story_media import MediaWanted, StoryMedia
from server.story_service import Jobs
from server.story_stream import tell

router = APIRouter(prefix="/api/story-agent", tags=["stories"])


class Accepted(BaseModel):
    """A job that was accepted: poll it, or stream it."""

    model_config = example({"job_id": JOB_ID})

    job_id: UUID


class Resume(BaseModel):
    """The answer to an outline that waits for approval: none to take it as it is, or an edited one."""

    model_config = example({})

    outline: dict[str, Any] | None = None


class Regenerate(BaseModel):
    """Which chapter to write again, and what to do differently."""

    model_config = example({"chapter": 2, "feedback": "Let the fog lie."})

    chapter: int = Field(ge=1)
    feedback: str = Field("", max_length=2_000)


async def get_jobs(request: Request, caller: ACaller) -> Jobs:
    state = request.state
    return Jobs(state.pool, state.engine, state.settings, caller)


TheJobs = Annotated[Jobs, Depends(get_jobs)]


@router.post("/generate", status_code=202)
async def generate(
    wanted: StoryRequest,
    jobs: TheJobs,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Accepted:
    """Start a story. The same `Idempotency-Key` names the same job."""
    return Accepted(job_id=await jobs.generate(wanted, idempotency_key))


@router.post("/estimate")
async def get_estimate(wanted: StoryRequest, jobs: TheJobs) -> Estimate:
    """Say what a story would cost, without starting it."""
    return estimate(wanted, jobs.settings)


@router.get("/job/{job_id}")
async def get_job(job_id: UUID, jobs: TheJobs) -> StoryJob:
    """Return a job with its phase and the chapters finished so far; with the story once it is done."""
    return await jobs.get(job_id)


@router.get("/job/{job_id}/stream")
async def stream_job(
    job_id: UUID, jobs: TheJobs, last_event_id: Annotated[int, Header(ge=-1)] = 0
) -> EventSourceResponse:
    """Stream the job from its start, or from what follows `Last-Event-ID`, over all its runs."""
    await jobs.newest(job_id)
    return sse.stream(tell(jobs, job_id, last_event_id))


@router.post("/job/{job_id}/retry", status_code=202)
async def retry(job_id: UUID, jobs: TheJobs) -> Accepted:
    """Go on where a failed or cancelled job stopped; finished chapters are not written again."""
    await jobs.retry(job_id)
    return Accepted(job_id=job_id)


@router.post("/job/{job_id}/resume", status_code=202)
async def resume(job_id: UUID, answer: Resume, jobs: TheJobs) -> Accepted:
    """Approve the outline, as it is or edited."""
    await jobs.resume(job_id, answer.outline)
    return Accepted(job_id=job_id)


@router.post("/job/{job_id}/cancel")
async def cancel(job_id: UUID, jobs: TheJobs) -> StoryJob:
    """Stop a job; what is written is kept."""
    await jobs.cancel(job_id)
    return await jobs.get(job_id)


@router.post("/job/{job_id}/regenerate", status_code=202)
async def regenerate(job_id: UUID, wanted: Regenerate, jobs: TheJobs) -> Accepted:
    """Write the story again from a chapter on."""
    await jobs.regenerate(job_id, wanted.chapter, wanted.feedback)
    return Accepted(job_id=job_id)


class Revert(Model):
    """Which text of a chapter to put back."""

    model_config = example({"chapter": 2, "version": 1})

    chapter: int = Field(ge=1)
    version: int = Field(ge=1)


class Restyle(RestyleChapter):
    """In which manner a chapter is told again: as these words or this sample say, else as the story asked for."""

    model_config = example(
        {"chapter": 2, "prose_style": "Dry, short sentences, in the manner of a 1930s police report."}
    )

    action: Literal["restyle"] = "restyle"


class Extend(Model):
    """What happens in the further chapter; without it, the planner decides."""

    model_config = example({"premise": "Ada goes back for the brass key."}, {})

    premise: str = Field("", max_length=MAX_INSTRUCTION)


class ParagraphEdit(EditParagraph):
    """What to do at a paragraph, as an instruction says or with a text of one's own."""

    model_config = example(
        {"chapter": 2, "paragraph": 3, "action": "rewrite", "instruction": "Shorter, and let it rain."},
        {"chapter": 1, "paragraph": 1, "action": "insert", "text": "It had rained since noon."},
    )


class Versions(BaseModel):
    """All the texts of a chapter, the oldest first; the last one stands."""

    chapter: int
    current: int
    versions: list[ChapterVersion]


@router.post("/job/{job_id}/edit", status_code=202)
async def edit(job_id: UUID, wanted: ParagraphEdit, jobs: TheJobs) -> Accepted:
    """Rewrite a paragraph of the finished story, continue after it, or insert one before it.

    The other paragraphs stay as they are, and so does the chapter's earlier text, as a version.
    """
    await jobs.change(job_id, wanted.model_dump())
    return Accepted(job_id=job_id)


@router.post("/job/{job_id}/restyle", status_code=202)
async def restyle(job_id: UUID, wanted: Restyle, jobs: TheJobs) -> Accepted:
    """Tell a chapter of the finished story in another manner, as a new version: what happens in it stays."""
    await jobs.change(job_id, wanted.model_dump())
    return Accepted(job_id=job_id)


@router.post("/job/{job_id}/revert", status_code=202)
async def revert(job_id: UUID, wanted: Revert, jobs: TheJobs) -> Accepted:
    """Put an earlier version of a chapter back, as a new version."""
    await jobs.change(job_id, {"action": "revert", **wanted.model_dump()})
    return Accepted(job_id=job_id)


@router.post("/job/{job_id}/extend", status_code=202)
async def extend(job_id: UUID, wanted: Extend, jobs: TheJobs) -> Accepted:
    """Add a chapter to the finished story."""
    await jobs.change(job_id, {"action": "extend", **wanted.model_dump()})
    return Accepted(job_id=job_id)


@router.get("/job/{job_id}/chapters/{number}/versions")
async def get_versions(job_id: UUID, number: int, jobs: TheJobs) -> Versions:
    """Return every text that a chapter has or had."""
    found = await jobs.versions(job_id, number)
    return Versions(chapter=number, current=len(found), versions=found)


class BookAsked(BaseModel):
    """What a book is to have beside its text."""

    narrator: str = Field("", max_length=100, description="Who reads it aloud; an EPUB then reads along.")
    pictures: bool = Field(False, description="A picture for each chapter.")
    consent: bool = Field(False, description="The text may be sent to an outside service for it.")


@router.get("/job/{job_id}/book.{suffix}", responses={202: {"description": "It is being made: ask again."}})
async def get_book(
    job_id: UUID, suffix: str, asked: Annotated[BookAsked, Query()], jobs: TheJobs, request: Request
) -> Response:
    """Return the finished story as a book: epub, pdf, md, md.zip, m4b or mp3.zip.

    One with sound or pictures is made in the background and kept; 202 with `Retry-After` until it is there.
    """
    if f".{suffix}" not in books.FORMATS:
        raise JobNotFound(f"there is no book.{suffix}, there are {', '.join(books.FORMATS)}")
    form = books.FORMATS[f".{suffix}"]
    thread, story = await jobs.story(job_id)
    book = Book.of_story(story, identifier=str(job_id), modified=thread.created_at)
    wanted = MediaWanted(sound=form.heard or bool(asked.narrator), **asked.model_dump())
    name = f"story-{job_id}.{suffix}"
    if not wanted:
        made = await run_in_threadpool(make, book, suffix)
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(made, media_type=form.media_type, headers=disposition)
    media = await StoryMedia.of(story, job_id, wanted)
    key = await request.state.bindery.find(book, media, f".{suffix}")
    if key is None:
        answer = {"detail": "the book is being made"}
        return JSONResponse(answer, 202, headers={"Retry-After": str(round(WAIT))})
    return await stored(media.store, key, form.media_type, name)


def make(book: Book, suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        (path,) = books.write(book, [Path(folder) / f"book.{suffix}"])
        return path.read_bytes()
