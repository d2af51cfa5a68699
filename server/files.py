"""The files of threads, sound, pictures and books: deleted from the object store once their thread is gone."""

import asyncio
from datetime import UTC, datetime

import structlog

from domain.errors import StoreFailed
from providers import objects
from providers.objects import Objects
from server.db import large_values
from server.db.creator_sessions import forget_deleted, postpone_deleted, take_deleted
from server.db.pool import Pool

# Each holds a folder for every thread, named by its id.
FOLDERS = ("creator", "stories", large_values.FOLDER)

logger = structlog.get_logger(__name__)


async def sweep_files(pool: Pool) -> int:
    """Delete the files of threads that were deleted, and return how many; what fails is tried again the next time."""
    store, began, deleted = await asyncio.to_thread(objects.get), datetime.now(UTC), 0
    while (found := await _sweep_next(pool, store, began)) is not None:
        deleted += found
    if deleted:
        logger.info("files_deleted", count=deleted)
    return deleted


async def _sweep_next(pool: Pool, store: Objects, before: datetime) -> int | None:
    """Delete the files of one thread and return how many; `None` when there are no more threads."""
    async with pool.connection() as conn, conn.transaction():
        thread_id = await take_deleted(conn, before)
        if thread_id is None:
            return None
        try:
            deleted = sum([await store.delete(f"{folder}/{thread_id}") for folder in FOLDERS])
        except StoreFailed as error:
            logger.warning("files_not_deleted", thread_id=str(thread_id), reason=str(error))
            await postpone_deleted(conn, thread_id)
            return 0
        await forget_deleted(conn, thread_id)
        return deleted
