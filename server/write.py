"""The commands that write a story: `write`, `resume` and `migrate`."""

import asyncio
import os
import random
import re
import signal
import sys
import unicodedata
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, NoReturn

import click
import structlog
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

import books
from domain.book import Book
from domain.context import Context
from domain.errors import FabulaError, FieldInvalid, UnknownModel
from domain.story import Story, StoryInput
from prompts import PromptInvalid
from providers import models
from server.premises import PREMISES
from server.terminal import Terminal

FAILED, BAD_INPUT, STOPPED = 1, 2, 130
STORIES = Path("stories")
PACE = "0.012"
OPTIONS = {"premise": "PREMISE", "characters": "--character"}

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def write(
    request: dict[str, Any], context: dict[str, Any], seed: int | None, out: Path | None, server: str
) -> None:
    """Check everything that was given, then write the story."""
    if request["premise"] is None:
        request["premise"] = random.choice(PREMISES)
        console.print(Text(f"Premise: {request['premise']}"))
    if context["min_words"] > context["max_words"]:
        refuse("--min-words", "it is more than --max-words")
    story = check_request(request)
    check_models(context)
    if not server:
        check_language(story.language, context)
    if out:
        check_out(out)
    seed = random.randrange(10_000) if seed is None else seed
    if server:
        limits = {"min_words": context["min_words"], "max_words": context["max_words"]}
        run(tell_elsewhere(server, story.model_dump() | limits | {"seed": seed}, out and out.absolute()))
        return
    announce(context, seed)
    run(tell(story, Context(**context, seed=seed), out and out.absolute()))


def resume(named: str, out: Path | None) -> None:
    """Finish the named story, or the newest unfinished one."""
    if out:
        check_out(out)
    run(go_on(named, out and out.absolute()))


def migrate() -> None:
    """Bring the database up to date."""
    run(bring_up_to_date())


def check_request(request: dict[str, Any]) -> StoryInput:
    """Return the valid request, or say which option is wrong and leave with code 2."""
    try:
        return StoryInput.model_validate(request)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        refuse(OPTIONS.get(name, f"--{name.replace('_', '-')}"), first["msg"].removeprefix("Value error, "))


def check_models(context: dict[str, Any]) -> None:
    """Leave with code 2 when a model's name is none."""
    for role, option in (
        ("write_model", "--model"),
        ("plan_model", "--plan-model"),
        ("edit_model", "--edit-model"),
    ):
        try:
            models.check_name(context[role] or models.default_model())
        except UnknownModel as error:
            refuse(option if context[role] else "FABULA_MODEL", str(error))


def check_language(language: str, context: dict[str, Any]) -> None:
    """Leave with code 2 when a model that is to write does not write the language."""
    try:
        models.check_language(
            language, *(context[role] for role in ("plan_model", "write_model", "edit_model"))
        )
    except FieldInvalid as error:
        refuse(f"--{error.field}", str(error).partition(": ")[2])


def check_out(out: Path) -> None:
    """Leave with code 2 when no book can be written there."""
    try:
        books.check_path(out)
    except books.BookPathInvalid as error:
        refuse("--out", str(error))


def refuse(option: str, problem: str) -> NoReturn:
    """Say in one line what is wrong with an option, and leave with code 2."""
    errors.print(Text(f"{option}: {problem}", style="red"), soft_wrap=True)
    raise typer.Exit(BAD_INPUT)


def announce(context: dict[str, Any], seed: int) -> None:
    """Say in one line who writes, and how to have a real model write."""
    name = context["write_model"] or models.default_model()
    if name != models.OFFLINE:
        console.print(Text(f"{name} writes.", style="dim"))
        return
    if console.is_terminal:
        os.environ.setdefault("FABULA_PACE", PACE)
    console.print(
        Text(
            f"The offline storyteller writes (seed {seed}), since there is no OPENAI_API_KEY; set it, or "
            "OPENAI_BASE_URL, to have a real model write.",
            style="dim",
        )
    )


