"""A creator session as it is seen in a terminal, and the questions that it asks there."""

from typing import Any

import click
from rich.console import Console

from domain.errors import FabulaError
from domain.text import count_words
from server.play_terminal import Left, Page, plain
from server.terminal import Terminal

FORMATS = {"a": "audio", "v": "visual", "b": "both"}
CONCEPTS = """\
1 to 3   write this one
m 2      three more like the second
n ...    three for another idea, in your words
q        leave; what is here is kept"""
REVIEW = """\
a        approve this scene        aa   approve all that are left
r ...    have it rewritten, as you say
m ...    have it told in another manner, as you say
e        edit it by hand           b 1  go back to its first version
s        read it again             q    leave; what is here is kept"""
FORMAT = "a: sound; v: pictures; b: both; q leaves"
NARRATOR = "Who reads? A number; q leaves"
NOBODY = (
    "The book waits for a choice, and there is no terminal to ask on; --yes takes the first of everything."
)


class Show(Terminal):
    """Shows what happens in a session; everything a model wrote is printed as plain text."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.page = Page(console)

    def event(self, mode: str, data: Any) -> None:
        """Show one event of a run."""
        if mode == "messages":
            chunk, about = data
            if about.get("scene_id") and chunk.text:
                self._type(chunk.text)
        elif mode == "custom":
            self._told(data)

    def _told(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "progress" if not event["message"].startswith("writing scene"):
                self.line(event["message"], "cyan")
                if self.console.is_terminal:
                    self.status.start()
            case "scene.started":
                self.line(f"\nscene {event['number']} of {event['of']}", "cyan")
                self.line(f"\n  {plain(event['title'])}\n", "bold")
            case "media.progress":
                self.line(f"  {event['kind']}: {event['done']} of {event['of']}", "dim")
            case "media.failed":
                self.line(f"  {event['kind']}: {plain(event['message'])}", "yellow")

    def shown(self, heading: str, text: str = "", left: int = 2) -> None:
        """Show a heading and what stands below it."""
        if text:
            self.console.print()
        self._indented(plain(heading), "bold", left)
        if text:
            self._indented(text, "", left + 3)


class Plainly:
    """Answers every question with what was given, or with the first there is."""

    def __init__(self, show: Show, format: str, narrator: str, consent: bool) -> None:
        self.show, self.format, self.narrator, self.consent = show, format, narrator, consent

    def answer(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a question, `None` when the book is complete. Raises `FabulaError`."""
        if problem := question["problem"]:
            raise FabulaError(problem["message"])
        data = question["data"]
        match question["stage"]:
            case "concept_selection":
                return {"action": "select", "concept_id": data["concepts"][0]["concept_id"]}
            case "revision":
                return {"action": "approve_all"}
            case "format_selection":
                return {"action": "select_format", "format": self.format or "both", "consent": self.consent}
            case "narrator_selection":
                voice = self.narrator or data["narrators"][0]["voice_id"]
                return {"action": "select_narrator", "voice_id": voice}
        for warning in data["warnings"]:
            self.show.line(f"  {warning['kind']}: {plain(warning['message'])}", "yellow")
        return None


