"""From a request for a run to a run of the engine."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel

from domain.context import Context
from domain.errors import FabulaError
from server.assistants import Assistant
from server.graphs import EVENTS
from server.products import PRODUCTS
from server.routes.langgraph.wire import Here, Json, RunBody
from server.runs.models import RunCreate, RunRow
from server.thread_states import opened

QUEUES = {product.graph_id: product.queue for product in PRODUCTS.values()}
OURS = ("thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map", "run_id", "graph_id", "assistant_id")
BOTH = "config.configurable and context cannot both be given: prefer context"


class RequestRefused(FabulaError):
    """The request contradicts itself."""


async def start(here: Here, body: RunBody, thread_id: UUID | None, *modes: str) -> RunRow:
    """Have the engine accept the run; without a thread, on one that is deleted after it.

    `modes` are streamed whether the caller asked or not.
    """
    assistant = await here.assistants.find(body.assistant_id)
    run = await create(here, body, assistant, thread_id or uuid4(), modes)
    if thread_id is None:
        run = replaced(run, temporary=body.on_completion != "keep")
    run = replaced(
        run,
        about={"graph_id": run.graph_id, "assistant_id": str(run.assistant_id)},
        make_thread=thread_id is None or body.if_not_exists == "create",
        ttl=here.retention.thread_minutes,
    )
    return await here.engine.accept(run, also=await here.also(body.webhook))


async def create(
    here: Here, body: RunBody, assistant: Assistant, thread_id: UUID, modes: tuple[str, ...]
) -> RunCreate:
    """Return the run that the request describes."""
    config = body.config.model_dump(exclude_none=True) if body.config else {}
    configurable = {
        key: value for key, value in (config.get("configurable") or {}).items() if key not in OURS
    }
    if configurable and body.context:
        raise RequestRefused(BOTH)
    config = {**assistant.config, **config, "configurable": configurable}
    asked = body.modes()
    if "events" in asked:
        config[EVENTS] = True
    wanted = assistant.context | (body.context or configurable)
    due = timedelta(seconds=body.after_seconds) if body.after_seconds else None
    return RunCreate(
        thread_id=thread_id,
        graph_id=assistant.graph_id,
        owner=here.owner,
        assistant_id=assistant.assistant_id,
        queue=QUEUES.get(assistant.graph_id, "default"),
        input=body.input,
        command=body.command.model_dump(exclude_unset=True) if body.command else None,
        config=config,
        context=await known(here, assistant.graph_id, wanted),
        metadata=metadata_of(body, assistant),
        checkpoint=checkpoint_of(body),
        interrupt_before=body.interrupt_before or None,
        interrupt_after=body.interrupt_after or None,
        stream_mode=list(dict.fromkeys([*asked, *modes])),
        stream_subgraphs=bool(body.stream_subgraphs),
        multitask_strategy=body.multitask_strategy or "enqueue",
        durability=durability_of(body),
        due_at=datetime.now(UTC) + due if due else None,
        on_disconnect=body.on_disconnect or "continue",
    )


def replaced(run: RunCreate, **changes: Any) -> RunCreate:
    return RunCreate(**{field.name: getattr(run, field.name) for field in fields(run)} | changes)


def metadata_of(body: RunBody, assistant: Assistant) -> Json:
    named = {"graph_id": assistant.graph_id, "assistant_id": str(assistant.assistant_id)}
    return {**assistant.metadata, **(body.metadata or {}), **named}


def checkpoint_of(body: RunBody) -> Json | None:
    """Return where to fork, however the request says so."""
    configurable = (body.config and body.config.configurable) or {}
    given = (body.checkpoint and body.checkpoint.named()) or {}
    checkpoint_id = given.get("checkpoint_id") or body.checkpoint_id or configurable.get("checkpoint_id")
    if not checkpoint_id:
        return None
    return {"checkpoint_ns": "", **given, "checkpoint_id": str(checkpoint_id)}


def durability_of(body: RunBody) -> Any:
    if body.durability:
        return body.durability
    return "exit" if body.checkpoint_during is False else "async"


async def known(here: Here, graph_id: str, context: Json) -> Json | None:
    """Return what the graph's context has fields for; callers send along what other graphs know."""
    async with opened(here.graphs[graph_id], {}) as graph:
        schema = graph.context_schema
    if schema is Context:
        context = context | {"nsfw": here.settings.nsfw, "moderation": "", "by": here.owner}
    return fitting(schema, context) or None


def fitting(schema: Any, context: Json) -> Json:
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return {key: value for key, value in context.items() if key in schema.model_fields}
    if is_dataclass(schema):
        names = {field.name for field in fields(schema)}
        return {key: value for key, value in context.items() if key in names}
    return context
