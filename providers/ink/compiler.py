"""Compile Ink source, or take in compiled Ink, as a story with the agent prelude."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from providers.ink.document import PRELUDE_KNOTS
from providers.ink.errors import Problem, Severity, StoryInvalid, StoryStopped
from providers.ink.story import InkStory, read_story
from providers.ink.workers import COMPILING, Refused, WorkerDied

LONGEST_SOURCE = 400_000
COMPILE_SECONDS = 5.0
MOST_PROBLEMS = 50
MESSAGE = re.compile(r"^(?:ERROR|WARNING|TODO|RUNTIME ERROR): (?:'[^']*' )?(?:line (\d+): )?(.*)$", re.DOTALL)


@cache
def prelude() -> str:
    """Return the Ink that is appended to every story."""
    return Path(__file__).with_name("agent-prelude.ink").read_text()


def compile_story(source: str) -> InkStory:
    """Compile Ink source. Raises `StoryInvalid` with what inkjs and we found, by the author's own lines.

    A source that takes longer than `COMPILE_SECONDS` or too much memory raises `StoryStopped`.
    """
    source = check_source(source)
    try:
        found = COMPILING.ask({"do": "compile", "source": f"{source}\n{prelude()}"}, COMPILE_SECONDS)
    except WorkerDied as died:
        raise StoryStopped(f"Compiling the story {died.reason} and was stopped.") from None
    except Refused:
        raise StoryStopped("Compiling the story used too much memory and was stopped.") from None
    last = source.rstrip().count("\n") + 1
    problems = [*refused(found, last)] or [*messages(found["messages"], last)]
    if any(problem.severity == "error" for problem in problems) or not found["compiled"]:
        raise StoryInvalid(problems[:MOST_PROBLEMS] or "The story does not compile.")
    check_prelude_is_there(found, last)
    story = read_story(found["compiled"], [call for call in found["calls"] if within(call["line"], last)])
    return replace(story, warnings=tuple(problems[:MOST_PROBLEMS]))


def load_story(compiled: str) -> InkStory:
    """Take in compiled Ink JSON, which must hold the agent prelude and count all visits, else `StoryInvalid`."""
    return read_story(compiled)


def check_source(source: str) -> str:
    """Return the source with plain line ends, or raise `StoryInvalid` where it cannot be text."""
    if len(source) > LONGEST_SOURCE:
        raise StoryInvalid(f"The story is longer than {LONGEST_SOURCE:,} characters.")
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not source.strip():
        raise StoryInvalid("The story is empty.")
    bad = re.search("[\x00\ud800-\udfff]", source)
    if bad:
        line = source.count("\n", 0, bad.start()) + 1
        raise StoryInvalid([Problem("error", line, f"The character U+{ord(bad[0]):04X} is not allowed.")])
    return source


def refused(found: dict[str, Any], last: int) -> Iterator[Problem]:
    """Say which includes and names of the author are refused."""
    if found["include"]:
        name, line = found["include"]["name"], found["include"]["line"]
        yield Problem("error", line, f"INCLUDE {name} is refused: a story is one file; put the text here.")
    for named in found["names"]:
        if reserved(named["name"]) and within(named["line"], last):
            kind = named["kind"] if named["kind"].isupper() else named["kind"].lower()
            message = (
                f"The {kind} '{named['name']}' takes a name that belongs to the agent (agent, agent_..., "
            )
            yield Problem("error", named["line"], message + "ai_seed, SEED_AI); rename it.")
    for call in found["calls"]:
        for role, path in zip(("character", "target"), call["paths"], strict=False):
            if path in ("END", "DONE"):
                yield Problem(
                    "error", call["line"], f"The {role} of an agent call is {path}; it must be a knot."
                )


def reserved(name: str) -> bool:
    """Tell whether a name belongs to the prelude."""
    return name in (*PRELUDE_KNOTS, "ai_seed") or name.startswith("agent_")


def within(line: int | None, last: int) -> bool:
    """Tell whether a line is the author's, not the prelude's."""
    return line is not None and line <= last


def messages(raw: list[dict[str, str]], last: int) -> Iterator[Problem]:
    """Read inkjs's messages; what it found in the prelude comes from the end of the author's text."""
    for message in raw:
        match = MESSAGE.match(message["text"])
        line = int(match[1]) if match and match[1] else None
        text = (match[2] if match else message["text"]).strip() or "The Ink compiler failed on this story."
        if line is not None and line > last:
            line, text = last, re.sub(r"but saw .*", "but the story ends here", text)
        yield Problem(severity_of(message), line, text[:500])


def severity_of(message: dict[str, str]) -> Severity:
    """Return a message's severity as a literal."""
    known: dict[str, Severity] = {"note": "note", "warning": "warning"}
    return known.get(message["severity"], "error")


def check_prelude_is_there(found: dict[str, Any], last: int) -> None:
    """Refuse a source whose end swallowed the prelude: a comment opened with /* and never closed."""
    declared = {named["name"] for named in found["names"] if not within(named["line"], last)}
    if not declared.issuperset(PRELUDE_KNOTS):
        raise StoryInvalid([Problem("error", last, "A comment opened with /* is never closed.")])
