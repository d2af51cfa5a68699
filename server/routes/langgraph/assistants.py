"""`/assistants`: the graphs as clients see them. A graph's name may stand for its assistant's id."""

import warnings
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter

from server.db.assistants import count_assistants, search_assistants
from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.wire import (
    AHere,
    AssistantCount,
    AssistantSearch,
    Here,
    Json,
    answer,
    assistant_json,
    page,
)
from server.thread_states import opened

router = APIRouter(prefix="/assistants", route_class=StrictRoute)
SWITCH: TypeAdapter[bool] = TypeAdapter(bool)


@router.post("/search")
async def search(body: AssistantSearch, here: AHere) -> Response:
    """Find assistants."""
    found = here.assistants.filter(**body.model_dump(include={"graph_id", "name", "metadata"}))
    async with here.pool.connection() as conn:
        total = await count_assistants(conn, found)
        rows = await search_assistants(
            conn,
            found,
            limit=body.limit,
            offset=body.offset,
            sort_by=body.sort_by or "created_at",
            descending=body.sort_order != "asc",
        )
    return page([assistant_json(row) for row in rows], total, body.offset, body.select)


@router.post("/count")
async def count(body: AssistantCount, here: AHere) -> Response:
    """Count assistants."""
    async with here.pool.connection() as conn:
        return answer(await count_assistants(conn, here.assistants.filter(**body.model_dump())))


@router.get("/{assistant_id}")
async def get(assistant_id: str, here: AHere) -> Response:
    """Return an assistant."""
    return answer(assistant_json(await here.assistants.get(assistant_id)))


@router.get("/{assistant_id}/graph")
async def draw(assistant_id: str, here: AHere, xray: Annotated[str, Query()] = "false") -> Response:
    """Return the graph's nodes and edges; `xray` draws subgraphs too, all or to a depth."""
    async with opened(await source(here, assistant_id), {}) as graph:
        drawn = (await graph.aget_graph(xray=depth(xray))).to_json()
    return answer({**drawn, "nodes": [node_json(node) for node in drawn["nodes"]]})


@router.get("/{assistant_id}/schemas")
async def get_schemas(assistant_id: str, here: AHere) -> Response:
    """Return the JSON schemas of the graph's input, output, state, config and context."""
    assistant = await here.assistants.find(assistant_id)
    async with opened(here.graphs[assistant.graph_id], {}) as graph:
        return answer({"graph_id": assistant.graph_id, **schemas(graph)})


@router.get("/{assistant_id}/subgraphs")
@router.get("/{assistant_id}/subgraphs/{namespace}")
async def get_subgraphs(
    assistant_id: str, here: AHere, namespace: str | None = None, recurse: bool = False
) -> Response:
    """Return the schemas of the graph's subgraphs, by namespace."""
    async with opened(await source(here, assistant_id), {}) as graph:
        found = graph.aget_subgraphs(namespace=namespace, recurse=recurse)
        return answer({name: schemas(inner) async for name, inner in found})


async def source(here: Here, assistant_id: str) -> Any:
    return here.graphs[(await here.assistants.find(assistant_id)).graph_id]


def depth(xray: str) -> bool | int:
    """Return what `xray` asks for. Raises `RequestValidationError`."""
    if xray.isdecimal() and len(xray) < 4 and int(xray) > 1:
        return int(xray)
    try:
        return SWITCH.validate_python(xray)
    except ValueError:
        message = "xray is true, false or a depth"
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("query", "xray"), "msg": message}]
        ) from None


def node_json(node: Json) -> Json:
    """Return a node whose data is its name, as clients expect it."""
    data = node.get("data")
    named = isinstance(data, dict) and "name" in data
    return {**node, "data": {"name": data["name"]}} if named and data else node


def schemas(graph: Any) -> Json:
    """Return a graph's schemas; one that has no JSON form is empty."""
    context = schema(graph.get_context_jsonschema)
    return {
        "input_schema": schema(graph.get_input_jsonschema),
        "output_schema": schema(graph.get_output_jsonschema),
        "state_schema": schema(lambda: state_schema(graph)),
        "config_schema": context or {},
        "context_schema": context,
    }


def schema(make: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make()
        except Exception:
            return None


def state_schema(graph: Any) -> Any:
    """Return the schema of all the channels that a state shows."""
    from langchain_core.utils.pydantic import create_model_v2

    fields = {
        name: (graph.channels[name].UpdateType, None)
        for name in graph.stream_channels_list
        if name in graph.channels
    }
    return create_model_v2(f"{graph.get_name()}_state", field_definitions=fields).model_json_schema()
