"""Whether the database answers."""

import asyncio

from psycopg import Error
from psycopg_pool import PoolTimeout

from server.db.pool import Pool

WITHIN = 2.0


async def ping(pool: Pool) -> bool:
    """Whether the database answers within two seconds."""
    try:
        async with asyncio.timeout(WITHIN), pool.connection(timeout=WITHIN) as conn:
            await conn.execute("SELECT 1")
    except (Error, PoolTimeout, TimeoutError):
        return False
    return True
