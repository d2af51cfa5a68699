"""The command line's part for whoever runs a server: keys, credits and prompts."""

import sys
from pathlib import Path
from typing import Annotated

import typer

prompts_app = typer.Typer(no_args_is_help=True, help="Look at the prompts, which the database may override.")
keys_app = typer.Typer(
    no_args_is_help=True,
    help="API keys: once there is one, every caller needs one. And keys to encrypt with.",
)
credits_app = typer.Typer(
    no_args_is_help=True, help="What owners may spend; charged only where keys are in force."
)


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
