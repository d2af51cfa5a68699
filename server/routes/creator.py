"""`/api/v1/story`: an illustrated audiobook, one choice at a time.

Every answer is `{success, message, data, error}`. What takes longer than two seconds is answered with 202 and the
session as it stands; `Location` says where its progress is.
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

import books
from domain.errors import AnswerRefused
from domain.manner import Language
from providers import objects, speech
from server.bindery import WAIT
from server.callers import ACaller
from server.creator_books import SessionMedia, book_of, narrator_of
from server.creator_progress import tell
from server.creator_service import Sessions, Standing
from server.creator_sessions import (
    ApproveScene,
    Comparison,
    EditParagraph,
    Envelope,
    InSession,
    Narrators,
    Progress,
    Restart,
    RestyleScene,
    RevertScene,
    RewriteScene,
    SceneVersions,
    SelectConcept,
    SelectFormat,
    SelectNarrator,
    SessionList,
    SessionView,
    StartSession,
    keys_of,
    read_session,
)
from server.errors import StageConflict, StageFailed
from server.links import links
from server.narrator_samples import find_sample, with_samples
from server.routes import sse
from server.routes.assets import stored

PREFIX = "/api/v1/story"
SAID = {
    "select": "Concept selected",
    "more_like_this": "More concepts like it",
    "start_over": "Started over",
    "approve": "Scene approved",
    "approve_all": "All scenes approved",
    "ai_rewrite": "Scene rewritten",
    "restyle": "Scene told in another manner",
    "manual_rewrite": "Scene polished",
    "edit_paragraph": "Paragraph edited",
    "revert": "Scene reverted",
    "select_format": "Format selected",
    "select_narrator": "Narrator selected",
}

router = APIRouter(prefix=PREFIX, tags=["creator"])


async def get_sessions(request: Request, caller: ACaller) -> Sessions:
    state = request.state
    return Sessions(state.pool, state.engine, state.settings, caller)


TheSessions = Annotated[Sessions, Depends(get_sessions)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
Answered = Envelope[SessionView]


@dataclass(frozen=True)
class Answers:
    """What a person answers in a session, and what they are told of it then."""

    sessions: TheSessions
    request: Request
    response: Response

    async def give(self, action: str, wanted: InSession) -> Answered:
        """Give the graph an answer, and say what came of it. Raises as `tell`."""
        try:
            standing = await self.sessions.answer(wanted.session_id, {"action": action} | wanted.answer())
        except AnswerRefused as error:
            if error.field != "voice_id":
                raise
            raise AnswerRefused("narrator_id", str(error)) from None
        return await self.tell(standing, SAID[action])

    async def tell(self, standing: Standing, message: str) -> Answered:
        """Say how a session stands: 202 while it works.

        Raises `StageFailed`, and `AnswerRefused` where the graph took no answer.
        """
        progress = standing.progress
        if progress.error and progress.error.field not in (None, "model"):
            raise AnswerRefused(str(progress.error.field), progress.error.message)
        if progress.error:
            raise StageFailed(progress.error.message)
        if standing.working:
            message = progress.message
            self.response.status_code = 202
            self.response.headers["Location"] = f"{PREFIX}/session/{standing.thread.thread_id}/progress"
            self.response.headers["Retry-After"] = "1"
        return Answered(message=message, data=await view(self.request, standing))


async def get_answers(sessions: TheSessions, request: Request, response: Response) -> Answers:
    return Answers(sessions, request, response)


TheAnswers = Annotated[Answers, Depends(get_answers)]


@router.post("/start")
async def start(wanted: StartSession, answers: TheAnswers, key: Key = None) -> Answered:
    """Begin with a prompt: three concepts are imagined. The same `Idempotency-Key` names the same session."""
    return await answers.tell(await answers.sessions.start(wanted, key), "Story started")


@router.post("/select-concept")
async def select_concept(wanted: SelectConcept, answers: TheAnswers) -> Answered:
    """Choose a concept, of the newest three or an earlier one, and have it drafted."""
    return await answers.give("select", wanted)


@router.post("/more-like-this")
async def more_like_this(wanted: SelectConcept, answers: TheAnswers) -> Answered:
    """Have three more concepts in the manner of one."""
    return await answers.give("more_like_this", wanted)


@router.post("/restart")
async def restart(wanted: Restart, answers: TheAnswers) -> Answered:
    """Begin again in the same session, with a new prompt."""
    return await answers.give("start_over", wanted)


@router.post("/approve-scene")
async def approve_scene(wanted: ApproveScene, answers: TheAnswers) -> Answered:
    """Let a scene stand, or all of them."""
    action = "approve" if wanted.scene_id else "approve_all"
    return await answers.give(action, wanted)


@router.post("/rewrite-scene")
async def rewrite_scene(wanted: RewriteScene, answers: TheAnswers) -> Answered:
    """Have a scene rewritten from feedback, or one's own text polished in its place."""
    return await answers.give(wanted.answer()["action"], wanted)


