"""Story jobs: what a client sees of a thread of the story graph. A job's id is its thread's id."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.editing import versions_of
from domain.story import MAX_CHAPTERS, MIN_CHAPTERS, StoryInput
from server.db import credits
from server.runs.models import RunRow
from server.settings import Settings

PRODUCT, JOB_TYPE, GRAPH = "story_agent", "generate_story", "story"
JOB_ID = "4f0c1b5e-8f0e-4f6a-9d0e-2b6f6c1d7a11"
DEFAULT_CHAPTERS = 3
JobStatus = Literal["pending", "in_progress", "awaiting_approval", "completed", "failed", "cancelled"]
ChapterStatus = Literal["planned", "writing", "completed", "failed"]
Phase = Literal["planning", "writing", "polishing"]


def example(*examples: dict[str, Any]) -> ConfigDict:
    """Return the config of a model that shows these examples in `/docs`."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class StoryRequest(StoryInput):
    """What a client asks for: a story, and how long its chapters may be."""

    model_config = example(
        {"premise": "A detective in 1920s Paris finds a letter addressed to a dead man."},
        {
            "premise": "A keeper hears the fog answer.",
            "chapters": 4,
            "genre": "mystery",
            "tone": "dramatic",
            "characters": ["Ada", "Brother Imre"],
            "approve": True,
            "seed": 7,
        },
        {
            "premise": "Eine Leuchtturmwärterin hört den Nebel antworten.",
            "language": "de",
            "prose_style": "Dry, short sentences, in the manner of a 1930s police report.",
        },
    )

    chapters: int = Field(3, ge=MIN_CHAPTERS, le=MAX_CHAPTERS, description="How many chapters, exactly.")
    seed: int = Field(0, ge=0, le=2**31 - 1)
    min_words: int = Field(800, ge=100, le=5_000)
    max_words: int = Field(1_500, ge=150, le=8_000)

    def story(self) -> StoryInput:
        return StoryInput(**self.model_dump(include=set(StoryInput.model_fields)))

    def context(self) -> dict[str, Any]:
        """Return the run context that goes with the request."""
        return {"seed": self.seed, "min_words": self.min_words, "max_words": self.max_words}


class Estimate(BaseModel):
    """What a story will cost and about how long it will be."""

    model_config = example({"credits": 5, "chapters": 3, "words": [2_400, 4_500], "model_calls": [8, 20]})

    credits: int
    chapters: int
    words: tuple[int, int]
    model_calls: tuple[int, int] = Field(description="The fewest and the most calls to a model.")


class ChapterView(BaseModel):
    """A chapter as a client sees it; every chapter knows the job that it is part of."""

    job_id: str
    number: int
    title: str
    status: ChapterStatus
    attempts: int = 0
    words: int = 0
    text: str = ""
    summary: str = ""
    version: int = Field(1, description="Which of the chapter's versions this is.")


class Progress(BaseModel):
    """How far a job is."""

    phase: Phase
    message: str
    outline: dict[str, Any] | None
    chapters: list[ChapterView]


class StoryJob(BaseModel):
    """A job as clients and dashboards see it."""

    model_config = example(
        {
            "id": JOB_ID,
            "type": JOB_TYPE,
            "product": PRODUCT,
            "status": "in_progress",
            "progress": {
                "phase": "writing",
                "message": "writing chapter 2 of 2",
                "outline": {"title": "The Fog Answers"},
                "chapters": [
                    {
                        "job_id": JOB_ID,
                        "number": 1,
                        "title": "The Lamp",
                        "status": "completed",
                        "attempts": 1,
                        "words": 912,
                        "text": "The lamp had burned all night ...",
                        "summary": "Ada hears the fog answer.",
                    },
                    {"job_id": JOB_ID, "number": 2, "title": "The Reply", "status": "writing"},
                ],
            },
            "output": None,
            "error": None,
            "created_at": "2026-11-21T10:00:00Z",
            "updated_at": "2026-11-21T10:00:42Z",
        }
    )

    id: str
    type: str = JOB_TYPE
    product: str = PRODUCT
    status: JobStatus
    progress: Progress
    output: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


def price(chapters: int, settings: Settings) -> int:
    """Return what a story costs: a base and so much a chapter, known before it is written."""
    return settings.story_price + chapters * settings.chapter_price


def ordered(given: Any) -> str:
    """Return the action that a run's input orders on a finished story, empty when it orders none."""
    order = given.get("order") if isinstance(given, dict) else None
    return str(order.get("action", "")) if isinstance(order, dict) else ""


