"""Threads and items of the Store whose time is over are deleted, by one process for all."""

import structlog
from psycopg.rows import scalar_row

from server.db.pool import Pool

MOST = 500

logger = structlog.get_logger(__name__)


async def sweep_expired(pool: Pool) -> int:
    """Delete what has expired, unless another process just does; return how many threads were deleted."""
    deleted = MOST
    swept = 0
    while deleted == MOST:
        async with pool.connection() as conn, conn.cursor(row_factory=scalar_row) as cursor:
            deleted = await (await cursor.execute("SELECT sweep_expired(%s)", (MOST,))).fetchone() or 0
        swept += deleted
    if swept:
        logger.info("threads_expired", count=swept)
    return swept
