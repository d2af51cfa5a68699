"""The commands `edit` and `extend`: a finished story is changed, here or on a server."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from domain.editing import ORDERS, ChapterVersion
from domain.errors import EditRefused
from domain.text import changed, paragraphs
from server.terminal import CONTROL, WIDEST, Terminal
from server.write import check_out, console, refuse, run

PARAGRAPH = ("rewrite", "continue", "insert")


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line. `actions` has a text where one is done."""

    chapter: int | None
    paragraph: int | None
    actions: dict[str, str | None]
    verbatim: bool | None
    revert: int | None
    versions: bool

    def order(self) -> dict[str, Any]:
        """Return the order that the story's graph takes; empty when something is only to be seen."""
        given = [action for action in PARAGRAPH if self.actions[action] is not None]
        if self.revert:
            return {"action": "revert", "chapter": self.chapter, "version": self.revert}
        if not given:
            return {}
        verbatim = given[0] == "insert" if self.verbatim is None else self.verbatim
        said = "text" if verbatim else "instruction"
        return {
            "action": given[0],
            "chapter": self.chapter,
            "paragraph": self.paragraph,
            said: self.actions[given[0]],
        }


def edit(story: str, wanted: Wanted, out: Path | None, server: str) -> None:
    """Check everything that was given, then show or change a chapter."""
    asked = [action for action in PARAGRAPH if wanted.actions[action] is not None]
    asked += ["revert"] * bool(wanted.revert) + ["versions"] * wanted.versions
    if len(asked) > 1:
        refuse(f"--{asked[1]}", f"it cannot be done together with --{asked[0]}")
    if wanted.chapter is None:
        refuse("--chapter", "which one?")
    if asked and asked[0] in PARAGRAPH and wanted.paragraph is None:
        refuse("--paragraph", "which one? Without --" + asked[0] + " the chapter is shown with their numbers")
    order = wanted.order()
    check(order, out, server, story)
    run(show_or_change(story, wanted, order, out and out.absolute(), server))


def extend(story: str, premise: str, out: Path | None, server: str) -> None:
    """Check everything that was given, then add a chapter. One argument alone is a premise, unless it is an id."""
    if not premise and not is_id(story):
        story, premise = "", story
    order = {"action": "extend", "premise": premise}
    check(order, out, server, story)
    run(change(story, order, out and out.absolute(), server))


def check(order: dict[str, Any], out: Path | None, server: str, story: str) -> None:
    """Leave with code 2 when something that was given cannot be."""
    if out:
        check_out(out)
    if server and not story:
        refuse("STORY", "a server's story is named by the id of its job")
    if not order:
        return
    try:
        ORDERS.validate_python(order)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][-1]) if len(first["loc"]) > 1 else "text"
        refuse(argument_of(field, order), first["msg"].removeprefix("Value error, "))


def argument_of(field: str, order: dict[str, Any]) -> str:
    """Return the argument of the command line that a field of an order comes from."""
    names = {"premise": "PREMISE", "version": "--revert", "action": "STORY", "chapters": "STORY"}
    return names.get(field) or f"--{order['action'] if field in ('text', 'instruction') else field}"


def is_id(named: str) -> bool:
    try:
        return bool(UUID(named))
    except ValueError:
        return False


async def show_or_change(
    story: str, wanted: Wanted, order: dict[str, Any], out: Path | None, server: str
) -> None:
    """Do what was asked of a chapter; without an order show it, or list its texts."""
    if order:
        await change(story, order, out, server)
        return
    from server.finished import opened

    assert wanted.chapter
    async with opened(story, server) as found:
        chapters = await found.chapters()
        if wanted.chapter > len(chapters):
            refuse("--chapter", f"there is no chapter {wanted.chapter}, there are {len(chapters)}")
        if wanted.versions:
            show_versions(await found.versions(wanted.chapter))
        else:
            show_chapter(chapters[wanted.chapter - 1], wanted.paragraph)


async def change(story: str, order: dict[str, Any], out: Path | None, server: str) -> None:
    """Give the order, show what came of it, and write the books anew."""
    from server.finished import opened

    terminal = Terminal(console)
    async with opened(story, server) as found:
        before = {one["number"]: one["text"] for one in await found.chapters()}
        try:
            await found.change(order, terminal)
        except EditRefused as error:
            refuse(argument_of(error.field, order), str(error).removeprefix(f"{error.field}: "))
        finally:
            terminal.stop()
        after = (await found.chapters())[order.get("chapter", 0) - 1]
        if order["action"] != "extend":
            version = (await found.versions(after["number"]))[-1]
            show_change(changed(before[after["number"]], after["text"]), version)
        for file in await found.save(out):
            terminal.line(f"  {file}")


def clean(text: str) -> str:
    """Return a text without control characters."""
    return CONTROL.sub("", text)


def show_chapter(chapter: dict[str, Any], number: int | None) -> None:
    """Show a chapter's paragraphs with their numbers, or one of them."""
    parts = list(enumerate(paragraphs(chapter["text"]), 1))
    if number and number > len(parts):
        refuse("--paragraph", f"chapter {chapter['number']} has {len(parts)} paragraphs")
    console.print(Text(f"{chapter['number']}. {clean(chapter['title'])}", style="bold"))
    for place, part in parts:
        if number in (None, place):
            hung(f"{place:>3}  ", part)


def show_versions(versions: list[ChapterVersion]) -> None:
    """List the texts that a chapter had, and what set each apart from the one before."""
    for one in versions:
        stands = " (it stands)" if one is versions[-1] else ""
        where = f" {one.paragraph}" if one.paragraph else ""
        note = f": {clean(one.note)}" if one.note else ""
        console.print(
            Text(f"{one.version:>3}  {one.words:,} words, {one.why}{where}, by a {one.by}{note}{stands}")
        )


def show_change(lines: list[str], version: ChapterVersion) -> None:
    """Show which sentences went and which came, and what the reading for continuity found."""
    console.print()
    for line in lines:
        hung(line[:2], line[2:], {"-": "red", "+": "green"}.get(line[:1], "dim"))
    console.print()
    told = f"chapter {version.chapter}, version {version.version}: {version.words:,} words"
    console.print(Text(told, style="bold"))
    for warning in version.warnings:
        console.print(Text(f"  {clean(warning)}", style="yellow"), soft_wrap=True)


def hung(mark: str, text: str, style: str = "") -> None:
    """Print a text with a mark before its first line."""
    table = Table.grid(padding=0)
    table.add_column(width=len(mark))
    table.add_column()
    table.add_row(Text(mark, style=style), Text(clean(text), style=style))
    console.print(table, width=min(console.width, WIDEST))
