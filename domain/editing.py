"""Changing a finished story: its paragraphs by number, what may be asked for, and the versions of its chapters.

Paragraphs are what stands between empty lines, counted from 1; a scene break is one of them.
"""

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from domain.chapter_check import failures
from domain.errors import EditRefused
from domain.manner import ProseStyle, StyleSample, style_of
from domain.rating import explicit_words
from domain.state import Json
from domain.story import Model, TextOrigin
from domain.text import count_words, fold, paragraphs

How = Literal["continue", "rewrite", "insert"]
VersionWhy = Literal["written", "continue", "rewrite", "insert", "restyle", "revert"]
MAX_INSTRUCTION, MAX_TEXT = 2_000, 10_000
MOST_CHAPTERS = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Order(Model):
    """What every further order says. Its texts are stripped, and hold no control characters."""

    @field_validator("*")
    @classmethod
    def text_is_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if "\0" in value:
            raise ValueError("it contains a NUL character")
        text = _CONTROL.sub("", value.replace("\r\n", "\n")).strip()
        if value and not text:
            raise ValueError("it is empty")
        return text


class ParagraphOrder(Order):
    """What to do at a paragraph: as an instruction says, or with a text of one's own, which stands as it is.

    Without either the model does as it thinks best.
    """

    paragraph: int = Field(ge=1, description="Counted from 1 between empty lines.")
    instruction: str = Field("", max_length=MAX_INSTRUCTION, description="What it is to say, or how.")
    text: str = Field("", max_length=MAX_TEXT, description="One's own words; they stand as they are.")

    @model_validator(mode="after")
    def one_of_them(self) -> Any:
        if self.instruction and self.text:
            raise ValueError("either an instruction or a text")
        return self


class EditParagraph(ParagraphOrder):
    """`rewrite` puts another paragraph in its place, `continue` one after it, `insert` one before it."""

    action: How
    chapter: int = Field(ge=1)


class RestyleChapter(Order):
    """Tell a chapter in another manner, as a style or a sample says, or as the story was asked for in."""

    action: Literal["restyle"]
    chapter: int = Field(ge=1)
    prose_style: ProseStyle = ""
    style_sample: StyleSample = ""


class RevertChapter(Order):
    """Put an earlier version of a chapter back, as a new version."""

    action: Literal["revert"]
    chapter: int = Field(ge=1)
    version: int = Field(ge=1)


class ExtendStory(Order):
    """Add a chapter; `premise` says what happens in it."""

    action: Literal["extend"]
    premise: str = Field("", max_length=MAX_INSTRUCTION, description="What happens in it.")


Known: TypeAlias = EditParagraph | RestyleChapter | RevertChapter | ExtendStory
AnyOrder: TypeAlias = Annotated[Known, Field(discriminator="action")]
ORDERS: TypeAdapter[Known] = TypeAdapter(AnyOrder)


class ChapterVersion(Model):
    """A text that a chapter has or had, with the summary and the facts that belong to it."""

    chapter: int
    version: int = Field(ge=1)
    text: str
    words: int
    summary: str = ""
    facts: list[Json] = Field(default_factory=list)
    why: VersionWhy
    by: Literal["model", "person"] = "model"
    paragraph: int = Field(0, description="The paragraph that was edited, as it was numbered before.")
    note: str = Field("", description="What was asked for.")
    warnings: list[str] = Field(default_factory=list)
    origin: TextOrigin | None = None


def read_order(state: Any, order: Any) -> Known:
    """Return what is asked of a finished story. Raises `EditRefused`, which names the field."""
    try:
        read = ORDERS.validate_python(order)
    except ValidationError as error:
        first = error.errors()[0]
        told = [str(part) for part in first["loc"][1:]] or ["action" if "tag" in first["type"] else "text"]
        raise EditRefused(".".join(told), first["msg"].removeprefix("Value error, ")) from None
    if not state.get("report"):
        raise EditRefused("action", "the story is not finished")
    check_order(state, read)
    return read


def check_order(state: Any, order: Known) -> None:
    """Raise `EditRefused` when the order names what there is not, or has what the story does not take."""
    chapters = state["chapters"]
    if isinstance(order, ExtendStory):
        if len(chapters) >= MOST_CHAPTERS:
            raise EditRefused("chapters", f"a story has at most {MOST_CHAPTERS} chapters")
        return
    if len(state["outline"]["chapters"]) > len(chapters):
        raise EditRefused("chapter", f"chapter {len(chapters) + 1} is not finished: retry, or extend anew")
    if order.chapter > len(chapters):
        raise EditRefused("chapter", f"there is no chapter {order.chapter}, there are {len(chapters)}")
    match order:
        case RevertChapter():
            check_revert(state, order)
        case RestyleChapter():
            if not any(style_of(order.model_dump(), state["request"])):
                raise EditRefused("prose_style", "say in which manner the chapter is to be told")
        case EditParagraph():
            check_paragraph(state, order)