async def hold_story(conn: Any, run: RunRow, settings: Settings) -> None:
    """Hold the price of a story that a run writes; once that was charged, a further run has a price of its own.

    A further chapter costs a chapter, an edit nothing. Raises `CreditsShort`.
    """
    if action := ordered(run.kwargs["input"]):
        if action == "extend":
            await credits.hold(
                conn,
                owner=run.owner,
                thread_id=run.thread_id,
                purpose=f"extend:{run.run_id}",
                run_id=run.run_id,
                amount=settings.chapter_price,
            )
        return
    request = (run.kwargs["input"] or {}).get("request") if isinstance(run.kwargs["input"], dict) else None
    chapters = request.get("chapters") if isinstance(request, dict) else None
    amount = price(chapters if isinstance(chapters, int) and chapters > 0 else DEFAULT_CHAPTERS, settings)
    for purpose in ("story", f"run:{run.run_id}"):
        if await credits.hold(
            conn, owner=run.owner, thread_id=run.thread_id, purpose=purpose, run_id=run.run_id, amount=amount
        ):
            return


def estimate(request: StoryRequest, settings: Settings) -> Estimate:
    """Return the price, and the bounds of words and calls."""
    count = request.chapters
    return Estimate(
        credits=price(count, settings),
        chapters=count,
        words=(count * request.min_words, count * request.max_words),
        model_calls=(2 * count + 2, 4 * count + 8),
    )


def job_status(run: RunRow, values: dict[str, Any], interrupted: bool) -> JobStatus:
    """Derive a job's status from its thread's newest run and state."""
    match run.status:
        case "pending":
            return "pending"
        case "running":
            return "in_progress"
        case "success" if interrupted:
            return "awaiting_approval"
        case "success":
            return "completed" if values.get("report") else "failed"
        case "interrupted":
            return "cancelled"
        case _:
            return "failed"


def read_job(thread: Any, run: RunRow, values: dict[str, Any], interrupted: bool) -> StoryJob:
    """Return the job that a thread, its newest run and its state make up."""
    status = job_status(run, values, interrupted)
    chapters = read_chapters(str(thread.thread_id), values, status)
    phase, message = read_phase(values, status)
    return StoryJob(
        id=str(thread.thread_id),
        status=status,
        progress=Progress(phase=phase, message=message, outline=values.get("outline"), chapters=chapters),
        output=read_output(values, chapters, status),
        error=run.error if status == "failed" else None,
        created_at=thread.created_at,
        updated_at=max(thread.updated_at, run.updated_at),
    )


def read_chapters(job_id: str, values: dict[str, Any], status: JobStatus) -> list[ChapterView]:
    """Return every planned chapter: those that stand with their text, the one under way, those to come."""
    written = {chapter["number"]: chapter for chapter in values.get("chapters") or []}
    views = []
    for plan in (values.get("outline") or {}).get("chapters", []):
        number = plan["number"]
        if number in written:
            kept = {key: written[number][key] for key in ("title", "attempts", "words", "text", "summary")}
            kept["version"] = len(versions_of(values, number))
            views.append(ChapterView(job_id=job_id, number=number, status="completed", **kept))
            continue
        draft = values.get("draft") or {}
        attempts = sum(draft["attempts"].values()) if draft.get("number") == number else 0
        state: ChapterStatus = "planned"
        if number == len(written) + 1 and status in ("in_progress", "failed"):
            state = "failed" if status == "failed" else "writing"
        views.append(
            ChapterView(job_id=job_id, number=number, title=plan["title"], status=state, attempts=attempts)
        )
    return views


def read_phase(values: dict[str, Any], status: JobStatus) -> tuple[Phase, str]:
    """Return the phase and a line for people."""
    planned = len((values.get("outline") or {}).get("chapters", []))
    written = len(values.get("chapters") or [])
    if status == "awaiting_approval":
        return "planning", "the outline waits for approval"
    if not planned or not (values.get("planning") or {}).get("approved"):
        return "planning", "planning the story"
    if written < planned:
        return "writing", f"writing chapter {written + 1} of {planned}"
    if status == "completed":
        return "polishing", "the story is finished"
    return "polishing", "changing the story" if values.get("report") else "polishing the story"


def read_output(
    values: dict[str, Any], chapters: list[ChapterView], status: JobStatus
) -> dict[str, Any] | None:
    """Return the story, or what there is of one that failed or was cancelled; `None` while it is written."""
    if status not in ("completed", "failed", "cancelled") or not values.get("outline"):
        return None
    outline = values["outline"]
    done = [chapter.model_dump() for chapter in chapters if chapter.status == "completed"]
    return {
        "title": outline["title"],
        "synopsis": (values.get("synopsis") or {}).get("text", ""),
        "chapters": done,
        "characters": outline["characters"],
        "metadata": {
            "words": sum(chapter["words"] for chapter in done),
            "origins": [chapter["origin"] for chapter in values.get("chapters") or []],
            "audits": values.get("audits") or {},
            "report": values.get("report"),
            "usage": values.get("usage") or {},
            "request": values.get("request"),
        },
    }
