"""The commands that keep a server: `serve`, `worker`, `keys` and `credits`."""

import asyncio
import contextlib
import ipaddress
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.errors import FabulaError
from server.db import credits, keys, sealing
from server.settings import get_settings

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def serve(host: str, port: int | None, config: Path | None) -> None:
    """Serve the graphs of a `langgraph.json` until stopped. Without keys only this machine may call."""
    import uvicorn

    from server import memory
    from server.app import create_app
    from server.graphs import CONFIG
    from server.retention import read

    settings, graphs = get_settings(), load_graphs(config)
    kept = read(config or CONFIG)
    host = host or settings.host
    # Asked for in any case: what keeps the database from being used is said here, in one line.
    keyed = run(keys.any_keys)
    if not local(host) and not settings.jwt_secret and not keyed:
        refuse(
            "--host",
            f"{host} can be reached from elsewhere, and there are no keys: `fabula keys create OWNER`",
        )
    port = settings.port if port is None else port
    check_port(host, port)
    log_to_stderr()
    console.print(f"Serving {', '.join(graphs)} at http://{host}:{port}; /docs has every route.")
    app = create_app(graphs, settings, kept)
    with memory.set_apart():
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=5,
            ws_max_size=settings.max_body,
        )


def check_port(host: str, port: int) -> None:
    """Leave with code 2 when nothing can be served there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        refuse("--port", f"{host}:{port} cannot be served at: {error.strerror}")


def worker(config: Path | None) -> None:
    """Execute runs until stopped; SIGTERM hands them on."""
    log_to_stderr()
    graphs = load_graphs(config)
    with contextlib.suppress(KeyboardInterrupt), told():
        asyncio.run(work(graphs))


async def work(graphs: Mapping[str, Any]) -> None:
    from prometheus_client import start_http_server

    from server import memory
    from server.app import engine_of
    from server.db.pool import connect
    from server.periodic import now_and_then

    settings, stopped = get_settings(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, settings.host)
    async with (
        connect(max_size=settings.pool_size) as pool,
        engine_of(pool, graphs, settings),
        now_and_then("memory", memory.EVERY, memory.Thrift().give_back),
    ):
        console.print("Waiting for runs.")
        with memory.set_apart():
            await stopped.wait()


def load_graphs(config: Path | None) -> Mapping[str, Any]:
    """Return the graphs by name, or leave with code 2 when one cannot be used."""
    from server.graphs import GraphUnusable, load
    from server.retention import RetentionInvalid

    try:
        return load(config)
    except (GraphUnusable, RetentionInvalid) as error:
        refuse("--config", str(error))


def create_key(owner: str, name: str, admin: bool) -> None:
    """Make a key and print it."""
    if not owner.strip():
        refuse("OWNER", "it is empty")
    console.print(run(lambda conn: keys.create_key(conn, owner, name=name, admin=admin)))


def create_encryption_key() -> None:
    """Make a key to encrypt the database with and print it."""
    console.print(sealing.new_key(), soft_wrap=True)


def list_keys() -> None:
    """Print every key's owner, name and times."""
    table = Table("owner", "name", "made", "revoked", "admin", box=None)
    for key in run(keys.list_keys):
        revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        table.add_row(
            key.owner, key.name, f"{key.created_at:%Y-%m-%d}", revoked, "admin" if key.admin else ""
        )
    console.print(table)


def revoke_keys(owner: str) -> None:
    """Revoke an owner's keys."""
    console.print(f"{run(lambda conn: keys.revoke_keys(conn, owner))} keys revoked")


def grant(owner: str, amount: int) -> None:
    """Grant credits and print the balance."""
    console.print(f"{owner} has {run(lambda conn: credits.grant(conn, owner, amount))} credits")


def refuse(option: str, problem: str) -> NoReturn:
    """Say in one line what is wrong with an option, and leave with code 2."""
    errors.print(Text(f"{option}: {problem}", style="red"), soft_wrap=True)
    raise typer.Exit(2)


def run(query: Callable[[Any], Awaitable[Any]]) -> Any:
    """Run one query on an up-to-date database."""
    from server.db.pool import connect

    async def once() -> Any:
        async with connect() as pool, pool.connection() as conn:
            return await query(conn)

    with told():
        return asyncio.run(once())


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Say in one line what an error of ours is, and leave with code 1."""
    try:
        yield
    except FabulaError as error:
        errors.print(Text(str(error), style="red"), soft_wrap=True)
        raise typer.Exit(1) from None


def local(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def log_to_stderr() -> None:
    """Write log lines as JSON, with the request's id, where they do not mix with what is printed."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
