"""The command that plays an Ink story: `play`."""

import random
from contextlib import nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from domain.context import Context
from providers import models
from providers.ink.compiler import compile_story
from providers.ink.errors import StoryInvalid
from providers.ink.play import begin, choose, leave_agent
from providers.ink.story import InkStory
from server.play_talks import TalkLost, Talks, Turn, WordsRefused, local_talks, remote_talks
from server.play_terminal import Left, Page, name_of
from server.saved_plays import SavedPlay, find_play
from server.write import check_models, console, errors, refuse, run

LARGEST_SEED = 1 << 30
DECLARING = ("#", "//", "/*", "*", "VAR ", "LIST ", "CONST ", "EXTERNAL ", "INCLUDE ")
UNANSWERED = (
    "The model gave no answer that could be used, so that was a line of the author's. Is it reachable?"
)
FIRST_TALK = "Say what you like, in your own words. :quit leaves; everything is kept."


def play(story: str, resume: bool, model: str, seed: int | None, server: str) -> None:
    """Play a story from its beginning, or take up a play that was left."""
    if resume:
        run(go_on(story))
        return
    if not story:
        refuse("STORY", "name an .ink file, or take up a play with --resume")
    context: dict[str, Any] = {"plan_model": model, "write_model": model, "edit_model": model}
    check_models(context)
    path = Path(story)
    source = read_source(path)
    seed = random.randrange(1, LARGEST_SEED) if seed is None else seed
    run(start(path.stem, source, asdict(Context(**context, seed=seed)), server))


def read_source(path: Path) -> str:
    """Return the Ink in a file, or say why it cannot be read and leave with code 2."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        refuse("STORY", f"{path}: it is not UTF-8 text")
    except OSError as error:
        refuse("STORY", f"{path}: {error.strerror}")


def compiled(name: str, source: str) -> InkStory:
    """Compile the story, or name every problem with its line and leave with code 2."""
    try:
        return compile_story(source)
    except StoryInvalid as error:
        for problem in error.problems:
            errors.print(f"{name}: {problem}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


async def start(name: str, source: str, context: dict[str, Any], server: str) -> None:
    """Begin a play."""
    story = compiled(name, source)
    page = Page(console)
    announce(page, context["write_model"], server)
    saved = SavedPlay.new(title_of(source) or name, story, source, context, server)
    page.title(saved.title)
    saved.turn_to(begin(story, context["seed"]))
    saved.save()
    await play_on(saved, story, page)


async def go_on(named: str) -> None:
    """Take up a play where it stands."""
    saved, page = find_play(named), Page(console)
    page.title(saved.title)
    page.again(line.text for line in saved.lines[: saved.page][-2:] if not line.hidden)
    await play_on(saved, saved.loaded(), page)


def title_of(source: str) -> str:
    """Return the title that a story gives itself at its top, as `# title: ...`, before it tells anything."""
    for line in map(str.strip, source.removeprefix("\ufeff").splitlines()):
        name, _, title = line.removeprefix("#").partition(":")
        if line.startswith("#") and name.strip().lower() == "title":
            return title.strip()
        if line and not line.startswith(DECLARING):
            break
    return ""


def announce(page: Page, model: str, server: str) -> None:
    """Say who plays the characters."""
    if server:
        page.note(f"The characters are played at {server}.")
        return
    name = model or models.default_model()
    if name == models.OFFLINE:
        page.note(
            "The offline storyteller plays the characters, since there is no OPENAI_API_KEY; set it, or "
            "OPENAI_BASE_URL, to have a real model play them."
        )
    else:
        page.note(f"{name} plays the characters.")


async def play_on(saved: SavedPlay, story: InkStory, page: Page) -> None:
    """Play to the end, or until the reader leaves; then say how to take it up again."""
    try:
        await Player(saved, story, page).play()
    except Left:
        say_how(saved)
    except BaseException:
        say_how(saved)
        raise


def say_how(saved: SavedPlay) -> None:
    """Say how to take up a play again."""
    if not saved.finished:
        hint = f"Your place is kept. Go on with: fabula play --resume {saved.id}"
        errors.print(f"\n{hint}", style="bold", markup=False, soft_wrap=True)


class Player:
    """One reader's way through a story. Every step is saved before it is shown."""

    def __init__(self, saved: SavedPlay, story: InkStory, page: Page) -> None:
        self.saved, self.story, self.page = saved, story, page

    async def play(self) -> None:
        """Play from where the story stands to its end. Raises `Left`."""
        await self._tell()
        while not self.saved.finished:
            step = self.saved.step
            if step.stands == "agent":
                await self._converse()
            else:
                self.saved.turn_to(choose(self.story, step.state, self.page.choose(step.choices)))
            self.saved.save()
            await self._tell()
        self.page.note("The end.", "bold")

    async def _tell(self) -> None:
        """Tell the newest page."""
        await self.page.tell(line.text for line in self.saved.lines[self.saved.page :] if not line.hidden)

    async def _converse(self) -> None:
        """Have the reader talk with a character until the story goes on."""
        opened = remote_talks(self.saved.server) if self.saved.server else local_talks()
        async with opened as talks:
            turns = await self._take_up(talks)
            while not (turns and turns[-1].goes_on):
                turns.append(await self._exchange(talks, len(turns) + 1))
        self.saved.turn_to(leave_agent(self.story, self.saved.step, turns[-1].goes_on, len(turns)))

    async def _take_up(self, talks: Talks) -> list[Turn]:
        """Begin the conversation, or take it up where it was left, and return its turns."""
        if self.saved.talk:
            with suppress(TalkLost):
                turns = await talks.turns(self.saved.talk)
                self._recall(turns)
                return turns
        if not self.saved.talked:
            self.page.note(FIRST_TALK)
            console.print()
        with self._waiting():
            self.saved.talk, self.saved.talked = await talks.begin(self.saved), True
        self.saved.save()
        return []

    def _recall(self, turns: list[Turn]) -> None:
        """Show the newest exchanges of a conversation that is taken up."""
        for turn in turns[-2:]:
            told = [f"> {turn.text}", turn.reply and f"{self._name}: {turn.reply}", turn.bridge]
            self.page.again(filter(None, told))

    async def _exchange(self, talks: Talks, number: int) -> Turn:
        """Have the reader say something, and the character answer."""
        while True:
            text = self.page.ask("> ")
            console.print()
            assert self.saved.talk
            try:
                with self._waiting():
                    turn = await talks.say(self.saved.talk, number, text)
            except WordsRefused as error:
                self.page.note(f"That cannot be said: {error}")
                continue
            break
        if turn.reply:
            await self.page.speak(self._name, turn.reply)
        if turn.bridge:
            await self.page.tell([turn.bridge], "italic")
        if turn.unanswered:
            self.page.note(UNANSWERED, "yellow")
            console.print()
        return turn

    def _waiting(self) -> Any:
        return console.status("", spinner="simpleDots") if console.is_terminal else nullcontext()

    @property
    def _name(self) -> str:
        call = self.saved.step.call
        return name_of((call and call.character) or "")
