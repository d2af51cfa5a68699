"""The commands that keep a server: `serve`, `keys` and `credits`."""

import asyncio
import ipaddress
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from server.settings import get_settings

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def serve(host: str, port: int, config: Path | None = None) -> None:
    """Serve the graphs of a `langgraph.json` until stopped. Without keys only this machine may call."""
    import uvicorn

    from server.app import create_app
    from server.graphs import GraphUnusable, load

    settings = get_settings()
    if not local(host) and not settings.jwt_secret and not asyncio.run(keys_exist()):
        reason = (
            f"{host} can be reached from elsewhere, and there are no keys: make one with `fabula keys create`"
        )
        errors.print(Text(f"--host: {reason}", style="red"), soft_wrap=True)
        raise typer.Exit(2)
    try:
        graphs = load(config)
    except GraphUnusable as error:
        errors.print(Text(f"--config: {error}", style="red"), soft_wrap=True)
        raise typer.Exit(2) from None
    uvicorn.run(
        create_app(graphs, settings),
        host=host,
        port=port,
        log_config=None,
        timeout_graceful_shutdown=5,
    )


def local(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def keys_exist() -> bool:
    from server.db.keys import any_keys
    from server.db.pool import connect

    async with connect() as pool, pool.connection() as conn:
        return await any_keys(conn)