@router.post("/restyle-scene")
async def restyle_scene(wanted: RestyleScene, answers: TheAnswers) -> Answered:
    """Have a scene told in another manner; what happens in it stays, and the scene is reviewed again."""
    return await answers.give("restyle", wanted)


@router.post("/edit-paragraph")
async def edit_paragraph(wanted: EditParagraph, answers: TheAnswers) -> Answered:
    """Rewrite a paragraph of a scene, continue after it, or insert one before it; the scene is reviewed again."""
    return await answers.give("edit_paragraph", wanted)


@router.post("/revert-scene")
async def revert_scene(wanted: RevertScene, answers: TheAnswers) -> Answered:
    """Put an earlier version of a scene back, as a new version."""
    return await answers.give("revert", wanted)


@router.post("/select-format")
async def select_format(wanted: SelectFormat, answers: TheAnswers) -> Answered:
    """Choose sound, pictures or both, once all scenes are approved."""
    return await answers.give("select_format", wanted)


@router.post("/select-narrator")
async def select_narrator(wanted: SelectNarrator, answers: TheAnswers) -> Answered:
    """Choose who reads; then sound and pictures are made."""
    return await answers.give("select_narrator", wanted)


@router.post("/generate")
async def generate(wanted: InSession, answers: TheAnswers) -> Answered:
    """Make what could not be made, or go on where a session was stopped."""
    return await answers.tell(await answers.sessions.generate(wanted.session_id), "Generation")


@router.post("/cancel")
async def cancel(wanted: InSession, answers: TheAnswers) -> Answered:
    """Stop what is under way; what is finished is kept."""
    standing = await answers.sessions.cancel(wanted.session_id)
    return Answered(message="Stopped", data=await view(answers.request, standing))


@router.get("/session/{session_id}")
async def get_session(session_id: UUID, sessions: TheSessions, request: Request) -> Answered:
    """Return a session as it stands."""
    standing = await sessions.get(session_id)
    return Answered(message=standing.progress.message, data=await view(request, standing))


@router.delete("/session/{session_id}")
async def delete_session(session_id: UUID, sessions: TheSessions) -> Envelope[None]:
    """Delete a session with all it holds; its sound and pictures follow."""
    await sessions.delete(session_id)
    return Envelope[None](message="Session deleted")


@router.get("/session/{session_id}/progress", response_model=Envelope[Progress])
async def get_progress(
    session_id: UUID,
    sessions: TheSessions,
    accept: Annotated[str, Header()] = "",
    last_event_id: Annotated[int, Header(ge=-1)] = -1,
) -> Envelope[Progress] | Response:
    """Say how far a session is and what it asks; with `Accept: text/event-stream`, stream what happens in it."""
    standing = await sessions.get(session_id)
    progress = standing.progress
    if "text/event-stream" not in accept:
        return Envelope[Progress](message=progress.message, data=progress)
    is_open = partial(sessions.is_open, session_id)
    return sse.stream(tell(sessions.engine, session_id, standing.thread.owner, last_event_id, is_open))


