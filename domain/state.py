"""The states of the graphs. JSON-shaped; text lives in lists and dicts, since a bare `str` channel is written into
every checkpoint row."""

from collections.abc import Sequence
from typing import Annotated, Any, NotRequired

from langgraph.channels.delta import DeltaChannel
from langgraph.channels.ephemeral_value import EphemeralValue
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from domain.story import StoryInput

Json = dict[str, Any]


def merge_chapters(chapters: list[Json], writes: Sequence[list[Json]]) -> list[Json]:
    """Put written chapters in order of their number; a later text of the same chapter takes its place."""
    by_number = {chapter["number"]: chapter for chapter in chapters}
    for written in writes:
        by_number |= {chapter["number"]: chapter for chapter in written}
    return [by_number[number] for number in sorted(by_number)]


def extend(items: list[Json], writes: Sequence[list[Json]]) -> list[Json]:
    """Append what is written."""
    return [*items, *(item for written in writes for item in written)]


def add_counts(counts: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    """Add up counts by key."""
    return counts | {key: counts.get(key, 0) + count for key, count in more.items()}


class StoryGraphInput(TypedDict):
    """What the story graph is called with: a request for a story; or, once that is told, an order to change it.

    `order` is one of `domain.editing.ORDERS`; it is there for the first node of its run alone.
    """

    request: Annotated[Json, WithJsonSchema(StoryInput.model_json_schema())]
    order: NotRequired[Annotated[Json, EphemeralValue]]


class StoryState(StoryGraphInput, total=False):
    """The state of a story.

    `planning`: how the outline stands (problems, repairs, approved). `draft`: the chapter under way, until it is
    settled; `check`: what code found wrong with it, and the verdict (retry, edit, settle). `feedback`: `{chapter,
    text}`, what a reader wants done differently in a chapter that is written again. `edit`: the chapter version that
    a paragraph's edit has made, until it is settled. `chapters`, `facts` and `versions` (the texts that edited
    chapters have and had, none is ever removed) are stored as deltas, so that a thread grows linearly with them.
    `audits`: a chapter's number, or `polish`, to verified, unavailable or skipped. `calls` counts model calls by
    run, `usage` tokens by kind.
    """

    outline: Json
    planning: Json
    draft: Json
    check: Json
    feedback: Json
    edit: Json
    chapters: Annotated[list[Json], DeltaChannel(merge_chapters)]
    facts: Annotated[list[Json], DeltaChannel(extend)]
    versions: Annotated[list[Json], DeltaChannel(extend)]
    audits: dict[str, str]
    synopsis: Json
    report: Json
    calls: Annotated[dict[str, int], add_counts]
    usage: Annotated[dict[str, int], add_counts]


class StoryGraphOutput(TypedDict, total=False):
    """What the story graph answers with."""

    outline: Json
    chapters: list[Json]
    facts: list[Json]
    audits: dict[str, str]
    synopsis: Json
    report: Json
    usage: dict[str, int]
