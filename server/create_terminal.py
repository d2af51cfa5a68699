"""A creator session as it is seen in a terminal, and the questions that it asks there."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click
from rich.console import Console

from domain.creator import SceneVersion, versions_of
from domain.creator_session import compare_versions
from domain.errors import FabulaError
from domain.text import count_words, paragraphs
from server.play_terminal import Left, Page, plain
from server.terminal import Terminal

FORMATS = {"a": "audio", "v": "visual", "b": "both"}
CONCEPTS = """\
1 to 3   write this one
m 2      three more like the second
n ...    three for another idea, in your words
q        leave; what is here is kept"""
REVIEW = """\
a         approve this scene        aa     approve all that are left
r ...     have it rewritten, as you say
m ...     have it told in another manner, as you say
e         edit it by hand           s      read it again, with its paragraphs numbered
pr 3 ...  have paragraph 3 rewritten, as you say
pc 3 ...  have one put after it     pi 3 ...  put your words before it
v         list its versions         d 1 2  compare two of them
b 1       go back to the first      q      leave; what is here is kept"""
PARAGRAPH = {"pr": ("rewrite", "instruction"), "pc": ("continue", "instruction"), "pi": ("insert", "text")}
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

    def numbered(self, heading: str, text: str) -> None:
        """Show a text below a heading, with the numbers of its paragraphs."""
        self.shown(heading)
        for number, part in enumerate(paragraphs(text), 1):
            self._indented(f"{number}. {part}", "", 4)

    def compared(self, lines: list[str]) -> None:
        """Show how two texts differ: what went, what came, and a sign for what stayed."""
        for line in lines:
            if line[:1] in "-+":
                self._indented(line, "red" if line[0] == "-" else "green", 4)
        if not any(line[:1] in "-+" for line in lines):
            self.line("  They are the same.")


class Plainly:
    """Answers every question with what was given, or with the first there is. `state` is the session's."""

    state: Mapping[str, Any] = MappingProxyType({})

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
            for warning in warnings_of(self.state, scene):
                self.show.line(f"  {plain(warning)}", "yellow")
        word, rest = self._ask(REVIEW)
        while self._looked(scene, word, rest):
            word, rest = self._ask(REVIEW)
        return self._ordered(scene, word, rest)

    def _ordered(self, scene: dict[str, Any], word: str, rest: str) -> dict[str, Any]:
        """Return what is to be done with a scene. Raises `ValueError`."""
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
            case "b" if is_number(rest):
                return {"action": "revert", "version": int(rest), **about}
            case "pr" | "pc" | "pi":
                return paragraph_order(word, rest) | about
        raise ValueError(
            "Type a, aa, r and what to do differently, m and a manner, e, s, pr, pc or pi, v, d, b and a number, or q."
        )

    def _looked(self, scene: dict[str, Any], word: str, rest: str) -> bool:
        """Show what is only to be seen, and say whether it was that. Raises `ValueError`."""
        match word:
            case "s":
                self.show.numbered(scene["title"], scene["content"])
            case "v":
                for one in versions_of(self.state, scene["scene_id"]):
                    self.show.line(f"  {version_line(one, scene['version'])}")
            case "d":
                self.show.compared(self._comparison(scene["scene_id"], rest))
            case _:
                return False
        return True

    def _comparison(self, scene_id: str, numbers: str) -> list[str]:
        """Return how two versions differ. Raises `ValueError`."""
        pair = numbers.split()
        if len(pair) != 2 or not all(map(is_number, pair)):
            raise ValueError("Type d and the numbers of two versions.")
        try:
            return compare_versions(self.state, scene_id, int(pair[0]), int(pair[1]))
        except KeyError as error:
            raise ValueError(f"The scene has no version {error}.") from None

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


def warnings_of(state: Mapping[str, Any], scene: dict[str, Any]) -> list[str]:
    """Return what was wrong with a scene's text as it stands, or left undone in it."""
    return next(
        (one.warnings for one in versions_of(state, scene["scene_id"]) if one.version == scene["version"]), []
    )


def paragraph_order(word: str, rest: str) -> dict[str, Any]:
    """Return what is to be done at a paragraph. Raises `ValueError`."""
    number, _, said = rest.partition(" ")
    if not is_number(number) or not said.strip():
        raise ValueError(f"Type {word}, the number of a paragraph, and what it is to say.")
    how, field = PARAGRAPH[word]
    return {"action": "edit_paragraph", "paragraph": int(number), "how": how, field: said.strip()}


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def version_line(one: SceneVersion, standing: int) -> str:
    """Return a version in a line: its number and length, whence it came, and whether it stands."""
    note = f": {plain(one.note)}" if one.note else ""
    stands = " (it stands)" if one.version == standing else ""
    why = one.why.replace("_", " ")
    return f"{one.version:>3}  {count_words(one.content):,} words, {why}, by a {one.by}{note}{stands}"


def picked(things: list[dict[str, Any]], number: str) -> dict[str, Any]:
    """Return the thing of that number. Raises `ValueError`."""
    if not is_number(number) or not 1 <= int(number) <= len(things):
        raise ValueError(f"Type a number from 1 to {len(things)}.")
    return things[int(number) - 1]
