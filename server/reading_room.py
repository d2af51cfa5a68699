"""Shared stories as strangers reach them: by a link's token, or by their id in the gallery."""

from collections import OrderedDict
from datetime import datetime
from uuid import UUID

from fastapi import Request

from server.db import shares
from server.db.pool import Pool
from server.db.shares import ShareRow
from server.db.threads import get_thread
from server.errors import GalleryClosed, SharedNotFound
from server.runs.engine import Engine
from server.shared_books import Finished, read_shared
from server.visits import Visits

REMEMBERED = 32


class ReadingRoom:
    """Finds shared stories, remembers those that were read last, and counts their readers."""

    def __init__(self, pool: Pool, engine: Engine, gallery: bool) -> None:
        self.pool, self.engine, self.gallery = pool, engine, gallery
        self._visits = Visits()
        self._known: OrderedDict[tuple[UUID, datetime], Finished] = OrderedDict()

    async def open(self, token: str) -> ShareRow:
        """Return what a link opens. Raises `SharedNotFound`."""
        async with self.pool.connection() as conn:
            found = await shares.open_share(conn, token)
        if found is None:
            raise SharedNotFound
        return found

    async def open_listed(self, share_id: UUID) -> ShareRow:
        """Return a story of the gallery. Raises `SharedNotFound`, and `GalleryClosed`."""
        self.check_gallery()
        async with self.pool.connection() as conn:
            found = await shares.open_listed(conn, share_id)
        if found is None:
            raise SharedNotFound
        return found

    def check_gallery(self) -> None:
        """Raise `GalleryClosed` where there is none."""
        if not self.gallery:
            raise GalleryClosed

    async def read(self, share: ShareRow) -> Finished:
        """Return what is shared. Raises `SharedNotFound`."""
        named = share.share_id, share.updated_at
        if named not in self._known:
            async with self.pool.connection() as conn:
                thread = await get_thread(conn, share.thread_id, share.owner)
            if thread is None:
                raise SharedNotFound
            self._known[named] = await read_shared(self.pool, self.engine, share, thread)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(named)
        return self._known[named]

    async def count(self, share: ShareRow, request: Request) -> None:
        """Count a visit, but for a HEAD and for a reload within a minute."""
        if await self._visits.is_new(share.share_id, request):
            async with self.pool.connection() as conn:
                await shares.count_view(conn, share.share_id)
