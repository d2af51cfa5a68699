"""Plays a whole story by asking the storyteller each of its prompts in turn."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from langchain_core.messages import HumanMessage

from domain.story import Chapter, Outline, Settlement, Story, StoryInput, Synopsis, TextOrigin
from providers.storyteller import Storyteller

WORDS = {"min": 800, "max": 1500}
GARGOYLES = "A detective in 1920s Paris discovers that the gargoyles come alive at night"
_ORIGIN = TextOrigin(prompt="story/write_chapter", version=1, hash="", model="offline:storyteller")


def message(prompt: str, **inputs: Any) -> list[HumanMessage]:
    """Return the messages of a rendered prompt."""
    return [HumanMessage("...", additional_kwargs={"fabula": {"prompt": prompt, "inputs": inputs}})]


def ask(prompt: str, seed: int = 0, **inputs: Any) -> str:
    """Ask the storyteller one prompt."""
    return str(Storyteller(seed=seed).invoke(message(prompt, **inputs)).content)


@dataclass
class Played:
    """A story as it comes about."""

    request: dict[str, Any]
    seed: int
    outline: dict[str, Any] = field(default_factory=dict)
    chapters: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    synopsis: str = ""

    @property
    def texts(self) -> list[str]:
        return [chapter["text"] for chapter in self.chapters]

    @property
    def story(self) -> Story:
        """Return the finished story as the server would keep it."""
        return Story(
            request=StoryInput(**self.request),
            outline=Outline(**self.outline),
            chapters=[Chapter(**chapter, origin=_ORIGIN) for chapter in self.chapters],
            synopsis=self.synopsis,
            facts=self.facts,
        )

    def plan(self) -> "Played":
        self.outline = Outline.model_validate_json(self.ask("story/plan")).model_dump()
        return self

    def write(self, words: dict[str, int] | None = None) -> "Played":
        """Write and settle every chapter, with only the last two at hand, as a long story has."""
        for plan in self.outline["chapters"]:
            seen: dict[str, Any] = {"outline": self.outline, "chapter": plan, "chapters": self.chapters[-2:]}
            told = [{key: one[key] for key in ("number", "title", "summary")} for one in self.chapters]
            text = self.ask("story/write_chapter", **seen, summaries=told, words=words or WORDS, problems=[])
            answer = self.ask("story/settle_chapter", **seen, facts=self.facts, text=text)
            settled = Settlement.model_validate_json(answer)
            kept = {"number": plan["number"], "title": plan["title"], "text": text}
            self.chapters.append(kept | {"words": len(text.split()), "summary": settled.summary})
            self.facts += [{"chapter": plan["number"], **fact.model_dump()} for fact in settled.facts]
        told_of = self.ask("story/write_synopsis", outline=self.outline, chapters=self.chapters)
        self.synopsis = Synopsis.model_validate_json(told_of).synopsis
        return self

    def ask(self, prompt: str, **inputs: Any) -> str:
        return ask(prompt, self.seed, request=self.request, **inputs)


def asked_for(premise: str, **asked: Any) -> dict[str, Any]:
    """Return a request as the server passes it."""
    return StoryInput(premise=premise, **asked).model_dump()


def play(premise: str, seed: int = 0, words: dict[str, int] | None = None, **asked: Any) -> Played:
    """Play a whole story."""
    return _played(json.dumps([asked_for(premise, **asked), seed, words]))


@cache
def _played(key: str) -> Played:
    request, seed, words = json.loads(key)
    return Played(request, seed).plan().write(words)
