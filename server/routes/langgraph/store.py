"""`/store`: what a caller's graphs remember across threads."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, Field

from server.db.checkpoints import store
from server.routes.langgraph.bodies import StrictRoute
from server.routes.langgraph.wire import LONGEST_TTL, AHere, Here, Json, Limit, Offset, Text, answer
from server.store_view import OwnedStore

MILLISECOND = 1 / 60_000
COMPARISONS = {"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"}

router = APIRouter(prefix="/store", route_class=StrictRoute)


def label(text: str) -> str:
    if not text or "." in text:
        raise ValueError("a namespace's label is a text without periods, and not empty")
    return text


def named(namespace: list[str]) -> list[str]:
    if not namespace or namespace[0] == "langgraph":
        raise ValueError('a namespace has a label, and the first is not "langgraph"')
    return namespace


def labels(namespace: str) -> str:
    for each in namespace.split("."):
        label(each)
    return namespace


def comparing(filter: Json) -> Json:
    """Let values be compared with: an object holds comparisons, not a value."""
    for name, value in filter.items():
        if isinstance(value, dict) and not value.keys() <= COMPARISONS:
            raise ValueError(f"{name}: an object holds comparisons, {', '.join(sorted(COMPARISONS))}")
    return filter


def at_least_a_millisecond(minutes: float) -> float:
    """Return the time as one that Postgres can read: to it less than this is none."""
    return max(minutes, MILLISECOND)


Minutes = Annotated[float, Field(gt=0, le=LONGEST_TTL), AfterValidator(at_least_a_millisecond)]
Label = Annotated[Text, AfterValidator(label)]
Path = Annotated[list[Label], Field(max_length=50)]
Namespace = Annotated[Path, AfterValidator(named)]


class ItemPut(BaseModel):
    """An item to keep."""

    namespace: Namespace
    key: Text = Field(min_length=1)
    value: Json
    index: bool | list[str] | None = None
    ttl: Minutes | None = Field(None, description="For how many minutes it is kept.")


class ItemDelete(BaseModel):
    """An item to forget."""

    namespace: Namespace
    key: Text


class ItemSearch(BaseModel):
    """Which items are meant."""

    namespace_prefix: Path = []
    filter: Annotated[Json, AfterValidator(comparing)] | None = None
    limit: Limit = 10
    offset: Offset = 0
    query: Text | None = None
    refresh_ttl: bool | None = None


class NamespaceSearch(BaseModel):
    """Which namespaces are meant; `*` stands for any label."""

    prefix: Path | None = None
    suffix: Path | None = None
    max_depth: Annotated[int, Field(ge=1, le=100)] | None = None
    limit: Limit = 100
    offset: Offset = 0


def store_of(here: Here) -> OwnedStore:
    owned = OwnedStore(store(here.pool), here.owner, admin=here.caller.admin)
    owned.ttl_config = here.retention.items
    return owned


@router.put("/items")
async def put(body: ItemPut, here: AHere) -> Response:
    """Keep an item."""
    index: Any = body.index if isinstance(body.index, list) or body.index is False else None
    ttl: Any = {"ttl": body.ttl} if body.ttl else {}
    await store_of(here).aput(tuple(body.namespace), body.key, body.value, index=index, **ttl)
    return Response(status_code=204)


@router.get("/items")
async def get(
    here: AHere,
    key: Annotated[Text, Query()],
    namespace: Annotated[Text, AfterValidator(labels), Query()],
    refresh_ttl: bool | None = None,
) -> Response:
    """Return an item, `null` when there is none; the namespace's labels are joined by periods."""
    item = await store_of(here).aget(tuple(namespace.split(".")), key, refresh_ttl=refresh_ttl)
    return answer(item and item.dict())


@router.delete("/items")
async def delete(body: ItemDelete, here: AHere) -> Response:
    """Forget an item."""
    await store_of(here).adelete(tuple(body.namespace), body.key)
    return Response(status_code=204)


@router.post("/items/search")
async def search(body: ItemSearch, here: AHere) -> Response:
    """Find items below a namespace."""
    found = await store_of(here).asearch(
        tuple(body.namespace_prefix),
        query=body.query,
        filter=body.filter,
        limit=body.limit,
        offset=body.offset,
        refresh_ttl=body.refresh_ttl,
    )
    return answer({"items": [item.dict() for item in found]})


@router.post("/namespaces")
async def list_namespaces(body: NamespaceSearch, here: AHere) -> Response:
    """Find namespaces."""
    found = await store_of(here).alist_namespaces(
        prefix=tuple(body.prefix) if body.prefix else None,
        suffix=tuple(body.suffix) if body.suffix else None,
        max_depth=body.max_depth,
        limit=body.limit,
        offset=body.offset,
    )
    return answer({"namespaces": [list(each) for each in found]})
