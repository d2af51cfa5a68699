"""`/ok` and `/info`: whether the server is there, and what it can do."""

from importlib.metadata import version

from fastapi import APIRouter, Response

from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.wire import answer

router = APIRouter(route_class=StrictRoute)
FLAGS = {"assistants": True, "crons": False, "langsmith": False}
HOST = {
    "kind": "self-hosted",
    "project_id": None,
    "host_revision_id": None,
    "revision_id": None,
    "tenant_id": None,
}


@router.get("/ok")
async def get_ok() -> Response:
    """Say that the server answers."""
    return answer({"ok": True})


@router.get("/info")
async def get_info() -> Response:
    """Say what this server is."""
    return answer(
        {
            "version": version("fabula"),
            "langgraph_py_version": version("langgraph"),
            "flags": FLAGS,
            "host": HOST,
        }
    )
