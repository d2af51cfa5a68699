"""A story as it is seen in a terminal."""

import re
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WIDEST = 84
MARGIN = "  "


class Typewriter:
    """Prints streamed text, wrapped at whole words; control characters of the text never reach the terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = min(console.width, WIDEST) - 2 * len(MARGIN)
        self.column, self.word = 0, ""

    def type(self, text: str) -> None:
        for piece in re.findall(r"\n|[^\S\n]+|\S+", CONTROL.sub("", text)):
            if not piece.isspace():
                self.word += piece
                continue
            self._place()
            if piece == "\n":
                self.console.file.write("\n")
                self.column = 0
        self.console.file.flush()

    def end(self) -> None:
        """Print what is held back and end the line."""
        self._place()
        if self.column:
            self.console.file.write("\n")
        self.column = 0
        self.console.file.flush()

    def _place(self) -> None:
        if not self.word:
            return
        if self.column and self.column + 1 + len(self.word) > self.width:
            self.console.file.write("\n")
            self.column = 0
        lead = " " if self.column else MARGIN
        self.console.file.write(lead + self.word)
        self.column += len(self.word) + (1 if lead == " " else 0)
        self.word = ""


class Terminal:
    """Shows the events of a story's run; everything a model wrote is printed as plain text."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.typewriter = Typewriter(console)
        self.typing = False
        self.status = console.status("", spinner="dots")
        self.plan: dict[str, Any] = {}

    def show(self, mode: str, data: Any) -> None:
        """Show one event of the run."""
        if mode == "messages":
            chunk, about = data
            if about.get("langgraph_node") == "write_chapter" and chunk.text:
                self._type(chunk.text)
        elif mode == "custom":
            self._event(data)
        elif mode == "updates":
            for node, update in data.items():
                if isinstance(update, dict):
                    self._update(node, update)

    def told(self, name: str, data: dict[str, Any]) -> None:
        """Show one event of a server's story stream."""
        match name:
            case "chapter.delta":
                self._type(data["text"])
            case "outline":
                self.plan = data
            case "synopsis":
                self._indented(data["text"], "italic")
            case "report":
                self.report(data)
            case "chapter.started" if data["number"] == data["attempt"] == 1:
                self.outline(self.plan)
                self._event({"event": name, **data})
            case _ if name == "progress" or name.startswith("chapter."):
                self._event({"event": name, **data})

    def stop(self) -> None:
        """End whatever is under way on the screen."""
        self.status.stop()
        if self.typing:
            self.typewriter.end()
            self.typing = False

    def line(self, text: str, style: str = "") -> None:
        self.stop()
        self.console.print(Text(text, style=style))

    def outline(self, outline: dict[str, Any]) -> None:
        """Show what the story will be."""
        self.stop()
        self.console.print()
        self.console.print(Text(outline["title"], style="bold"))
        self._indented(outline["arc"], "italic")
        for person in outline["characters"]:
            self._indented(f"{person['name']}, {person['role']}: {', '.join(person['traits'])}")
        self.console.print()
        for plan in outline["chapters"]:
            self._indented(f"{plan['number']}. {plan['title']}", "bold")
            self._indented(plan["summary"], "dim", 5)
        self.console.print()

    def report(self, report: dict[str, Any]) -> None:
        """Show what was measured of the story."""
        self.stop()
        measures = report["measures"]
        good = sum(measure["passed"] for measure in measures)
        self.console.print()
        self.console.print(Text(f"Quality report: {good} of {len(measures)} measures passed", style="bold"))
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
        for measure in measures:
            sign = Text("✓", style="green") if measure["passed"] else Text("✗", style="red")
            value = (
                f"{measure['value']:g}" if isinstance(measure["value"], int) else f"{measure['value']:.3f}"
            )
            where = "; ".join(measure["where"][:2]) if not measure["passed"] else ""
            table.add_row(
                sign, Text(measure["title"]), value, Text(measure["limit"], style="dim"), Text(where)
            )
        self.console.print(table)
        for note in report["notes"]:
            self._indented(note, "dim")

    def _type(self, text: str) -> None:
        if not self.typing:
            self.stop()
            self.typing = True
        self.typewriter.type(text)

    def _event(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "chapter.started":
                again = f", attempt {event['attempt']}" if event["attempt"] > 1 else ""
                self.line(f"\nwriting chapter {event['number']} of {event['of']}{again}", "cyan")
                self.line(f"\n{MARGIN}{event['title']}\n", "bold")
            case "chapter.rejected" | "chapter.edited":
                self.line(f"{event['event'].replace('.', ' ')}: {'; '.join(event['problems'])}", "yellow")
            case "chapter.polished":
                self.line(f"a sentence of chapter {event['number']} was put right", "yellow")
            case "progress" if not event["message"].startswith("writing chapter"):
                self.line(event["message"], "cyan")
                if self.console.is_terminal:
                    self.status.start()

    def _update(self, node: str, update: dict[str, Any]) -> None:
        self.plan = update.get("outline", self.plan)
        if node in ("check_plan", "approve_plan") and not update["planning"]["problems"]:
            self.outline(self.plan)
        elif node == "write_synopsis":
            self._indented(update["synopsis"]["text"], "italic")
        elif node == "report":
            self.report(update["report"])

    def _indented(self, text: str, style: str = "", left: int = 2) -> None:
        self.stop()
        width = min(self.console.width, WIDEST)
        text = CONTROL.sub("", text)
        self.console.print(Padding(Text(text, style=style), (0, 0, 0, left), expand=False), width=width)
