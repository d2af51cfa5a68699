"""The Store as one owner has it: what is kept below their name looks as if it were all there is."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from langgraph.store.base import (
    BaseStore,
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
)

from domain.errors import FabulaError

OWNERS = "owners"
# These belong to the server. Everybody may read the prompts; what the runs of others left is for runs and an admin.
PROMPTS = frozenset({"prompts"})
LEFT_BY_RUNS = frozenset({"grounding", "memo"})
SYSTEM = PROMPTS | LEFT_BY_RUNS


class NamespaceForbidden(FabulaError):
    """Only an admin may read or write there."""


class OwnedStore(BaseStore):
    """A view of a store: an owner's namespaces, and the system's. Without an owner it is the store itself.

    An admin reads and writes all of the system's; a run's nodes those that runs leave things in.
    """

    __slots__ = ("admin", "prefix", "run", "store", "ttl_config")
    supports_ttl = True

    def __init__(self, store: BaseStore, owner: str, *, admin: bool = False, run: bool = False) -> None:
        self.store, self.admin, self.run, self.ttl_config = store, admin, run, store.ttl_config
        # A label has no periods, and a star would stand for anybody.
        self.prefix = (OWNERS, quote(owner, safe="").replace(".", "%2E")) if owner else ()

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        return self._shown(self.store.batch([self._inner(op) for op in ops]))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        return self._shown(await self.store.abatch([self._inner(op) for op in ops]))

    def _within(self, namespace: tuple[str, ...]) -> tuple[str, ...]:
        if namespace[:1] and namespace[0] in LEFT_BY_RUNS and not (self.admin or self.run):
            raise NamespaceForbidden(f"{namespace[0]}: only an admin may read or write there")
        return namespace if namespace[:1] and namespace[0] in SYSTEM else (*self.prefix, *namespace)

    def _inner(self, op: Op) -> Op:
        match op:
            case GetOp():
                return op._replace(namespace=self._within(op.namespace))
            case PutOp():
                if op.namespace[0] in PROMPTS and not self.admin:
                    raise NamespaceForbidden(f"{op.namespace[0]}: only an admin may write there")
                return op._replace(namespace=self._within(op.namespace))
            case SearchOp():
                return op._replace(namespace_prefix=self._within(op.namespace_prefix))
            case ListNamespacesOp():
                return self._listed(op)
        raise TypeError(type(op).__name__)

    def _listed(self, op: ListNamespacesOp) -> ListNamespacesOp:
        if not self.prefix:
            return op
        given = list(op.match_conditions or ())
        within = [self._condition(each) for each in given]
        if not any(each.match_type == "prefix" for each in given):
            within.append(MatchCondition("prefix", self.prefix))
        depth = op.max_depth and op.max_depth + len(self.prefix)
        return op._replace(match_conditions=tuple(within), max_depth=depth)

    def _condition(self, given: MatchCondition) -> MatchCondition:
        if given.match_type != "prefix":
            return given
        return MatchCondition("prefix", self._within(given.path))

    def _shown(self, results: list[Result]) -> list[Result]:
        return [self._outer(result) for result in results]

    def _outer(self, result: Any) -> Any:
        if isinstance(result, Item):
            result.namespace = self._without(result.namespace)
        elif isinstance(result, list):
            return [
                self._outer(each) if isinstance(each, SearchItem) else self._without(each) for each in result
            ]
        return result

    def _without(self, namespace: tuple[str, ...]) -> tuple[str, ...]:
        prefix = self.prefix
        return namespace[len(prefix) :] if prefix and namespace[: len(prefix)] == prefix else namespace


__all__ = ["InvalidNamespaceError", "NamespaceForbidden", "OwnedStore"]
