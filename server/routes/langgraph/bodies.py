"""Bodies that Postgres can hold: JSON without NULs, lone surrogates, numbers beyond any, or bottomless nesting."""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

DEEPEST = 200


class StrictRequest(Request):
    """A request whose JSON was parsed strictly."""

    _data: Any = None

    async def json(self) -> Any:
        return self._data

    async def parse(self) -> None:
        """Read the body. Raises `RequestValidationError`."""
        body = await self.body()
        if not body or "json" not in self.headers.get("content-type", ""):
            return
        self._data = load(body)


class StrictRoute(APIRoute):
    """A route that takes strict JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            parsed = StrictRequest(request.scope, request.receive)
            await parsed.parse()
            return await handle(parsed)

        return strict


def load(body: bytes) -> Any:
    """Return what the JSON says. Raises `RequestValidationError`."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid(f"Invalid JSON in request body: {error.msg}") from None
    if b"\\u0000" in body or body.count(b"[") + body.count(b"{") > DEEPEST:
        check(data)
    return data


def check(data: Any) -> None:
    """Raise when a string holds a NUL, or the data is nested too deeply."""
    level = [data]
    for _ in range(DEEPEST):
        if any(isinstance(each, str) and "\0" in each for each in level):
            raise invalid("a NUL character cannot be stored")
        level = [part for each in level for part in parts(each)]
        if not level:
            return
    raise invalid(f"it is nested more than {DEEPEST} levels deep")


def parts(data: Any) -> list[Any]:
    if isinstance(data, dict):
        return [*data, *data.values()]
    return data if isinstance(data, list) else []


def invalid(message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": ("body",), "msg": message}])
