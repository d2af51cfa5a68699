"""What a compiled story holds: its knots and stitches, and its calls of `agent`."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from json import dumps
from typing import Any, Literal

from providers.ink.document import (
    PRELUDE_KNOTS,
    Document,
    flows_of,
    global_names,
    is_container,
    nodes,
    parse_story,
)
from providers.ink.errors import KnotNotFound, Problem, StoryInvalid

Ended = Literal["left", "done", "choices", "limit"]
# What marks a line of a character's knot that is for the AI only.
NOTE = "#context "


@dataclass(frozen=True)
class Knot:
    """A knot, its parameters in the order of its header, and its stitches with theirs."""

    name: str
    parameters: tuple[str, ...] = ()
    stitches: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class AgentCall:
    """A call of `agent`. A character or target that is no knot's name but worked out at run time is `None`."""

    character: str | None
    target: str | None
    form: str = "divert"
    line: int | None = None


@dataclass(frozen=True)
class InkStory:
    """A compiled story, fit to be run. `version` is the SHA-256 of `text`."""

    text: str = field(repr=False)
    version: str
    knots: dict[str, Knot]
    functions: frozenset[str]
    calls: tuple[AgentCall, ...]
    warnings: tuple[Problem, ...] = ()
    document: Document = field(repr=False, default_factory=dict, compare=False)

    @property
    def variables(self) -> list[str]:
        """Return the names of the global variables."""
        return global_names(self.document)

    def knot(self, name: str) -> Knot:
        """Return the knot of this name, or raise `KnotNotFound`."""
        if name not in self.knots:
            raise KnotNotFound(name)
        return self.knots[name]

    def inside(self, character: str) -> list[str]:
        """Return the knots and functions that a run of the character's knot may visit without leaving it.

        Tunnels and threads are part of the knot that calls them, unless they enter a target.
        """
        targets = {call.target for call in self.calls} | {"agent"}
        inside, waiting = set[str](), [character]
        while waiting:
            name = waiting.pop()
            if name in inside or name not in self.knots or (name in targets and name != character):
                continue
            inside.add(name)
            waiting += subroutines(self.document["root"][-1][name])
        return sorted(inside | self.functions)


def read_story(text: str, lines: list[dict[str, Any]] | None = None) -> InkStory:
    """Inspect compiled Ink; `lines` says where the compiler saw calls. Raises `StoryInvalid` with every problem."""
    document = parse_story(text)
    canonical = dumps(document, ensure_ascii=False, separators=(",", ":"))
    functions = frozenset(node["f()"] for node in nodes(document["root"]) if is_token(node, "f()"))
    story = InkStory(
        text=canonical,
        version=sha256(canonical.encode()).hexdigest(),
        knots={
            name: Knot(
                name, parameters(flow), {stitch: parameters(body) for stitch, body in flows_of(flow).items()}
            )
            for name, flow in flows_of(document["root"]).items()
            if name not in PRELUDE_KNOTS and name not in functions
        },
        functions=functions,
        calls=tuple(place(list(find_calls(document)), lines or [])),
        document=document,
    )
    problems = [problem for call in story.calls for problem in check_call(call, story)]
    problems += check_values(document)
    if problems:
        raise StoryInvalid(problems)
    return story


def is_token(node: Any, key: str) -> bool:
    """Tell whether a node is an instruction of a kind, such as `->`, with a name or path."""
    return isinstance(node, dict) and isinstance(node.get(key), str)


def parameters(flow: list[Any]) -> tuple[str, ...]:
    """Return a knot's parameters: it begins by taking them from the stack, the last one first."""
    names = []
    for item in flow:
        if not is_token(item, "temp="):
            break
        names.append(item["temp="])
    return tuple(reversed(names))


def subroutines(flow: list[Any]) -> Iterator[str]:
    """Return the knots that a knot enters as a tunnel or a thread."""
    for container in filter(is_container, nodes(flow)):
        for before, item in zip([None, *container], container, strict=False):
            if is_token(item, "->t->"):
                yield item["->t->"].split(".")[0]
            elif before == "thread" and is_token(item, "->"):
                yield item["->"].split(".")[0]


