"""A way to Postgres that can be cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Proxy:
    """Passes connections on to a server's socket, until it is cut."""

    def __init__(self, address: str, folder: str) -> None:
        parts = conninfo_to_dict(address)
        port = parts.get("port", 5432)
        self.target = Path(str(parts["host"])) / f".s.PGSQL.{port}"
        self.path = Path(folder) / f".s.PGSQL.{port}"
        self.address = make_conninfo(**{**parts, "host": folder})
        self._links: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._link, self.path)

    def cut(self) -> None:
        """Break every connection, and take no more."""
        self._server.close()
        self.path.unlink(missing_ok=True)
        for link in self._links:
            link.cancel()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._links.add(task)
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(self.target)
            with contextlib.suppress(OSError, asyncio.CancelledError):
                ways = [pump(reader, server_writer), pump(server_reader, writer)]
                await asyncio.wait([asyncio.create_task(way) for way in ways], return_when="FIRST_COMPLETED")
            server_writer.close()
        finally:
            writer.close()
            self._links.discard(task)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def proxy_to(address: str) -> AsyncIterator[Proxy]:
    with TemporaryDirectory(prefix="fabula-proxy-") as folder:
        proxy = Proxy(address, folder)
        await proxy.open()
        yield proxy
        proxy.cut()
