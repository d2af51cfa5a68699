"""The story: what is asked for, what is planned, what is written, and the state of its graph."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain.languages import ENGLISH
from domain.manner import Language, ProseStyle, StyleSample

Tone = Literal["literary", "casual", "dramatic", "humorous"]
Rating = Literal["SFW", "NSFW"]

MAX_PREMISE = 5_000
MIN_CHAPTERS, MAX_CHAPTERS = 2, 5


class Model(BaseModel):
    """A model that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class StoryInput(Model):
    """What a caller asks for. Only the premise is required."""

    premise: str = Field(max_length=MAX_PREMISE, description="What the story is about.")
    chapters: int = Field(3, ge=MIN_CHAPTERS, description="How many chapters, exactly.")
    genre: str = Field("", max_length=60, description="Any word; empty lets the premise decide.")
    tone: Tone = "literary"
    rating: Rating = "SFW"
    characters: list[str] = Field([], max_length=8, description="Names that must appear.")
    structure: str = Field("", max_length=2_000, description="Hints on structure, for the planner.")
    polish: bool = Field(True, description="Review the whole story once it is written.")
    approve: bool = Field(False, description="Wait for a person to approve the outline.")
    language: Language = ENGLISH
    prose_style: ProseStyle = ""
    style_sample: StyleSample = ""

    @field_validator("premise", "genre", "structure", "characters")
    @classmethod
    def text_is_text(cls, value: str | list[str]) -> str | list[str]:
        if "\0" in "".join(value):
            raise ValueError("it contains a NUL character")
        return value

    @field_validator("premise")
    @classmethod
    def premise_says_something(cls, premise: str) -> str:
        if not premise.strip():
            raise ValueError("the premise is empty")
        return premise.strip()

    @field_validator("characters")
    @classmethod
    def names_are_names(cls, names: list[str]) -> list[str]:
        names = [" ".join(name.split()) for name in names]
        if any(not name or len(name) > 60 for name in names):
            raise ValueError("a character's name has 1 to 60 characters")
        return list(dict.fromkeys(names))


class Character(Model):
    """A person of the story, as every chapter's prompt describes them."""

    name: str
    role: str = Field(description="Their part in the story, in a few words.")
    traits: list[str]
    voice: str = Field(description="How they speak.")
    wants: str


class Beat(Model):
    """One thing that happens in a chapter, and about how many words it is given."""

    text: str
    words: int = Field(gt=0)


class ChapterPlan(Model):
    """What a chapter is for. `pays_off` repeats the words of an earlier chapter's `plants`."""

    number: int = Field(ge=1)
    title: str
    summary: str = Field(description="What happens, in one or two sentences.")
    purpose: str = Field(description="What the chapter does for the arc.")
    beats: list[Beat]
    plants: list[str] = Field(description="Things set up here, each a short noun phrase.")
    pays_off: list[str] = Field(description="Things planted earlier that matter here.")


class Outline(Model):
    """The plan of a whole story."""

    title: str
    arc: str = Field(description="The narrative arc, in two or three sentences.")
    genre: str = Field("", description="The genre it is told in, in one or two words.")
    setting: str = Field(description="Place, time and mood.")
    characters: list[Character]
    chapters: list[ChapterPlan]


class TextOrigin(Model):
    """Where a generated text came from: its prompt and the model that answered."""

    prompt: str
    version: int
    hash: str
    model: str


class Chapter(Model):
    """A chapter as it stands. `attempts` counts how often it was asked for, `edits` how often it was mended."""

    number: int
    title: str
    text: str
    words: int
    summary: str = ""
    attempts: int = 1
    edits: int = 0
    notes: list[str] = []
    origin: TextOrigin


class Fact(Model):
    """Something the chapter establishes, with the words that say so."""

    fact: str
    quote: str


class Contradiction(Model):
    """Two passages that cannot both be true; both are quoted word for word."""

    earlier: str = Field(description="The passage from an earlier chapter or from the outline.")
    now: str = Field(description="The passage from the newest chapter.")
    why: str


class Settlement(Model):
    """What a chapter settles once it stands."""

    summary: str = Field(description="The chapter in two or three sentences.")
    facts: list[Fact]
    threads_opened: list[str]
    threads_closed: list[str]
    contradictions: list[Contradiction]


class SentenceEdit(Model):
    """One sentence of a chapter, and what to put in its place."""

    chapter: int
    quote: str = Field(description="The whole sentence, word for word.")
    replacement: str
    why: str


class Review(Model):
    """The review of a whole story."""

    edits: list[SentenceEdit]


class Mending(Model):
    """The sentence that ends a contradiction."""

    replacement: str


class Synopsis(Model):
    """A synopsis of two or three sentences that gives the end away to nobody."""

    synopsis: str


class Story(Model):
    """A finished story."""

    request: StoryInput
    outline: Outline
    chapters: list[Chapter]
    synopsis: str
    facts: list[dict[str, Any]] = Field([], description="Verified facts: chapter, fact, quote.")

    @property
    def title(self) -> str:
        return self.outline.title

    @property
    def genre(self) -> str:
        """The genre that was asked for, else the one that was planned."""
        return self.request.genre or self.outline.genre

    @classmethod
    def of_state(cls, state: Any) -> Self:
        """Return the story that the state of a finished graph holds."""
        return cls(
            request=state["request"],
            outline=state["outline"],
            chapters=state["chapters"],
            synopsis=state["synopsis"]["text"],
            facts=state.get("facts") or [],
        )
