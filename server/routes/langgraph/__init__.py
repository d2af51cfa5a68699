"""The LangGraph API: what its SDKs, `RemoteGraph`, `useStream` and Studio call."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from server.assistants import AssistantNotFound, AssistantUnknown
from server.db.assistants import install_assistants
from server.db.errors import ThreadExists
from server.db.pool import Pool
from server.graphs import GraphUnusable
from server.routes.langgraph import (
    assistants,
    commands,
    info,
    runs,
    state,
    store,
    thread_socket,
    thread_stream,
    threads,
)
from server.routes.langgraph.new_run import RequestRefused
from server.store_view import NamespaceForbidden
from server.thread_states import GraphNotAssigned, UpdateInvalid

STATUS: dict[type[Exception], int] = {
    AssistantNotFound: 404,
    AssistantUnknown: 422,
    GraphNotAssigned: 400,
    GraphUnusable: 422,
    NamespaceForbidden: 403,
    RequestRefused: 400,
    ThreadExists: 409,
    UpdateInvalid: 400,
}

router = APIRouter(tags=["langgraph"])
for part in (info, assistants, threads, state, runs, store, commands, thread_stream, thread_socket):
    router.include_router(part.router)


async def install(pool: Pool, graphs: Mapping[str, Any]) -> None:
    """Make the assistants of the graphs that this server has."""
    async with pool.connection() as conn:
        await install_assistants(
            conn, {name: getattr(graph, "description", None) for name, graph in graphs.items()}
        )
