"""Compiled Ink as a document: read it, check its frame, find what is in it."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from providers.ink.errors import StoryInvalid

INK_VERSION = 21
LONGEST_COMPILED = 2_000_000
# bink reads no JSON that is nested more than 127 deep.
DEEPEST = 120
PRELUDE_KNOTS = ("agent", "agent_none", "SEED_AI")
PRELUDE_VARIABLES = ("ai_seed", "agent_character", "agent_target", "agent_outcome", "agent_turns")
VISITS_COUNTED = 1

Document = dict[str, Any]


def parse(text: str, error: type[Exception], what: str, longest: int) -> Document:
    """Read a JSON object, or raise `error`: no NaN, no lone surrogates, no nesting that bink cannot read."""
    if len(text) > longest:
        raise error(f"{what} is longer than {longest:,} characters.")
    try:
        document = json.loads(text.removeprefix("\ufeff"), parse_constant=refuse_constant)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise error(f"{what} is not JSON.") from None
    if not isinstance(document, dict):
        raise error(f"{what} is not a JSON object.")
    if too_deep(document):
        raise error(f"{what} is nested too deeply.")
    return document


def refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)


def too_deep(document: Any) -> bool:
    """Tell whether the document is nested more than `DEEPEST` deep."""
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            return True
        level = [child for node in level for child in children(node) if isinstance(child, list | dict)]
    return False


def children(node: Any) -> list[Any]:
    """Return what a JSON node holds."""
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def nodes(root: Any) -> Iterator[Any]:
    """Walk a JSON tree in the order of its text, without recursion."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def parse_story(text: str) -> Document:
    """Read compiled Ink and check that the runtime can take it, else raise `StoryInvalid`."""
    document = parse(text, StoryInvalid, "The compiled story", LONGEST_COMPILED)
    version = document.get("inkVersion")
    if not isinstance(version, int) or isinstance(version, bool):
        raise StoryInvalid("This is not a compiled Ink story: it has no inkVersion.")
    if version != INK_VERSION:
        raise StoryInvalid(f"The story is compiled to Ink version {version}; only {INK_VERSION} can be run.")
    if not is_container(document.get("root")) or not isinstance(document.get("listDefs", {}), dict):
        raise StoryInvalid("The compiled Ink story has no readable root.")
    check_prelude(document)
    check_visits(document)
    return document


def check_prelude(document: Document) -> None:
    """Refuse a story compiled without the agent prelude."""
    flows, variables = flows_of(document["root"]), global_names(document)
    missing = [name for name in PRELUDE_KNOTS if name not in flows]
    missing += [name for name in PRELUDE_VARIABLES if name not in variables]
    gate = [node for node in nodes(flows.get("agent")) if node in ("^agent", "#")]
    if missing or gate != ["#", "^agent"]:
        names = ", ".join(missing) or "the choice tagged #agent"
        raise StoryInvalid(f"The story was compiled without the agent prelude; it lacks {names}.")


def check_visits(document: Document) -> None:
    """Refuse a story that does not count its visits: leaving a knot could not be seen."""
    for name, flow in flows_of(document["root"]).items():
        if not flags(flow) & VISITS_COUNTED:
            raise StoryInvalid(f"'{name}' does not count its visits: compile with all visits counted (-c).")


def is_container(node: Any) -> bool:
    """Tell whether a node is an Ink container: a list that ends in its named content."""
    return isinstance(node, list) and bool(node) and (node[-1] is None or isinstance(node[-1], dict))


def flags(container: list[Any]) -> int:
    """Return a container's flags."""
    found = (container[-1] or {}).get("#f", 0)
    return found if isinstance(found, int) else 0


def flows_of(container: Any) -> dict[str, list[Any]]:
    """Return the knots of the root, or the stitches of a knot."""
    named = (container[-1] or {}) if is_container(container) else {}
    return {
        name: content
        for name, content in named.items()
        if is_container(content) and name != "global decl" and not name.startswith("#")
    }


def global_names(document: Document) -> list[str]:
    """Return the names of the global variables, in the order of their declaration."""
    named = document["root"][-1] or {}
    return [
        node["VAR="]
        for node in nodes(named.get("global decl", []))
        if isinstance(node, dict) and isinstance(node.get("VAR="), str)
    ]


class Paths:
    """The paths of a story, such as `keeper.0.c-0`. Names are looked up once a container, whatever is asked."""

    def __init__(self, document: Document) -> None:
        self._root = document["root"]
        self._named: dict[int, dict[str, Any]] = {}

    def __contains__(self, path: str) -> bool:
        node: Any = self._root
        for part in path.split(".") if path else []:
            node = self._step(node, part) if is_container(node) else None
            if node is None:
                return False
        return True

    def _step(self, container: list[Any], part: str) -> Any:
        if part.isascii() and part.isdigit() and len(part) < 10:
            return container[int(part)] if int(part) < len(container) - 1 else None
        if id(container) not in self._named:
            self._named[id(container)] = children_by_name(container)
        return self._named[id(container)].get(part)


def children_by_name(container: list[Any]) -> dict[str, Any]:
    """Return the children of a container that have names, be they set apart or in line."""
    inline = (item for item in container[:-1] if is_container(item) and item[-1])
    return {str(item[-1].get("#n")): item for item in inline} | (container[-1] or {})
