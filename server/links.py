"""Links that open one object for a while: the server's own for a local folder, the store's for S3."""

import hmac
import time
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote

from fastapi import Request

from providers import objects
from providers.objects import WEEK
from server.db.pool import Pool
from server.db.secrets import get_secret

SECRET = "links"  # noqa: S105


class Signer:
    """Signs links and knows its own. `clock` gives seconds since 1970."""

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self.secret, self.clock = secret, clock

    def sign(self, key: str, seconds: int = WEEK) -> str:
        """Return the path and query that open an object for so long."""
        return f"/assets/{quote(key)}?{self.query(key, seconds)}"

    def query(self, key: str, seconds: int = WEEK) -> str:
        """Return the query by which a link is known to be ours."""
        expires = int(self.clock()) + seconds
        return f"expires={expires}&signature={self.signature(key, expires)}"

    def accepts(self, key: str, expires: int, signature: str) -> bool:
        """Say whether a link is ours and still opens."""
        own = hmac.compare_digest(self.signature(key, expires).encode(), signature.encode())
        return own and self.clock() <= expires

    def signature(self, key: str, expires: int) -> str:
        return hmac.new(self.secret, f"{expires}\n{key}".encode(), sha256).hexdigest()


async def open_signer(pool: Pool) -> Signer:
    """Return what signs the links of this installation, in all of its processes alike."""
    async with pool.connection() as conn:
        return Signer(await get_secret(conn, SECRET))


async def link(request: Request, key: str, seconds: int = WEEK) -> str:
    """Return a link to an object that opens it for so long."""
    return (await links(request, [key], seconds))[key]


async def links(request: Request, keys: list[str], seconds: int = WEEK) -> dict[str, str]:
    """Return links to objects, by key."""
    store = objects.get()
    if store.signs:
        return {key: await store.sign(key, seconds) for key in keys}
    signer: Signer = request.state.signer
    root = str(request.base_url).rstrip("/")
    return {key: root + signer.sign(key, seconds) for key in keys}
