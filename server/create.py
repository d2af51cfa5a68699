"""The command `create`: an illustrated audiobook, one choice at a time, in the terminal."""

import random
import tempfile
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.text import Text

import books
from domain.context import Context
from domain.creator import CreatorInput
from domain.creator_stages import stage_of
from server.book import without_suffix
from server.create_terminal import Choices, Plainly, Show
from server.play_terminal import Left
from server.write import (
    announce,
    check_language,
    check_models,
    check_out,
    console,
    errors,
    free_path,
    refuse,
    run,
)

GRAPH = "creator"
OPTIONS = {"language": "--language", "prose_style": "--prose-style", "style_sample": "--style-sample"}
STORY, HEARD = (".epub", ".pdf"), ".m4b"


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line. With `yes` nothing is asked in between."""

    yes: bool
    format: str
    narrator: str
    consent: bool
    out: Path | None


def create(request: dict[str, Any], model: str, seed: int | None, wanted: Wanted) -> None:
    """Check everything that was given, then begin."""
    try:
        asked = CreatorInput.model_validate(request | {"consent": wanted.consent})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        refuse(OPTIONS.get(name, name.upper()), first["msg"].removeprefix("Value error, "))
    context: dict[str, Any] = {"plan_model": model, "write_model": model, "edit_model": model}
    check_models(context)
    check_language(asked.language, context)
    check(wanted)
    seed = random.randrange(10_000) if seed is None else seed
    announce(context, seed)
    run(begin(asked, Context(**context, seed=seed), wanted))


def resume(named: str, wanted: Wanted) -> None:
    """Go on with the named book, or the newest one that is not finished."""
    check(wanted)
    run(go_on(named, wanted))


def check(wanted: Wanted) -> None:
    """Leave with code 2 when the books cannot be written there."""
    if wanted.out:
        base = without_suffix(wanted.out.absolute())
        check_out(base.with_name(f"{base.name}.epub"))


async def begin(asked: CreatorInput, context: Context, wanted: Wanted) -> None:
    from server.db.threads import create_thread

    async with local_sessions() as sessions:
        about = {"product": GRAPH, "graph_id": GRAPH, "user_id": "", "context": asdict(context)}
        async with sessions.pool.connection() as conn:
            thread = await create_thread(conn, graph_id=GRAPH, metadata=about)
        await make(sessions, thread, {"request": asked.model_dump()}, wanted)


async def go_on(named: str, wanted: Wanted) -> None:
    async with local_sessions() as sessions:
        await make(sessions, await sessions.find(named), None, wanted)


def local_sessions() -> Any:
    from graphs.creator import graph
    from server.local import local_threads

    return local_threads(graph)


async def make(sessions: Any, thread: Any, given: Any, wanted: Wanted) -> None:
    """Lead through the whole thing, and bind the book."""
    show = Show(console)
    try:
        values = await lead(sessions, thread, given, wanted, show)
    except BaseException as error:
        show.stop()
        hint = f"Everything is kept. Go on with: fabula create --resume {thread.thread_id}"
        errors.print(Text(hint, style="bold"), soft_wrap=True)
        if isinstance(error, Left):
            return
        raise
    await bind(sessions, thread, values, wanted, show)


async def lead(sessions: Any, thread: Any, given: Any, wanted: Wanted, show: Show) -> dict[str, Any]:
    """Answer what the graph asks, until the book is complete; return its state's values."""
    from langgraph.types import Command

    answers = (Plainly if wanted.yes else Choices)(show, wanted.format, wanted.narrator, wanted.consent)
    while True:
        state = await sessions.state(thread)
        if state.interrupts:
            [waiting] = state.interrupts
            answers.state = state.values
            if (answered := answers.answer(waiting.value)) is None:
                return dict(state.values)
            given = Command(resume={waiting.id: answered})
        async with aclosing(sessions.run(thread, given)) as events:
            async for mode, data in events:
                show.event(mode, data)
        show.stop()
        given = None


async def bind(sessions: Any, thread: Any, values: dict[str, Any], wanted: Wanted, show: Show) -> None:
    """Write the books that the session's media allow."""
    from providers import objects
    from server.creator_books import SessionMedia, book_of

    assert stage_of(values) == "completed"
    book, media = book_of(thread, values), SessionMedia(thread.thread_id, values, objects.get())
    suffixes = [*STORY, HEARD] if book.narrator else list(STORY)
    base = without_suffix(wanted.out.absolute() if wanted.out else free_path(book.title, suffixes))
    with tempfile.TemporaryDirectory() as folder:
        full = await media.add_to(book, Path(folder))
        paths = [base.with_name(f"{base.name}{suffix}") for suffix in suffixes]
        files = books.write(full, [path for path in paths if not books.unprintable(full, path)])
    await sessions.finish(thread, book.title, str(base))
    show.line(f"\n{book.title}", "bold")
    show.line(f"  (session {thread.thread_id})", "dim")
    for file in files:
        show.line(f"  {file}")
    if why := books.unprintable(book, Path("book.pdf")):
        show.line(f"  no PDF: {why}", "yellow")
