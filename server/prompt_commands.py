"""The commands on prompts: list, show, diff, edit, reset."""

import asyncio
import difflib
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import prompts
from server.db.checkpoints import store
from server.db.pool import connect

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def list_all() -> None:
    """Print every prompt with its version, and whether it was edited."""
    table = Table("prompt", "version", "hash", "", "description", box=None)
    for name, text in asyncio.run(in_force()).items():
        prompt = prompts.parse(name, text)
        edited = "" if text == prompts.SHIPPED.get(name) else "edited"
        table.add_row(name, str(prompt.front.version), prompt.hash, edited, prompt.front.description)
    console.print(table)


def show(name: str) -> None:
    """Print the text in force."""
    console.print(Text(asyncio.run(in_force())[known(name)]), soft_wrap=True)


def diff() -> None:
    """Print a unified diff from the shipped texts to those in force."""
    for name, text in asyncio.run(in_force()).items():
        old = prompts.SHIPPED[name].splitlines(keepends=True)
        lines = difflib.unified_diff(
            old, text.splitlines(keepends=True), f"shipped/{name}", f"in force/{name}"
        )
        console.print(Text("".join(lines)), soft_wrap=True, end="")


def edit(name: str, text: str) -> None:
    """Put a text into the Store once it is found sound."""
    try:
        prompts.parse(known(name), text)
    except prompts.PromptInvalid as error:
        errors.print(Text(str(error), style="red"), soft_wrap=True)
        raise typer.Exit(2) from None
    asyncio.run(put(name, text))


def reset(name: str) -> None:
    """Put the shipped text back into the Store."""
    asyncio.run(put(known(name), prompts.SHIPPED[name]))


def known(name: str) -> str:
    """Return the name, or say that no prompt has it and leave with code 2."""
    if name not in prompts.SHIPPED:
        errors.print(
            Text(f"there is no prompt {name!r}; there are {', '.join(prompts.SHIPPED)}", style="red")
        )
        raise typer.Exit(2)
    return name


async def in_force() -> dict[str, str]:
    """Return the texts in force, by name."""
    async with connect() as pool:
        found: dict[str, Any] = {
            name: await store(pool).aget(prompts.NAMESPACE, name) for name in prompts.SHIPPED
        }
        return {name: item.value["text"] if item else prompts.SHIPPED[name] for name, item in found.items()}


async def put(name: str, text: str) -> None:
    """Put a text into the Store."""
    async with connect() as pool:
        await store(pool).aput(prompts.NAMESPACE, name, {"text": text, "hash": prompts.hash_of(text)})
