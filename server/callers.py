"""Who calls: an API key or a JWT names the owner. Without any keys everybody on this machine is one owner."""

import ipaddress
import time
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import jwt
from fastapi import Depends
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from server.db.keys import any_keys, find_key
from server.errors import CallerUnknown, HostUnknown, TooManyRequests
from server.reader_tokens import PREFIX as READER
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request. `keyed` is false where no keys are in force: nothing is charged then."""

    owner: str
    admin: bool = False
    keyed: bool = True

    def id_of(self, key: str) -> UUID:
        """Return the id of what this caller begins under an idempotency key."""
        return uuid5(NAMESPACE_URL, f"fabula:{self.owner}:{key}")


class Gate:
    """Recognises callers and counts their requests; the counts are this process's own."""

    def __init__(self, pool: Any, settings: Settings) -> None:
        self.pool, self.settings = pool, settings
        self.rate = parse(settings.rate)
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    async def admit(self, request: HTTPConnection) -> Caller:
        """Return the caller. Raises `CallerUnknown`, `HostUnknown` or `TooManyRequests`."""
        caller = await self.recognise(token_of(request))
        if not caller.keyed:
            check_host(request.url.hostname or "")
        await self.count_call(request, caller)
        return caller

    async def count_call(self, request: HTTPConnection, caller: Caller) -> None:
        """Count something that the caller asks for. Raises `TooManyRequests`."""
        await self.count(caller.owner or (request.client.host if request.client else ""))

    async def count(self, *names: str) -> None:
        """Count a request of these names. Raises `TooManyRequests`."""
        if not await self.limiter.hit(self.rate, *names):
            window = await self.limiter.get_window_stats(self.rate, *names)
            raise TooManyRequests(max(1.0, window.reset_time - time.time()))

    async def recognise(self, token: str) -> Caller:
        if token.startswith(READER):
            raise CallerUnknown("A reader's token opens its own conversation and nothing else.")
        if token and (owner := self._owner_of_jwt(token)):
            return Caller(owner)
        async with self.pool.connection() as conn:
            if token and (key := await find_key(conn, token)):
                return Caller(key.owner, key.admin)
            if self.settings.jwt_secret or await any_keys(conn):
                raise CallerUnknown
        return Caller("", admin=True, keyed=False)

    def _owner_of_jwt(self, token: str) -> str:
        if not self.settings.jwt_secret or token.count(".") != 2:
            return ""
        try:
            claims = jwt.decode(
                token, self.settings.jwt_secret, algorithms=["HS256"], options={"require": ["sub", "exp"]}
            )
        except jwt.InvalidTokenError:
            raise CallerUnknown from None
        return str(claims["sub"])


def token_of(request: HTTPConnection) -> str:
    """Return the key or token that came with a request."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("x-api-key", "").strip()


def check_host(name: str) -> None:
    """Raise `HostUnknown` for a name that is not this machine's own.

    Without keys all depends on who can connect. A page's owner can have the page's name lead to this machine, and its
    script then calls us in that name (DNS rebinding).
    """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if name != "localhost" and not name.endswith(".localhost"):
            raise HostUnknown(name) from None


async def get_caller(request: HTTPConnection) -> Caller:
    caller: Caller = await request.state.gate.admit(request)
    return caller


ACaller = Annotated[Caller, Depends(get_caller)]
