"""News from the other processes, by LISTEN."""

import asyncio
from collections.abc import Callable

import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import make_conninfo

from server.db.pool import KEEPALIVES, Pool

CHANNEL = "fabula"
PAUSE = 0.2

logger = structlog.get_logger(__name__)


class Listener:
    """Hands each notification to `heard`; calls `connected` whenever it has (again) begun to hear."""

    def __init__(self, pool: Pool, heard: Callable[[str], None], connected: Callable[[], None]) -> None:
        self.pool, self.heard, self.connected = pool, heard, connected
        self.ready = asyncio.Event()

    async def work(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except OperationalError as error:
                logger.info("listener_disconnected", reason=str(error))
            except Exception:
                logger.exception("listener_failed")
            self.ready.clear()
            await asyncio.sleep(PAUSE)

    async def _listen(self) -> None:
        address = make_conninfo(str(self.pool.conninfo), **KEEPALIVES)
        async with await AsyncConnection.connect(address, autocommit=True) as conn:
            await conn.execute(f"LISTEN {CHANNEL}")
            self.ready.set()
            self.connected()
            async for notification in conn.notifies():
                self.heard(notification.payload)
