"""The command line: `fabula`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="fabula",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Write whole stories from a premise.\n\n"
    'Try: [bold]fabula write "A lighthouse keeper hears the fog answer"[/bold]',
)
prompts_app = typer.Typer(no_args_is_help=True, help="Look at the prompts, which the database may override.")
keys_app = typer.Typer(
    no_args_is_help=True,
    help="API keys: once there is one, every caller needs one. And keys to encrypt with.",
)
credits_app = typer.Typer(
    no_args_is_help=True, help="What owners may spend; charged only where keys are in force."
)
app.add_typer(prompts_app, name="prompts")
app.add_typer(keys_app, name="keys")
app.add_typer(credits_app, name="credits")


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


@keys_app.command("create")
def create_key(
    owner: Annotated[str, typer.Argument(help="Whose key it is.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    admin: Annotated[
        bool, typer.Option("--admin", help="It may write prompts and other system data.")
    ] = False,
) -> None:
    """Make a key and print it; it cannot be read again."""
    from server import serve as command

    command.create_key(owner, name, admin)


@keys_app.command("list")
def list_keys() -> None:
    """List owners and when their keys were made and revoked."""
    from server import serve as command

    command.list_keys()


@keys_app.command("revoke")
def revoke_keys(owner: Annotated[str, typer.Argument(help="Whose keys.")]) -> None:
    """Revoke every key of an owner."""
    from server import serve as command

    command.revoke_keys(owner)


@keys_app.command("encryption")
def create_encryption_key() -> None:
    """Make a key for FABULA_ENCRYPTION_KEYS and print it; whoever loses it loses what it encrypts."""
    from server import serve as command

    command.create_encryption_key()


@credits_app.command()
def grant(
    owner: Annotated[str, typer.Argument(help="Who gets them.")],
    amount: Annotated[int, typer.Argument(help="How many; a negative number takes them back.")],
) -> None:
    """Grant credits and print the balance."""
    from server import serve as command

    command.grant(owner, amount)


@prompts_app.command("list")
def list_prompts() -> None:
    """List the prompts, their versions and whether the database overrides them."""
    from server import prompt_commands

    prompt_commands.list_all()


@prompts_app.command()
def show(name: Annotated[str, typer.Argument(help="Such as story/plan.")]) -> None:
    """Print a prompt as it is in force."""
    from server import prompt_commands

    prompt_commands.show(name)


@prompts_app.command()
def diff() -> None:
    """Show where the database's prompts differ from the shipped ones."""
    from server import prompt_commands

    prompt_commands.diff()


@prompts_app.command()
def edit(
    name: Annotated[str, typer.Argument(help="Such as story/plan.")],
    file: Annotated[
        Path,
        typer.Argument(
            help="The new text; - reads standard input.", exists=True, dir_okay=False, allow_dash=True
        ),
    ],
) -> None:
    """Put a text of your own in a prompt's place; it is in force from the next call on."""
    from server import prompt_commands

    prompt_commands.edit(name, sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))


@prompts_app.command()
def reset(name: Annotated[str, typer.Argument(help="Such as story/plan.")]) -> None:
    """Put the shipped text back."""
    from server import prompt_commands

    prompt_commands.reset(name)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
