"""A small illustrated story to play through the creator graph: a scripted model, a voice and a painter."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.creator import ConceptIdea, Concepts, DraftPlan, SceneCharacter, ScenePlan
from domain.errors import MediaFailed, ModerationFailed
from domain.media import Mark, NarratorProfile, Picture, PictureWanted, Sound
from domain.rating import Verdict
from tests.stories import VERBS, WORDS, word

PROMPT = "A keeper hears the fog answer."
LOOKS = {
    "Maren": "A woman of sixty in a yellow oilskin, grey plait, scarred left hand.",
    "Tobias": "A thin boy in a blue cap.",
}
IDEAS = (
    (
        "The Fog Answers",
        "Maren keeps a light that nobody needs any more. One night the fog calls her by name.",
        "fantasy",
    ),
    (
        "Salt in the Ledger",
        "An auditor is sent to close the last lighthouse, and finds a debt that is owed to her.",
        "noir",
    ),
    (
        "Two Knocks for Yes",
        "A deaf signalman teaches a machine to listen to weather. It starts to ask him questions.",
        "science fiction",
    ),
    (
        "The Drowned Choir",
        "Seven bells lie under the bay. A diver is paid to ring one of them for a wedding.",
        "mystery",
    ),
    (
        "Glass Harbour",
        "A glazier must mend every window of a town before its ghosts can see out of them.",
        "gothic",
    ),
    (
        "The Borrowed Tide",
        "Two brothers steal one hour of high water, and have to give it back with interest.",
        "fable",
    ),
)


def idea(place: int) -> ConceptIdea:
    title, premise, genre = IDEAS[place % len(IDEAS)]
    people = [SceneCharacter(name=name, description=looks) for name, looks in LOOKS.items()]
    return ConceptIdea(
        title=title,
        premise=premise,
        genre=genre,
        tone="quiet",
        themes=["duty", "fog"],
        setting="A lighthouse in November.",
        main_characters=people,
    )


def concepts_of(*places: int) -> Concepts:
    return Concepts(concepts=[idea(place) for place in places])


def plan_of(scenes: int = 4) -> DraftPlan:
    return DraftPlan(
        title="The Fog Answers",
        characters=[
            SceneCharacter(name=name, description=looks, voice="Short words.")
            for name, looks in LOOKS.items()
        ],
        scenes=[
            ScenePlan(
                title=f"Part {number}",
                setting=f"The {word(number)} room, at dusk.",
                summary=f"Maren looks for the {word(number + 3)}.",
                beats=[f"Maren carries the {word(number)}.", f"Tobias finds the {word(number + 9)}."],
                characters=["Maren", "Tobias"] if number % 2 else ["Maren"],
                objects=[f"the {word(number)} of glass"],
                mood="lamplight, unease",
            )
            for number in range(1, scenes + 1)
        ],
    )


def prose(salt: str, words: int = 320) -> str:
    """Prose-shaped text of about so many words, the same for the same salt."""
    rng, told, count = random.Random(salt), [f"It was the hour of {salt}."], 0
    while count < words:
        pick = rng.sample(WORDS, 3)
        who, first, then = rng.choice(("Maren", "Tobias")), rng.choice(VERBS), rng.choice(VERBS)
        sentence = f"The {pick[0]} {first} a {pick[1]}, and {who} {then} the {pick[2]}."
        told.append(sentence)
        count += len(sentence.split())
    return "\n\n".join(" ".join(told[place : place + 5]) for place in range(0, len(told), 5))


def answer(prompt: str, inputs: dict[str, Any]) -> Any:
    """What the scripted model says when nothing else was queued."""
    match prompt:
        case "creator/imagine_concepts":
            first = len(inputs["earlier"])
            return concepts_of(first, first + 1, first + 2)
        case "creator/plan_draft":
            return plan_of()
        case "creator/write_scene":
            return prose(f"scene {inputs['scene']['scene_number']}")
        case "creator/rewrite_scene":
            return prose(inputs["feedback"])
        case "creator/edit_paragraph":
            return "Nobody spoke of the harbour that night, and the kettle went cold beside the ledger."
        case "creator/polish_scene":
            return f"{inputs['content']} It was polished."
        case "creator/mend_scene":
            return prose("mended")
    raise AssertionError(f"no answer for {prompt}")


Gate = Callable[[str], Awaitable[None]]


@dataclass
class Voice:
    """A speech provider that remembers what it was asked to say. `down` fails those scene texts that hold it."""

    name: str = "told:voice"
    outside: bool = False
    down: str | None = None
    nobody: bool = False
    gate: Gate | None = None
    said: list[tuple[str, str]] = field(default_factory=list)
    compact: bytes = b""

    async def narrators(self, language: str = "") -> list[NarratorProfile]:
        if self.nobody:
            raise MediaFailed("the voice is down")
        return [
            NarratorProfile(
                voice_id=f"voice-{number}", name=f"Voice {number}", gender="female", accent="British"
            )
            for number in (1, 2)
        ]

    async def speak(self, text: str, voice_id: str, scene_id: str = "") -> Sound:
        self.said.append((text, voice_id))
        if self.gate:
            await self.gate(text)
        if self.down is not None and self.down in text:
            raise MediaFailed("the voice is down")
        marks = [Mark(start=0, end=1.5, text=text[:20])]
        return Sound(f"sound of {text}".encode(), self.compact, seconds=1.5, marks=marks)


@dataclass
class Painter:
    """A picture provider that remembers what it was asked to draw. `down` fails those prompts that hold it."""

    name: str = "told:painter"
    outside: bool = False
    batch: bool = False
    down: str | None = None
    batch_down: bool = False
    gate: Gate | None = None
    asked: list[list[PictureWanted]] = field(default_factory=list)

    async def draw(self, wanted: list[PictureWanted]) -> list[Picture | MediaFailed]:
        self.asked.append(wanted)
        if self.gate:
            await self.gate(wanted[0].prompt)
        await asyncio.sleep(0)
        if self.batch_down and len(wanted) > 1:
            return [MediaFailed("the batch is down") for _ in wanted]
        return [self.drawn(one) for one in wanted]

    def drawn(self, one: PictureWanted) -> Picture | MediaFailed:
        if self.down is not None and self.down in one.prompt:
            return MediaFailed("the painter is down")
        return Picture(f"picture of {one.prompt}".encode(), "image/png", 1600, 900, 0.5)

    @property
    def drawn_scenes(self) -> list[str]:
        return [one.scene_id for wanted in self.asked for one in wanted]


@dataclass
class Judge:
    """A moderation provider that remembers what it was asked. It refuses texts that hold `refused`."""

    name: str = "told:judge"
    outside: bool = False
    refused: str = "forbidden"
    category: str = "violence"
    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def check(self, texts: Sequence[str]) -> Verdict:
        self.asked += texts
        if self.down:
            raise ModerationFailed("the judge is down")
        allowed = not any(self.refused in text for text in texts)
        return Verdict(allowed, [] if allowed else [self.category])