def check_revert(state: Any, order: RevertChapter) -> None:
    count = len(versions_of(state, order.chapter))
    if order.version > count:
        raise EditRefused("version", f"chapter {order.chapter} has {count} versions")


def check_paragraph(state: Any, order: EditParagraph) -> None:
    count = len(paragraphs(state["chapters"][order.chapter - 1]["text"]))
    if order.paragraph > count:
        raise EditRefused("paragraph", f"chapter {order.chapter} has {count} paragraphs")
    if state["request"]["rating"] == "SFW" and explicit_words(order.text):
        raise EditRefused("text", "it is explicit, in a story rated SFW")


def parts_of(text: str, how: How, number: int) -> tuple[str, str, str]:
    """Return what stands before the new paragraph, the paragraph that is named, and what stands after the new one.

    Before, new paragraph and after make up the edited text.
    """
    start, end = spans(text)[number - 1]
    match how:
        case "rewrite":
            return text[:start], text[start:end], text[end:]
        case "continue":
            return f"{text[:end]}\n\n", text[start:end], text[end:]
        case "insert":
            return text[:start], text[start:end], f"\n\n{text[start:]}"


def spans(text: str) -> list[tuple[int, int]]:
    """Return where each paragraph begins and ends."""
    found, end = [], 0
    for part in paragraphs(text):
        start = text.index(part, end)
        end = start + len(part)
        found.append((start, end))
    return found


def room_for(how: How, paragraph: str) -> Json:
    """Return how many words a model's paragraph may have."""
    count = count_words(paragraph)
    if how == "rewrite":
        return {"min": max(1, count // 3), "max": max(120, 3 * count)}
    return {"min": 15, "max": 200}


def paragraph_failures(
    written: Json, text: str, how: How, number: int, rating: str, sample: str = ""
) -> list[str]:
    """Return why what a model wrote (`text`, `finish_reason`) cannot stand at a paragraph of a text.

    `sample`: what it must not copy from.
    """
    before, named, after = parts_of(text, how, number)
    found = failures(
        written, [{"text": f"{before}\n\n{after}"}], {"rating": rating, "style_sample": sample}, 0
    )
    if not found and how == "rewrite" and fold(written["text"]) == fold(named):
        found.append("it is the paragraph as it was")
    most, count = room_for(how, named)["max"], count_words(written["text"])
    if count > most:
        found.append(f"it is too long: {count} words, at most {most}")
    return found


def versions_of(state: Any, chapter: int) -> list[ChapterVersion]:
    """Return every version of a chapter, the first one first; the last one is the text as it stands."""
    kept = [one for one in state.get("versions") or [] if one["chapter"] == chapter]
    if kept:
        return [ChapterVersion.model_validate(one) for one in kept]
    written = state["chapters"][chapter - 1]
    told = {key: written[key] for key in ("text", "words", "summary", "origin")}
    return [ChapterVersion(chapter=chapter, version=1, why="written", facts=facts_of(state, chapter), **told)]


def new_versions(state: Any, version: ChapterVersion) -> list[Json]:
    """Return what is to be kept with a new version: the text that was written first goes before it."""
    versions = versions_of(state, version.chapter)
    first = versions if len(versions) == 1 else []
    return [one.model_dump() for one in [*first, version]]


def facts_of(state: Any, chapter: int) -> list[Json]:
    """Return the facts that a chapter established."""
    return [fact for fact in state.get("facts") or [] if fact["chapter"] == chapter]


def with_facts(state: Any, chapter: int, facts: list[Json]) -> list[Json]:
    """Return all facts, those of one chapter replaced."""
    others = [fact for fact in state.get("facts") or [] if fact["chapter"] != chapter]
    return sorted([*others, *facts], key=lambda fact: fact["chapter"])


def edited_before(state: Any, chapter: int) -> Json:
    """Return the update that carries over to a fork before a chapter what was edited in those before that one."""
    kept = [one for one in state.get("versions") or [] if one["chapter"] < chapter]
    if not kept:
        return {}
    return {
        "chapters": [one for one in state["chapters"] if one["number"] < chapter],
        "facts": {"__overwrite__": [one for one in state["facts"] if one["chapter"] < chapter]},
        "versions": {"__overwrite__": kept},
    }
