"""Wake-ups by procrastinate: a job says that a run may be claimed, the run's row decides."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import procrastinate
import structlog
from procrastinate.jobs import DeleteJobCondition
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from server.db.pool import KEEPALIVES, Pool

TASK = "claim_run"
DUE_WITHIN = 0.2
PAUSE = 0.5

logger = structlog.get_logger(__name__)


class Connector(procrastinate.PsycopgConnector):
    """Shares our pool; its own way to the connection that it listens on fails where the pool sets `autocommit`."""

    @contextlib.asynccontextmanager
    async def _get_standalone_connection(self) -> AsyncGenerator[AsyncConnection[Any]]:
        address = make_conninfo(str(self.pool.conninfo), **KEEPALIVES)
        async with await AsyncConnection.connect(address, autocommit=True) as conn:
            yield conn


class Queue:
    """The process's part in the job queue; `woken` is called with the run that a job names."""

    def __init__(self, pool: Pool, queues: Iterable[str], woken: Callable[[UUID], Awaitable[None]]) -> None:
        self.pool, self.queues = pool, list(queues)
        self.app = procrastinate.App(connector=Connector())

        @self.app.task(name=TASK)
        async def claim_run(run_id: str) -> None:
            await woken(UUID(run_id))

    async def work(self) -> None:
        """Take jobs until cancelled; begin anew when Postgres was away."""
        async with self.app.open_async(self.pool):
            while self.queues:
                try:
                    await self.app.run_worker_async(
                        queues=self.queues,
                        concurrency=4,
                        install_signal_handlers=False,
                        fetch_job_polling_interval=DUE_WITHIN,
                        abort_job_polling_interval=3600,
                        delete_jobs=DeleteJobCondition.ALWAYS,
                    )
                except Exception as error:
                    logger.info("queue_disconnected", reason=str(error))
                await asyncio.sleep(PAUSE)

    async def sweep(self) -> None:
        """Give the jobs of dead workers to others."""
        manager = self.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=30):
            await manager.retry_job(job)
