"""The server: one FastAPI application over the engine."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, TypedDict

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from psycopg import AsyncConnection
from starlette.exceptions import HTTPException

import prompts
from books.coverage import FontMissing
from domain.errors import AnswerRefused, FabulaError, MediaFailed, RequestInvalid
from domain.version import VERSION
from providers.ink.errors import InkError, StoryInvalid
from providers.ink.workers import WorkerNotStarted
from server import errors, memory
from server.bindery import Bindery, open_bindery
from server.callers import Gate
from server.creator_sessions import Envelope, Problem
from server.db import credits
from server.db.checkpoints import store
from server.db.expiry import sweep_expired
from server.db.pool import Pool, connect
from server.db.secrets import get_secret
from server.files import sweep_files
from server.links import Signer, open_signer
from server.measured import MeasuredEngine, measure
from server.middleware import BodyLimit, RequestIds, refuse_nul
from server.periodic import now_and_then
from server.reader_tokens import SECRET, ReaderTokens
from server.reading_room import ReadingRoom
from server.retention import Retention
from server.routes import (
    PRODUCTS,
    agent,
    assets,
    creator,
    creator_sharing,
    gallery,
    health,
    ink,
    langgraph,
    player,
    shared,
    story_agent,
    story_sharing,
)
from server.routes import credits as credit_routes
from server.runs import errors as run_errors
from server.runs.engine import Engine
from server.runs.models import RunRow
from server.settings import Settings, get_settings
from server.story_media import ConsentNeeded
from server.webhooks import EVERY, Webhooks

EXPOSED = [
    "Content-Location",
    "ETag",
    "Location",
    "Retry-After",
    "X-Pagination-Total",
    "X-Pagination-Next",
    "X-Request-ID",
]
STATUS: dict[type[Exception], int] = {
    RequestInvalid: 400,
    InkError: 400,
    WorkerNotStarted: 503,
    errors.CallerUnknown: 401,
    errors.HostUnknown: 403,
    errors.CreditsShort: 402,
    ConsentNeeded: 403,
    errors.JobNotFound: 404,
    errors.StoryNotFound: 404,
    errors.SessionNotFound: 404,
    errors.JobConflict: 409,
    errors.SessionConflict: 409,
    errors.StorySessionNotFound: 404,
    errors.CollaboratorNotFound: 404,
    errors.AdminOnly: 403,
    errors.RoleTooLow: 403,
    errors.NobodyElse: 409,
    errors.NotFinished: 409,
    errors.NotShared: 404,
    errors.TakenDown: 409,
    errors.SharedNotFound: 404,
    errors.GalleryClosed: 404,
    errors.StageConflict: 409,
    errors.StageFailed: 502,
    AnswerRefused: 400,
    errors.SessionFailed: 503,
    errors.TooManyRequests: 429,
    MediaFailed: 502,
    FontMissing: 501,
    run_errors.ThreadNotFound: 404,
    run_errors.RunNotFound: 404,
    run_errors.UnknownGraph: 404,
    run_errors.RunFinished: 404,
    run_errors.RunNotFinished: 409,
    run_errors.ThreadBusy: 409,
    **langgraph.STATUS,
}

# In this order they are tried, and the LangGraph API's calls come thickest.
ROUTES = (
    health,
    langgraph,
    agent,
    credit_routes,
    story_agent,
    creator,
    creator_sharing,
    story_sharing,
    gallery,
    shared,
    ink,
    player,
    assets,
)

# In this order `/docs` has them.
TAGS = ["health", "credits", "stories", "creator", "gallery", "shared", "ink", "agent", "assets", "langgraph"]

logger = structlog.get_logger(__name__)


class State(TypedDict):
    """What every request can reach as `request.state`."""

    settings: Settings
    pool: Pool
    engine: Engine
    gate: Gate
    bindery: Bindery
    reader_tokens: ReaderTokens
    signer: Signer
    reading_room: ReadingRoom
    retention: Retention


def create_app(
    graphs: Mapping[str, Any], settings: Settings | None = None, retention: Retention | None = None
) -> FastAPI:
    """Make the application that serves these graphs, by name."""
    settings, kept = settings or get_settings(), retention or Retention()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(connect(min_size=4, max_size=settings.pool_size))
            for name in await prompts.install(store(pool)):
                logger.warning("prompt_edited", prompt=name, see="fabula prompts diff")
            await langgraph.install(pool, graphs)
            engine = await stack.enter_async_context(engine_of(pool, graphs, settings))
            webhooks = Webhooks(pool, engine, settings.webhook_pause)
            for name, every, work in (
                ("expiry", kept.every, partial(sweep_expired, pool)),
                ("webhooks", EVERY, webhooks.call_due),
                ("files", kept.every, partial(sweep_files, pool)),
                ("memory", memory.EVERY, memory.Thrift().give_back),
            ):
                await stack.enter_async_context(now_and_then(name, every, work))
            yield State(
                settings=settings,
                pool=pool,
                engine=engine,
                gate=Gate(pool, settings),
                bindery=await stack.enter_async_context(open_bindery()),
                reader_tokens=await reader_tokens(pool, settings),
                signer=await open_signer(pool),
                reading_room=ReadingRoom(pool, engine, settings.gallery),
                retention=kept,
            )

    app = FastAPIOffline(
        title="Fabula",
        version=VERSION,
        lifespan=lifespan,
        summary="A story server.",
        openapi_tags=[{"name": tag} for tag in TAGS],
        dependencies=[Depends(refuse_nul)],
    )
    app.add_middleware(BodyLimit, limit=settings.max_body)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
        allow_private_network=True,
    )
    app.add_middleware(RequestIds)
    app.add_exception_handler(FabulaError, answer_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(StoryInvalid, ink.answer_problems)
    app.add_exception_handler(errors.SharedNotFound, shared.answer_gone)
    for module in ROUTES:
        app.include_router(module.router)
    return app


async def reader_tokens(pool: Pool, settings: Settings) -> ReaderTokens:
    """Return what makes readers' tokens, with the secret of this installation."""
    async with pool.connection() as conn:
        return ReaderTokens(await get_secret(conn, SECRET), settings.reader_token_life)