@router.get("/session/{session_id}/scenes/{scene_id}/versions")
async def get_versions(session_id: UUID, scene_id: str, sessions: TheSessions) -> Envelope[SceneVersions]:
    """Return every text that a scene has or had."""
    found = await sessions.versions(session_id, scene_id)
    return Envelope[SceneVersions](message=f"{len(found.versions)} versions", data=found)


@router.get("/session/{session_id}/scenes/{scene_id}/compare")
async def compare(
    session_id: UUID,
    scene_id: str,
    sessions: TheSessions,
    first: Annotated[int, Query(ge=1)],
    second: Annotated[int, Query(ge=1)],
) -> Envelope[Comparison]:
    """Compare two versions of a scene, sentence by sentence."""
    found = await sessions.compare(session_id, scene_id, first, second)
    return Envelope[Comparison](message=f"Versions {first} and {second}", data=found)


@router.get(
    "/session/{session_id}/export",
    response_class=Response,
    responses={202: {"model": Envelope[None], "description": "It is being made: ask again."}},
)
async def export(
    session_id: UUID,
    sessions: TheSessions,
    request: Request,
    form: Annotated[str, Query(alias="format")] = "epub",
) -> Response:
    """Return the book: epub, pdf, md, md.zip, m4b or mp3.zip; 202 with `Retry-After` until it is made."""
    if f".{form}" not in books.FORMATS:
        raise AnswerRefused("format", f"there is no format {form!r}, there are {', '.join(books.FORMATS)}")
    standing = await sessions.get(session_id)
    book, media = (
        book_of(standing.thread, standing.values),
        SessionMedia(session_id, standing.values, objects.get()),
    )
    if books.FORMATS[f".{form}"].heard and not narrator_of(standing.values):
        raise StageConflict("The book has no sound.")
    key = await request.state.bindery.find(book, media, f".{form}")
    if key is None:
        told = Envelope[None](message="The book is being made")
        return JSONResponse(told.model_dump(), 202, {"Retry-After": str(round(WAIT))})
    return await stored(media.store, key, books.FORMATS[f".{form}"].media_type, f"book-{session_id}.{form}")


@router.get("/sessions")
async def list_sessions(
    sessions: TheSessions,
    user_id: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Envelope[SessionList]:
    """List the sessions open to the caller, or the caller's own made for one user, the newest first."""
    found = await sessions.list(user_id, limit + 1, offset)
    following = offset + limit if len(found) > limit else None
    data = SessionList(sessions=found[:limit], next=following)
    return Envelope[SessionList](message=f"{len(data.sessions)} sessions", data=data)


@router.get("/narrators")
async def get_narrators(
    caller: ACaller, request: Request, language: Annotated[Language | None, Query()] = None
) -> Envelope[Narrators]:
    """Return who can read, or who can in one language, each with a sample where there is one."""
    found = await with_samples(request, await speech.get().narrators(language or ""))
    return Envelope[Narrators](message=f"{len(found)} narrators", data=Narrators(narrators=found))


@router.get("/narrators/{voice_id}/sample", response_class=RedirectResponse, status_code=307)
async def get_sample(
    request: Request, voice_id: str, expires: int = 0, signature: str = ""
) -> RedirectResponse:
    """Lead to what a narrator sounds like; 403 without a link that is ours and still opens."""
    found = await find_sample(request, voice_id, expires, signature)
    if found is None:
        raise HTTPException(403, "this link is not valid, or no longer")
    return RedirectResponse(found)


async def view(request: Request, standing: Standing) -> SessionView:
    opened = await links(request, keys_of(standing.values))
    session = read_session(standing.thread, standing.values, opened)
    if session.selected_narrator:
        [session.selected_narrator] = await with_samples(request, [session.selected_narrator])
    return session
