"""The process's heart: it keeps what the process holds, and notices what others lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import make_conninfo

from server.db.pool import KEEPALIVES, Pool
from server.runs import sql

EVERY = 0.5
LEASE = 3.0

logger = structlog.get_logger(__name__)


class Heart:
    """Beats twice a second on a connection of its own; `beaten` gets what each beat returned.

    The runs of a process whose heart was not heard for a lease are released, but only by one that has itself
    been connected for so long: while Postgres is away, nobody's lease ends.
    """

    def __init__(
        self,
        pool: Pool,
        engine: str,
        free_queues: Callable[[], list[str]],
        beaten: Callable[[dict[str, Any], float], Awaitable[None]],
    ) -> None:
        self.pool, self.engine = pool, engine
        self.free_queues, self.beaten = free_queues, beaten
        self._connected_since = 0.0
        self._last = 0.0

    @property
    def is_young(self) -> bool:
        """Whether the others may not know yet that this process listens (again)."""
        return time.monotonic() - self._connected_since < 2 * LEASE

    async def work(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await self._beat_on()
            except (OperationalError, TimeoutError) as error:
                logger.info("heart_disconnected", reason=str(error))
            except Exception:
                logger.exception("heart_failed")
            await asyncio.sleep(EVERY / 5)

    async def _beat_on(self) -> None:
        address = make_conninfo(str(self.pool.conninfo), **KEEPALIVES)
        async with await AsyncConnection.connect(address, autocommit=True) as conn:
            while True:
                started = time.monotonic()
                await self._beat(conn, started)
                await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - started)))

    async def _beat(self, conn: AsyncConnection[Any], started: float) -> None:
        async with asyncio.timeout(LEASE):
            beat = await sql.heartbeat(conn, self.engine, LEASE, self.free_queues())
        now = time.monotonic()
        if now - self._last > 3 * EVERY:
            self._connected_since = now
        self._last = now
        if (
            beat["lost"]
            and now - self._connected_since > LEASE
            and (lost := await sql.release_lost(conn, LEASE))
        ):
            logger.warning("runs_released", count=lost)
        await self.beaten(beat, started)