class Choices(Plainly):
    """Asks a person. `told` says whether what is asked now stands on the screen already."""

    told = False

    def answer(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """Return what a person answers, `None` when they are done. Raises `Left` when they leave."""
        self.show.stop()
        if problem := question["problem"]:
            self.show.line(f"\n  {plain(problem['message'])}", "red")
        ask = getattr(self, f"_{question['stage']}", self._stuck)
        self.told = False
        while True:
            try:
                answered: dict[str, Any] | None = ask(question["data"])
                return answered
            except ValueError as error:
                self.show.line(f"  {error}", "yellow")

    def _ask(self, prompt: str) -> tuple[str, str]:
        """Return the first word of what is typed, and the rest."""
        word, _, rest = self._ask_line(prompt).partition(" ")
        return word.lower(), rest.strip()

    def _ask_line(self, prompt: str) -> str:
        """Return what is typed. What can be typed is said once."""
        said, self.told = "" if self.told else f"\n{prompt}", True
        line = self.show.page.ask(f"{said}\n> ")
        if line.lower() in ("q", "quit"):
            raise Left
        return line

    def _idea_generation(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"action": "start_over", "prompt": self._ask_line("What shall it be about? q leaves")}

    def _concept_selection(self, data: dict[str, Any]) -> dict[str, Any]:
        for number, concept in enumerate([] if self.told else data["concepts"], 1):
            self.show.shown(f"{number}. {concept['title']} ({concept['genre']})", concept["premise"])
        word, rest = self._ask(CONCEPTS)
        if word == "n" and rest:
            return {"action": "start_over", "prompt": rest}
        concept = picked(data["concepts"], rest if word == "m" else word)
        action = "more_like_this" if word == "m" else "select"
        return {"action": action, "concept_id": concept["concept_id"]}

    def _story_drafting(self, data: dict[str, Any]) -> dict[str, Any]:
        return self._stuck(data)

    def _revision(self, data: dict[str, Any]) -> dict[str, Any]:
        scene = data["scene"]
        of, number = len(data["scenes"]), scene["scene_number"]
        if not self.told:
            length = count_words(scene["content"])
            self.show.line("")
            self.show.shown(f"Scene {number} of {of}: {scene['title']}, {length} words")
        word, rest = self._ask(REVIEW)
        about = {"scene_id": scene["scene_id"]}
        match word:
            case "a":
                return {"action": "approve", **about}
            case "aa":
                return {"action": "approve_all"}
            case "r" if rest:
                return {"action": "ai_rewrite", "feedback": rest, **about}
            case "m" if rest:
                return {"action": "restyle", "prose_style": rest, **about}
            case "e":
                if (text := click.edit(scene["content"], extension=".txt")) and text.strip():
                    return {"action": "manual_rewrite", "content": text, **about}
                raise ValueError("Nothing was changed.")
            case "b" if rest.isdigit():
                return {"action": "revert", "version": int(rest), **about}
            case "s":
                self.show.shown(scene["title"], scene["content"])
                return self._revision(data)
        raise ValueError(
            "Type a, aa, r and what to do differently, m and a manner, e, b and a number, s or q."
        )

    def _format_selection(self, data: dict[str, Any]) -> dict[str, Any]:
        word = self.format[:1] or self._ask(FORMAT)[0]
        self.format = ""
        if word[:1] not in FORMATS:
            raise ValueError("Type a, v or b.")
        consent = self.consent or data["consent"]
        if data["outside"] and not consent:
            services = " and ".join(data["outside"])
            self.told = False
            consent = self._ask(f"May the text go to the outside services for {services}? y or n")[0] == "y"
        return {"action": "select_format", "format": FORMATS[word[:1]], "consent": consent}

    def _narrator_selection(self, data: dict[str, Any]) -> dict[str, Any]:
        if self.narrator:
            named, self.narrator = self.narrator, ""
            return {"action": "select_narrator", "voice_id": named}
        for number, one in enumerate([] if self.told else data["narrators"], 1):
            about = ", ".join(filter(None, (one["gender"], one["accent"], one["tone"])))
            self.show.shown(f"{number}. {one['name']} ({about})")
        narrator = picked(data["narrators"], self._ask(NARRATOR)[0])
        return {"action": "select_narrator", "voice_id": narrator["voice_id"]}

    def _generation(self, data: dict[str, Any]) -> dict[str, Any]:
        return self._stuck(data)

    def _completed(self, data: dict[str, Any]) -> dict[str, Any] | None:
        for warning in data["warnings"]:
            self.show.line(f"  {warning['kind']}: {plain(warning['message'])}", "yellow")
        if data["warnings"] and self._ask("r tries again; anything else makes the book as it is")[0] == "r":
            return {"action": "retry"}
        return None

    def _stuck(self, data: dict[str, Any]) -> dict[str, Any]:
        if self._ask("r tries again; q leaves")[0] != "r":
            raise ValueError("Type r or q.")
        return {"action": "retry"}


def picked(things: list[dict[str, Any]], number: str) -> dict[str, Any]:
    """Return the thing of that number. Raises `ValueError`."""
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(things):
        raise ValueError(f"Type a number from 1 to {len(things)}.")
    return things[int(number) - 1]
