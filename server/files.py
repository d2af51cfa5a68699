"""The files of threads, sound, pictures and books: deleted from the object store once their thread is gone."""

import asyncio
from itertools import product

import structlog

from providers import objects
from server.db import large_values
from server.db.creator_sessions import take_deleted
from server.db.pool import Pool

# Each holds a folder for every thread, named by its id.
FOLDERS = ("creator", "stories", large_values.FOLDER)
MOST = 50

logger = structlog.get_logger(__name__)


async def sweep_files(pool: Pool) -> int:
    """Delete the files of threads that were deleted, and return how many; what fails is tried again later."""
    store, deleted, taken = await asyncio.to_thread(objects.get), 0, MOST
    while taken == MOST:
        async with pool.connection() as conn, conn.transaction():
            threads = await take_deleted(conn, MOST)
            for folder, thread_id in product(FOLDERS, threads):
                deleted += await store.delete(f"{folder}/{thread_id}")
        taken = len(threads)
    if deleted:
        logger.info("files_deleted", count=deleted)
    return deleted
