"""How far a session is: as it stands, and as a stream of what happens in it."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson

from domain.creator_media import current_assets, made_from
from domain.creator_stages import stage_of
from server.creator_sessions import Problem, Progress
from server.runs.engine import Engine
from server.runs.models import Event, RunRow
from server.told import Told

WORKING = {
    "idea_generation": "imagining concepts",
    "concept_selection": "choose a concept",
    "story_drafting": "writing scene {next} of {of}",
    "revision": "review the scenes: {done} of {of} are approved",
    "format_selection": "choose sound, pictures or both",
    "narrator_selection": "choose a narrator",
    "generation": "making sound and pictures: {done} of {of}",
    "completed": "the book is finished",
}
ASKED_EVERY = 1.0
KINDS: tuple[Any, ...] = ("sound", "picture", "cover")


def read_progress(session_id: UUID, values: dict[str, Any], question: Any, run: RunRow | None) -> Progress:
    """Return how far a session is. `question` is what the graph asks, if it waits; `run` the newest run."""
    stage = (values.get("stage") or {}).get("name") or stage_of(values)
    done, of = count(stage, values)
    working = run is not None and not run.finished
    failed = run is not None and run.status in ("error", "interrupted", "timeout")
    return Progress(
        session_id=str(session_id),
        current_stage=stage,
        status="working" if working else "failed" if failed else "waiting",
        message=WORKING[stage].format(done=done, of=of, next=min(done + 1, of)),
        done=done,
        of=of,
        question=None if working else question,
        warnings=(values.get("media") or {}).get("warnings") or [],
        error=problem_of(values, run) if not working else None,
    )


def count(stage: str, values: dict[str, Any]) -> tuple[int, int]:
    """Return how much of a stage is done, and of how much."""
    scenes = (values.get("draft") or {}).get("scenes") or []
    match stage:
        case "story_drafting":
            return sum(bool(scene["version"]) for scene in scenes), len(scenes)
        case "revision":
            return sum(scene["status"] == "approved" for scene in scenes), len(scenes)
        case "generation" | "completed":
            wanted = sum(len(made_from(values, kind)) for kind in KINDS)
            return sum(len(current_assets(values, kind)) for kind in KINDS), wanted
        case _:
            return 0, 0


def problem_of(values: dict[str, Any], run: RunRow | None) -> Problem | None:
    """Return what went wrong last, if nothing has been put right since."""
    if run and run.status == "error":
        return Problem(message=(run.error or {}).get("message") or "it failed")
    if run and run.status in ("interrupted", "timeout"):
        return Problem(message="it was stopped")
    problem = (values.get("stage") or {}).get("problem")
    return Problem(**problem) if problem else None


async def tell(
    engine: Engine, session_id: UUID, owner: str, after: int, is_open: Callable[[], Awaitable[bool]]
) -> AsyncIterator[Told]:
    """Yield what happens in a session after event `after`, for as long as the reader stays and it is open to them."""
    asked = time.monotonic()
    async for event in engine.stream(session_id, owner, after=after):
        if time.monotonic() - asked > ASKED_EVERY:
            if not await is_open():
                return
            asked = time.monotonic()
        for told in translate(event):
            yield told


def translate(event: Event) -> list[Told]:
    """Return what one logged event means to a reader; most mean nothing."""
    if event.event not in READ:
        return []
    data: Any = orjson.loads(event.data)
    match event.event:
        case "metadata":
            return [Told("run.started", data, event.seq)]
        case "custom":
            about = {key: value for key, value in data.items() if key != "event"}
            return [Told(data["event"], about, event.seq)]
        case "messages":
            chunk, about = data
            if "scene_id" in about and chunk["content"]:
                words = {key: about[key] for key in ("scene_id", "scene", "attempt")}
                return [Told("scene.delta", words | {"text": chunk["content"]}, event.seq)]
            return []
        case "error":
            return [Told("error", data, event.seq)]
        case _:
            asked = data.get("__interrupt__")
            return [Told("question", asked[0]["value"], event.seq)] if asked else []


READ = frozenset({"metadata", "custom", "messages", "updates", "error"})