def engine_of(pool: Pool, graphs: Mapping[str, Any], settings: Settings) -> Engine:
    """Return the engine of this process, not yet started."""
    return MeasuredEngine(
        pool,
        measure(graphs, settings.model_prices),
        slots=slots(settings),
        on_settle=[settle_credits],
        concerned=has_owner,
        run_timeout=settings.run_timeout,
    )


def slots(settings: Settings) -> dict[str, int]:
    """Return how many runs of each queue this process executes at once."""
    return {
        "story": settings.story_slots,
        "interactive": settings.interactive_slots,
        "creator": settings.creator_slots,
        "media": settings.media_slots,
        "default": settings.default_slots,
    }


def has_owner(run: RunRow) -> bool:
    """Whether something may be held for the run: without keys nothing is."""
    return bool(run.owner)


async def settle_credits(conn: AsyncConnection[Any], run: RunRow, status: str) -> None:
    """Charge what a run held when its story is finished, release it when it failed or was cancelled.

    A run that stops to ask a person keeps its hold: the answer's run takes it over.
    """
    if status != "success":
        await credits.settle(conn, run.run_id, charge=False)
    elif await credits.finished(conn, run.thread_id):
        await credits.settle(conn, run.run_id, charge=True)


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answer with the status that belongs to the error's class."""
    status = status_of(error)
    if status == 500:
        logger.error("request_failed", path=request.url.path, exc_info=error)
    headers = {"Retry-After": str(round(error.wait))} if isinstance(error, errors.TooManyRequests) else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return told(request, status, str(error), getattr(error, "field", None), headers)


def status_of(error: Exception) -> int:
    """Return the status of an error's class; an answer that names what there is not is not found."""
    if isinstance(error, AnswerRefused) and error.field in ("concept_id", "scene_id", "version"):
        return 404
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


async def answer_invalid(request: Request, error: Exception) -> JSONResponse:
    """Answer bad input with the field's name: 400 on our products, 422 on the LangGraph API."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path")) or "body"
    if first["type"] == "json_invalid":
        field = "body"
    product = request.url.path.startswith(PRODUCTS)
    detail = f"{field}: {first['msg'].removeprefix('Value error, ')}"
    return told(request, 400 if product else 422, detail, field)


async def answer_http(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses, such as an unknown path."""
    assert isinstance(error, HTTPException)
    return told(request, error.status_code, str(error.detail), None, dict(error.headers or {}))


def told(
    request: Request,
    status: int,
    detail: str,
    field: str | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Say what went wrong: in an envelope where answers are enveloped, else flat."""
    if request.url.path.startswith(f"{creator.PREFIX}/"):
        problem = Envelope[None](success=False, message=detail, error=Problem(message=detail, field=field))
        return JSONResponse(problem.model_dump(), status, headers)
    return JSONResponse({"detail": detail} | ({"field": field} if field else {}), status, headers)
