"""A play as it is seen in a terminal: what stories and characters say is printed as plain text, at a reader's pace."""

import asyncio
import os
import re
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from domain.agent import INVISIBLE
from server.terminal import MARGIN, WIDEST, Typewriter
from server.write import prompt_interrupts

PACE = 0.012
QUIT = (":quit", ":q", ":exit")


class Left(Exception):
    """The reader left the play."""


class Page:
    """Prints a play and asks its reader."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.typewriter = Typewriter(console)
        given = os.environ.get("FABULA_PACE")
        self.pace = float(given) if given else (PACE if console.is_terminal else 0.0)

    def title(self, text: str) -> None:
        self.console.print()
        self.console.print(Padding(Text(plain(text), style="bold"), (0, 0, 1, len(MARGIN))))

    def note(self, text: str, style: str = "dim") -> None:
        """Print a line of our own."""
        self.console.print(Padding(Text(plain(text), style=style), (0, 0, 0, len(MARGIN))))

    async def tell(self, lines: Iterable[str], style: str = "") -> None:
        """Type lines out, each a paragraph."""
        for line in lines:
            with self._styled(style):
                for word in re.findall(r"\S+\s*", plain(line)):
                    self.typewriter.type(word)
                    await asyncio.sleep(self.pace)
                self.typewriter.end()
            self.console.print()

    def again(self, lines: Iterable[str]) -> None:
        """Print what was read before, at once."""
        for line in lines:
            self.console.print(
                Padding(Text(plain(line), style="dim"), (0, 0, 1, len(MARGIN))), width=self._width
            )

    async def speak(self, name: str, text: str) -> None:
        """Have a character say something."""
        self.console.print(Padding(Text(plain(name), style="bold cyan"), (0, 0, 0, len(MARGIN))))
        await self.tell([text])

    def choose(self, choices: Sequence[str]) -> int:
        """Return the index of the choice that the reader takes. Raises `Left`."""
        for number, choice in enumerate(choices, start=1):
            self.console.print(
                Padding(Text.assemble((f"{number}. ", "bold"), plain(choice)), (0, 0, 0, len(MARGIN))),
                width=self._width,
            )
        while True:
            answer = self.ask("\n> ")
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices):
                self.console.print()
                return int(answer) - 1
            self.note(f"Type a number from 1 to {len(choices)}, or :quit.")

    def ask(self, prompt: str) -> str:
        """Return what the reader types. Raises `Left` where they leave or the input ends."""
        line = ""
        while not line:
            with prompt_interrupts():
                self.console.file.write(
                    prompt.replace("\n", f"\n{MARGIN}") if "\n" in prompt else MARGIN + prompt
                )
                self.console.file.flush()
                raw = sys.stdin.readline()
            if not raw:
                self.console.print()
                raise Left
            line = raw.strip()
        if line.lower() in QUIT:
            raise Left
        return line

    @property
    def _width(self) -> int:
        return min(self.console.width, WIDEST)

    def _styled(self, style: str) -> "Styled":
        return Styled(self.console, style)


class Styled:
    """Prints in italics where the terminal has them."""

    def __init__(self, console: Console, style: str) -> None:
        self.console, self.on = console, style == "italic" and console.is_terminal

    def __enter__(self) -> None:
        if self.on:
            self.console.file.write("\x1b[3m")

    def __exit__(self, *_: object) -> None:
        if self.on:
            self.console.file.write("\x1b[0m")


def plain(text: str) -> str:
    """Return a text without control and invisible characters, on one line."""
    return " ".join(INVISIBLE.sub("", text).split())


def name_of(knot: str) -> str:
    """Return a character's name as it is shown: its knot's."""
    words = knot.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