def find_calls(document: Document) -> Iterator[AgentCall]:
    """Find the calls of `agent`, which compile to `"ev", character, target, "/ev", {"->": "agent"}`."""
    named = document["root"][-1] or {}
    rest = {name: flow for name, flow in named.items() if name not in PRELUDE_KNOTS}
    for container in filter(is_container, nodes([*document["root"][:-1], rest])):
        for index, item in enumerate(container[:-1]):
            form = form_of(container, index, item)
            if form:
                arguments = arguments_before(container, index - (form == "thread"))
                yield AgentCall(*arguments, form=form)


def form_of(container: list[Any], index: int, item: Any) -> str:
    """Say how an instruction calls `agent`: by divert, tunnel or thread, or not at all."""
    if is_token(item, "->t->") and item["->t->"] == "agent":
        return "tunnel"
    if is_token(item, "->") and item["->"] == "agent":
        return "thread" if index and container[index - 1] == "thread" else "divert"
    return ""


def arguments_before(container: list[Any], index: int) -> tuple[str | None, str | None]:
    """Return the two divert targets that stand before an instruction."""
    given = container[max(index - 4, 0) : index]
    if len(given) == 4 and given[0] == "ev" and given[3] == "/ev":
        return target_of(given[1]), target_of(given[2])
    return None, None


def target_of(item: Any) -> str | None:
    """Return the path of a divert target written out in the story, or `None` for anything worked out."""
    return item["^->"] if is_token(item, "^->") else None


def place(calls: list[AgentCall], lines: list[dict[str, Any]]) -> Iterator[AgentCall]:
    """Give each call the line on which the compiler saw one like it."""
    unused = list(lines)
    for call in calls:
        seen = next((line for line in unused if alike(call, line["paths"])), None)
        if seen:
            unused.remove(seen)
        yield replace(call, line=seen["line"] if seen else None)


def alike(call: AgentCall, paths: list[str | None]) -> bool:
    """Compare a call with the paths as written: within its own knot a stitch goes by its short name."""
    if len(paths) != 2:
        return False
    pairs = zip((call.character, call.target), paths, strict=True)
    return all(path == written or (path or "").endswith(f".{written}") for path, written in pairs)


def check_call(call: AgentCall, story: InkStory) -> Iterator[Problem]:
    """Say what is wrong with a call of `agent`."""
    if call.form != "divert":
        yield Problem(
            "error", call.line, f"agent is called as a {call.form}; write ->agent(->character, ->target)."
        )
    for role, name in (("character", call.character), ("target", call.target)):
        fault = fault_of(role, name, story)
        if fault:
            yield Problem("error", call.line, fault)
    if call.character and call.character == call.target:
        yield Problem(
            "error", call.line, f"'{call.character}' is both character and target of this agent call."
        )


def fault_of(role: str, name: str | None, story: InkStory) -> str:
    """Say why a name cannot be a character or a target, or nothing."""
    if name is None:
        return f"The {role} of an agent call must be a knot written out, such as ->{role}."
    if name in story.functions:
        return f"The {role} '{name}' is a function, not a knot."
    if name not in story.knots:
        knot, _, stitch = name.partition(".")
        kind = "a stitch" if knot in story.knots and stitch in story.knots[knot].stitches else "no knot"
        return f"The {role} '{name}' is {kind}; agent takes the names of knots."
    if story.knots[name].parameters:
        wants = ", ".join(story.knots[name].parameters)
        return f"The {role} '{name}' has parameters ({wants}); agent gives none."
    return ""


def check_values(document: Document) -> Iterator[Problem]:
    """Refuse `-> agent` as a value: a call through a variable cannot be checked."""
    if any(is_token(node, "^->") and node["^->"] == "agent" for node in nodes(document["root"])):
        yield Problem("error", None, "'-> agent' is kept in a variable or passed on; call agent directly.")