def run(command: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; errors become one clear line and an exit code."""
    log_to_stderr()
    try:
        asyncio.run(command)
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None
    except (FabulaError, PromptInvalid, OSError) as error:
        errors.print(Text(f"{error}", style="red"), soft_wrap=True)
        raise typer.Exit(FAILED) from None


def log_to_stderr() -> None:
    """Send log lines where they do not mix with the story."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


async def bring_up_to_date() -> None:
    from server.local import local_stories

    async with local_stories():
        console.print("The database is up to date.")


async def tell(request: StoryInput, context: Context, out: Path | None) -> None:
    """Write a new story."""
    from server.local import local_stories

    async with local_stories() as stories:
        thread = await stories.begin(request, context, str(out or ""))
        await follow(stories, thread, {"request": request.model_dump()}, out)


async def tell_elsewhere(server: str, wanted: dict[str, Any], out: Path | None) -> None:
    """Have a server write the story, show it, and fetch the books."""
    import httpx

    from server import remote

    key = os.environ.get("FABULA_API_KEY", "")
    headers = {"X-Api-Key": key} if key else {}
    terminal = Terminal(console)
    async with httpx.AsyncClient(base_url=server, headers=headers) as client:
        stories = remote.RemoteStories(client)
        job_id = await stories.begin(wanted)
        try:
            await remote.follow(stories, job_id, terminal, lambda outline: choose(terminal, outline, []))
        except asyncio.CancelledError:
            terminal.line(f"The server goes on writing: job {job_id}", "bold")
            raise
        finally:
            terminal.stop()
        for file in await remote.save(stories, job_id, out or free_path(terminal.plan["title"])):
            terminal.line(f"  {file}")


async def go_on(named: str, out: Path | None) -> None:
    """Take up a story where it stands; a finished one has its book made again."""
    from server.local import local_stories

    async with local_stories() as stories:
        thread = await stories.find(named)
        state = await stories.state(thread)
        written = len(state.values.get("chapters") or [])
        title = state.values.get("outline", {}).get("title", "a story without an outline yet")
        console.print(Text(f"{title}: {written} chapters are written.", style="dim"))
        begun = bool(state.values) or state.next
        given = None if begun else {"request": thread.metadata["request"]}
        out = out or (Path(thread.metadata["out"]) if thread.metadata["out"] else None)
        await follow(stories, thread, given, out)


async def follow(stories: Any, thread: Any, given: Any, out: Path | None) -> None:
    """Show the story as it is written, ask for approval where it is wanted, and make the book."""
    terminal = Terminal(console)
    try:
        values = await to_the_end(stories, thread, given, terminal)
    except BaseException:
        terminal.stop()
        hint_at(f"What is written is kept. Go on with: fabula resume {thread.thread_id}")
        raise
    story = Story.of_state(values)
    path = out or free_path(story.title)
    book = Book.of_story(story, identifier=str(thread.thread_id), modified=thread.created_at.astimezone(UTC))
    files = books.save(book, path)
    await stories.finish(thread, story.title, absolute(path))
    words = sum(chapter.words for chapter in story.chapters)
    terminal.line(f"\n{story.title}: {len(story.chapters)} chapters, {words:,} words", "bold")
    terminal.line(f"  (story {thread.thread_id})", "dim")
    for file in files:
        terminal.line(f"  {file}")
    if why := books.unprintable(book, Path("book.pdf")):
        terminal.line(f"  no PDF: {why}", "yellow")


def hint_at(hint: str) -> None:
    """Say, beside the story, how to go on."""
    errors.print(Text(hint, style="bold"), soft_wrap=True)


async def to_the_end(stories: Any, thread: Any, given: Any, terminal: Terminal) -> dict[str, Any]:
    """Run the story until it is finished and return its state's values."""
    while True:
        state = await stories.state(thread)
        if state.interrupts:
            given = ask(terminal, state.interrupts[0])
        elif given is None and state.values and not state.next:
            return dict(state.values)
        async with aclosing(stories.run(thread, given)) as events:
            async for mode, data in events:
                terminal.show(mode, data)
        terminal.stop()
        given = None


def ask(terminal: Terminal, waiting: Any) -> Any:
    """Ask on the terminal whether the outline is to be written out; return the `Command` that answers."""
    from langgraph.types import Command

    outline = choose(terminal, waiting.value["outline"], waiting.value["problems"])
    return Command(resume={waiting.id: True if outline is None else {"outline": outline}})


def choose(terminal: Terminal, outline: dict[str, Any], problems: list[str]) -> Any:
    """Return `None` to take the outline as it is, or the outline as a person edited it."""
    terminal.stop()
    for problem in problems:
        terminal.line(problem, "red")
    if not sys.stdin.isatty():
        raise FabulaError("The outline waits for approval, and there is no terminal to ask on.")
    with prompt_interrupts():
        choice = typer.prompt("Write this story? [y]es, [e]dit the outline, [q]uit", default="y").lower()[:1]
    if choice == "q":
        raise KeyboardInterrupt
    return edited(outline) if choice == "e" else None


@contextmanager
def prompt_interrupts() -> Iterator[None]:
    """Let Ctrl-C end a prompt at once: asyncio's own handler only marks the task, which the prompt keeps waiting.

    One that came just before the prompt has marked it already.
    """
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if (task := asyncio.current_task()) and task.cancelling():
            raise KeyboardInterrupt
        yield
    except (click.Abort, typer.Abort):
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGINT, kept)


def edited(outline: dict[str, Any]) -> Any:
    """Return the outline as a person left it in their editor, as YAML; unreadable text is sent on to be refused."""
    import yaml

    text = yaml.safe_dump(outline, sort_keys=False, allow_unicode=True, width=100)
    changed = click.edit(text, extension=".yaml")
    try:
        return yaml.safe_load(changed) if changed else outline
    except yaml.YAMLError as error:
        return f"no YAML: {error}"


def absolute(path: Path) -> str:
    """Return where a path is, whatever folder it is asked from."""
    return str(path.absolute())


def free_path(title: str, suffixes: Sequence[str] = (".epub", ".md")) -> Path:
    """Return an EPUB's path below `stories/` beside which nothing with these suffixes stands yet."""
    STORIES.mkdir(exist_ok=True)
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "story"
    name, count = slug, 1
    while any((STORIES / f"{name}{suffix}").exists() for suffix in suffixes):
        count += 1
        name = f"{slug}-{count}"
    return STORIES / f"{name}.epub"
