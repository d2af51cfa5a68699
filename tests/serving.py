"""The application on a real socket in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import uvicorn
from fastapi import FastAPI

from server.app import create_app
from server.settings import Settings


@asynccontextmanager
async def serving(settings: Settings, **graphs: Any) -> AsyncIterator[str]:
    """Serve these graphs until left; yield the address."""
    app = application(settings.model_dump_json(), tuple(graphs.items()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=2))
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
            assert not task.done(), task.result()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@cache
def application(settings: str, graphs: tuple[tuple[str, Any], ...]) -> FastAPI:
    """Return the one that serves test after test: at its first request each makes all its routes, which takes long."""
    return create_app(dict(graphs), Settings.model_validate_json(settings))
