"""A job's events as its readers get them: the thread's log, translated when it is read.

While a story is written: `chapter.started`, `chapter.delta`, `chapter.finished`. An edit of a finished one:
`paragraph.started {chapter, paragraph, action, attempt}`, `paragraph.delta {chapter, paragraph, attempt, text}` (the
new paragraph alone; a higher attempt voids what came of it), `paragraph.finished {version, words, warnings}`; another
manner: `chapter.restyling {number, attempt}`, `chapter.delta`, `chapter.restyled`; a revert: `chapter.reverted`. Then,
in all cases, `chapters` with the whole chapter as it stands.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson

from server.runs.models import Event
from server.story_service import Jobs
from server.told import Told


async def tell(jobs: Jobs, job_id: UUID, after: int) -> AsyncIterator[Told]:
    """Yield what follows event `after`, over all runs of the job.

    It stays open while a person is awaited, and ends with `job`, the job's status, when nothing more will come.
    """
    position = after
    while True:
        for run in reversed(await jobs.runs(job_id)):
            async for event in jobs.engine.stream(
                job_id, jobs.caller.owner, after=position, run_id=run.run_id
            ):
                position = event.seq
                for told in translate(event):
                    yield told
        job = await jobs.get(job_id)
        if job.status in ("completed", "failed", "cancelled"):
            yield Told("job", {"status": job.status, "error": job.error})
            return
        async for _ in jobs.engine.stream(job_id, jobs.caller.owner, after=position):
            break


def translate(event: Event) -> list[Told]:
    """Return what one logged event means to a reader of stories; most mean nothing."""
    data: Any = orjson.loads(event.data) if event.event in READ else None
    match event.event:
        case "metadata":
            return [Told("run.started", data, event.seq)]
        case "custom":
            about = {key: value for key, value in data.items() if key != "event"}
            return [Told(data["event"], about, event.seq)]
        case "messages":
            chunk, about = data
            return of_words(chunk, about, event.seq)
        case "updates":
            return [told for node, update in data.items() if (told := of_update(node, update, event.seq))]
        case "error":
            return [Told("error", data, event.seq)]
    return []


def of_words(chunk: Any, about: dict[str, Any], seq: int) -> list[Told]:
    """Return the words of a chapter, or of a paragraph, that are being written."""
    text = chunk["content"]
    match about.get("langgraph_node") if text else None:
        case "write_chapter" | "restyle_chapter":
            words = {"number": about["chapter"], "attempt": about["attempt"], "text": text}
            return [Told("chapter.delta", words, seq)]
        case "edit_paragraph":
            words = {key: about[key] for key in ("chapter", "paragraph", "attempt")} | {"text": text}
            return [Told("paragraph.delta", words, seq)]
    return []


READ = frozenset({"metadata", "custom", "messages", "updates", "error"})
PLANNERS = frozenset({"plan", "repair_plan", "check_plan", "approve_plan", "plan_further_chapter"})
WRITERS = frozenset({"settle_chapter", "polish", "settle_edit", "revert_chapter"})


def of_update(node: str, update: Any, seq: int) -> Told | None:
    """Return what a finished node means to a reader."""
    if node == "__interrupt__":
        return Told("approval.requested", {"outline": update[0]["value"]["outline"]}, seq)
    if node in PLANNERS and update.get("outline"):
        return Told("outline", update["outline"], seq)
    if node in WRITERS and update.get("chapters"):
        return Told("chapters", {"chapters": update["chapters"]}, seq)
    if node == "write_synopsis":
        return Told("synopsis", update["synopsis"], seq)
    if node == "report":
        return Told("report", update["report"], seq)
    return None
