"""Who reads a shared story is counted, and otherwise not known.

A reload within a minute is no second visit. To tell, this process keeps in memory for that minute a keyed hash of
address and browser, whose key it made at its start and has nowhere else; it is never stored or logged.
"""

import secrets
from hashlib import blake2b
from uuid import UUID

from fastapi import Request
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

ONCE = parse("1/minute")


class Visits:
    """Tells new visits from reloads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen = MovingWindowRateLimiter(MemoryStorage())

    async def is_new(self, share_id: UUID, request: Request) -> bool:
        """Say whether this is somebody who has not read the story in the last minute. A HEAD is no visit."""
        if request.method != "GET":
            return False
        address = request.client.host if request.client else ""
        who = f"{address}\n{request.headers.get('user-agent', '')}".encode()
        return await self._seen.hit(ONCE, str(share_id), blake2b(who, key=self._key).hexdigest())
