"""The command line: `fabula`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from server import administration

app = typer.Typer(
    name="fabula",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Write whole stories from a premise.\n\n"
    'Try: [bold]fabula write "A lighthouse keeper hears the fog answer"[/bold]',
)


Language = Annotated[
    str, typer.Option(help="The language it is told in, such as de or pt-BR; any but English needs a model.")
]
ProseStyle = Annotated[str, typer.Option(help="The manner of the prose, in words.")]
StyleSample = Annotated[
    Path | None,
    typer.Option(help="A file with prose of your own, to take the manner from.", exists=True, dir_okay=False),
]


def read_sample(file: Path | None) -> str:
    """Return what a file holds, nothing without one."""
    return file.read_text(encoding="utf-8", errors="replace") if file else ""


class Tone(StrEnum):
    literary = "literary"
    casual = "casual"
    dramatic = "dramatic"
    humorous = "humorous"


class Rating(StrEnum):
    SFW = "SFW"
    NSFW = "NSFW"


@app.command(
    epilog="A story that was stopped, by Ctrl-C or worse, is finished by [bold]fabula resume[/bold]. Without "
    "OPENAI_API_KEY or OPENAI_BASE_URL the offline storyteller writes. DATABASE_URL names a Postgres to use; without "
    "it one is started."
)
def write(
    premise: Annotated[
        str | None,
        typer.Argument(help="What the story is about; without it, one of our own.", show_default=False),
    ] = None,
    chapters: Annotated[int, typer.Option(min=2, max=5, help="How many chapters, exactly.")] = 3,
    genre: Annotated[
        str, typer.Option(help="Any word, such as noir or sci-fi; empty lets the premise decide.")
    ] = "",
    tone: Annotated[Tone, typer.Option(case_sensitive=False, help="How it is told.")] = Tone.literary,
    rating: Annotated[
        Rating, typer.Option(case_sensitive=False, help="SFW is clean, NSFW is for adults.")
    ] = Rating.SFW,
    character: Annotated[
        list[str] | None, typer.Option(help="A name that must appear; may be given several times.")
    ] = None,
    structure: Annotated[str, typer.Option(help="Hints on the structure, for the planner.")] = "",
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**31 - 1, help="The same seed and premise write the same story offline."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The book's path: .epub, .md or .pdf; all three are written.",
            show_default="stories/<title>.epub",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="The chat model, provider:name, such as openai:gpt-5-mini.")
    ] = "",
    plan_model: Annotated[str, typer.Option(help="Another model for the outline.")] = "",
    edit_model: Annotated[str, typer.Option(help="Another model for checks, edits and the synopsis.")] = "",
    min_words: Annotated[int, typer.Option(min=100, max=5_000, help="The fewest words a chapter.")] = 800,
    max_words: Annotated[int, typer.Option(min=150, max=8_000, help="The most words a chapter.")] = 1_500,
    approve: Annotated[
        bool, typer.Option("--approve", help="Ask before the outline is written out.")
    ] = False,
    polish: Annotated[bool, typer.Option(help="Review the whole story at the end.")] = True,
    language: Language = "en",
    prose_style: ProseStyle = "",
    style_sample: StyleSample = None,
    server: Annotated[
        str,
        typer.Option(
            help="The address of a running server that is to write it; FABULA_API_KEY is sent along."
        ),
    ] = "",
) -> None:
    """Write a story from a premise, in front of you, and leave it as a book."""
    from server import write as command

    command.write(
        request={
            "premise": premise,
            "chapters": chapters,
            "genre": genre,
            "tone": tone.value,
            "rating": rating.value,
            "characters": character or [],
            "structure": structure,
            "approve": approve,
            "polish": polish,
            "language": language,
            "prose_style": prose_style,
            "style_sample": read_sample(style_sample),
        },
        context={
            "plan_model": plan_model or model,
            "write_model": model,
            "edit_model": edit_model or model,
            "min_words": min_words,
            "max_words": max_words,
        },
        seed=seed,
        out=out,
        server=server,
    )


@app.command(epilog="Finished chapters are not asked for again.")
def resume(
    story: Annotated[
        str, typer.Argument(help="The story's id; without it, the newest unfinished one.", show_default=False)
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Another path for the book.")] = None,
) -> None:
    """Finish a story that was stopped or failed."""
    from server import write as command

    command.resume(story, out)


@app.command(
    epilog="Without one of --rewrite, --continue, --insert, --revert and --versions the chapter is shown, with the "
    "numbers of its paragraphs. Every text that a chapter had is kept."
)
def edit(
    story: Annotated[
        str,
        typer.Argument(
            help="The story's id, or its job's; without it, the newest finished one.", show_default=False
        ),
    ] = "",
    chapter: Annotated[int | None, typer.Option(min=1, help="Which chapter.", show_default=False)] = None,
    paragraph: Annotated[
        int | None, typer.Option(min=1, help="Which paragraph of it, counted from 1.", show_default=False)
    ] = None,
    rewrite: Annotated[str | None, typer.Option(help="Have the paragraph rewritten, as this says.")] = None,
    go_on: Annotated[
        str | None, typer.Option("--continue", help="Have one put after it, as this says.")
    ] = None,
    insert: Annotated[str | None, typer.Option(help="Put this text before it, word for word.")] = None,
    verbatim: Annotated[
        bool | None,
        typer.Option(
            help="Whether the text itself is given, or what it is to say.", show_default="--insert only"
        ),
    ] = None,
    revert: Annotated[
        int | None, typer.Option(min=1, help="Put this version of the chapter back.", show_default=False)
    ] = None,
    versions: Annotated[bool, typer.Option("--versions", help="List what texts the chapter had.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="The books' path.", show_default="where they were written")
    ] = None,
    server: Annotated[str, typer.Option(help="The address of the server that has the story.")] = "",
) -> None:
    """Change a finished story, a paragraph at a time, or put back what it was."""
    from server import edit as command

    actions = {"rewrite": rewrite, "continue": go_on, "insert": insert}
    command.edit(story, command.Wanted(chapter, paragraph, actions, verbatim, revert, versions), out, server)


@app.command(epilog="It goes on where the last chapter ends, and takes up what the first ones planted.")
def extend(
    story: Annotated[
        str,
        typer.Argument(
            help="The story's id, or its job's, and what happens in the chapter.", show_default=False
        ),
    ] = "",
    premise: Annotated[str, typer.Argument(help="What happens in it.", show_default=False)] = "",
    out: Annotated[
        Path | None, typer.Option(help="The books' path.", show_default="where they were written")
    ] = None,
    server: Annotated[str, typer.Option(help="The address of the server that has the story.")] = "",
) -> None:
    """Add a chapter to a finished story."""
    from server import edit as command

    command.extend(story, premise, out, server)


@app.command(epilog="What was read and drawn is kept, so that the next book of the story is quick.")
def book(
    story: Annotated[
        str,
        typer.Argument(
            help="The story's id, or the id of its job; without it, the newest finished one.",
            show_default=False,
        ),
    ] = "",
    formats: Annotated[
        str, typer.Option("--format", help="Any of epub, pdf, md, m4b, mp3, with commas between.")
    ] = "epub,pdf,md",
    out: Annotated[
        Path | None,
        typer.Option(help="The books' path; each gets its own ending.", show_default="stories/<title>"),
    ] = None,
    narrator: Annotated[
        str, typer.Option(help="Who reads it aloud; the EPUB then reads along.", show_default="the first")
    ] = "",
    pictures: Annotated[bool, typer.Option("--pictures", help="A picture for each chapter.")] = False,
    consent: Annotated[
        bool, typer.Option("--consent", help="The text may be sent to outside services for it.")
    ] = False,
) -> None:
    """Make books of a finished story: also to listen to, and illustrated."""
    from server import book as command

    command.book(story, formats, out, narrator, pictures, consent)


class OutputFormat(StrEnum):
    audio = "audio"
    visual = "visual"
    both = "both"


@app.command(
    epilog="What was left, by q, Ctrl-C or worse, goes on with [bold]fabula create --resume[/bold]. Without "
    "OPENAI_API_KEY or OPENAI_BASE_URL the offline storyteller writes, reads and draws."
)
def create(
    prompt: Annotated[
        str,
        typer.Argument(
            help="The idea; with --resume a session's id, or nothing for the newest.", show_default=False
        ),
    ] = "",
    genre: Annotated[str, typer.Option(help="Any word; empty lets the concepts differ in it.")] = "",
    tone: Annotated[str, typer.Option(help="Any word; empty lets the concepts differ in it.")] = "",
    style: Annotated[str, typer.Option(help="How the pictures look.")] = "",
    language: Language = "en",
    prose_style: ProseStyle = "",
    style_sample: StyleSample = None,
    format: Annotated[
        OutputFormat | None, typer.Option(help="Sound, pictures or both.", show_default="it is asked")
    ] = None,
    narrator: Annotated[str, typer.Option(help="Who reads it aloud.", show_default="it is asked")] = "",
    consent: Annotated[
        bool,
        typer.Option("--consent", help="The text may be sent to outside services for sound and pictures."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take the first of everything.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a book that was left.")] = False,
    model: Annotated[str, typer.Option(help="The chat model, provider:name.")] = "",
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**31 - 1, help="The same seed imagines the same concepts offline."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The books' path; each gets its own ending.", show_default="stories/<title>"),
    ] = None,
) -> None:
    """Make an illustrated audiobook, one choice at a time."""
    from server import create as command

    wanted = command.Wanted(yes, format.value if format else "", narrator, consent, out)
    if resume:
        command.resume(prompt, wanted)
    else:
        asked = {"prompt": prompt, "genre": genre, "tone": tone, "style": style, "language": language}
        manner = {"prose_style": prose_style, "style_sample": read_sample(style_sample)}
        command.create(asked | manner, model, seed, wanted)


@app.command(
    epilog="A play that was left is taken up by [bold]fabula play --resume[/bold]. Without OPENAI_API_KEY or "
    "OPENAI_BASE_URL the offline storyteller plays the characters."
)
def play(
    story: Annotated[
        str,
        typer.Argument(
            help="An .ink file; with --resume a play's id, or nothing for the newest.", show_default=False
        ),
    ] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Take up a play that was left.")] = False,
    model: Annotated[str, typer.Option(help="The chat model, provider:name.")] = "",
    seed: Annotated[
        int | None, typer.Option(min=1, max=2**30, help="The same seed shuffles the story the same way.")
    ] = None,
    server: Annotated[
        str,
        typer.Option(
            help="The address of a running server that plays the characters; FABULA_API_KEY is sent along."
        ),
    ] = "",
) -> None:
    """Play an Ink story and talk with its characters."""
    from server import play as command

    command.play(story, resume, model, seed, server)


@app.command()
def migrate() -> None:
    """Bring the database up to date; `write` does so by itself."""
    from server import write as command

    command.migrate()


@app.command(epilog="Settings are read from FABULA_... in the environment; see server/settings.py.")
def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen on; any but this machine's own needs keys.")
    ] = "",
    port: Annotated[int | None, typer.Option(min=0, max=65_535, show_default="8400")] = None,
    config: Annotated[Path | None, typer.Option(help="A langgraph.json; without it, our own graphs.")] = None,
) -> None:
    """Serve stories and the LangGraph API over HTTP."""
    from server import serve as command

    command.serve(host, port, config)


@app.command()
def worker(
    config: Annotated[Path | None, typer.Option(help="A langgraph.json; without it, our own graphs.")] = None,
) -> None:
    """Execute runs that servers on the same database accepted, without serving HTTP."""
    from server import serve as command

    command.worker(config)


app.add_typer(administration.prompts_app, name="prompts")
app.add_typer(administration.keys_app, name="keys")
app.add_typer(administration.credits_app, name="credits")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
