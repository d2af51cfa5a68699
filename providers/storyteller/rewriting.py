"""Scenes and chapters written again: what the feedback asks for is changed, and everything else is kept."""

import re
from itertools import groupby
from typing import Self
from zlib import crc32

from providers.storyteller.casting import Person
from providers.storyteller.chapter import ChapterWriter, write_chapter
from providers.storyteller.creator_scenes import SceneTeller
from providers.storyteller.dialogue import PATTERNS, SECOND
from providers.storyteller.grammar import Teller
from providers.storyteller.lexicon import groups, tone_groups
from providers.storyteller.passage import Passage
from providers.storyteller.scenes import Block, Scene, SceneWriter
from providers.storyteller.wishes import Wishes, happens, read_wishes, whose_feeling
from providers.storyteller.words import count_words, covers, sentences_of
from providers.storyteller.world import Json, noun_slots

SHORTER, LONGER = 0.65, 1.35
ASIDES, MARGIN = 4, 8


class Rewriter(ChapterWriter):
    """Writes a chapter again out of its text."""

    scenes: list[Scene]
    text_now: str

    def of(self, text: str) -> Self:
        """Take up a text that is to be written again."""
        self.text_now = text
        self.teller.remember(text)
        self.scenes = self._scenes()
        return self

    def rewrite(self, wishes: Wishes, event: str = "") -> str:
        """Return it as it is wished for, with what is to happen in it; with nothing to go by it is told afresh."""
        if not (wishes.any or event) or not self.text_now.strip():
            return self.write()
        self.take(renamed(self.text_now, wishes.renames))
        if wishes.quiet:
            self.hush()
        if wishes.talk:
            self.converse()
        if wishes.mood:
            self.colour(wishes.mood)
        if event:
            told = [place for place, block in enumerate(self.blocks) if place and not block.speech] or [1]
            self.blocks.insert(told[len(told) // 2], Block([event], spare=False))
        else:
            self.bring_in(wishes)
        self.measure(wishes)
        changed = changed_throughout(self, wishes, self.text().split("\n\n"), self.scenes[-1].other)
        self.blocks = []
        self.take("\n\n".join(changed))
        self._fit(self.scenes)
        return self.text()

    def take(self, text: str) -> None:
        """Take the text in as blocks; what is said in a row is one block."""
        owed = [str(one) for one in self.plan["plants"] + self.plan["pays_off"]] + self.beats
        paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
        for speech, run in groupby(paragraphs, key=lambda part: "“" in part):
            for lines in [list(run)] if speech else [[part] for part in run]:
                needed = any(covers("\n".join(lines), one) for one in owed)
                self.blocks.append(Block(lines, not needed, speech))
        if self.blocks:
            self.blocks[0].spare = self.blocks[-1].spare = False

    def hush(self) -> None:
        """Leave out what is said, where the scene can do without it."""
        self.blocks = [block for block in self.blocks if not block.speech or not block.spare]
        for block in self.blocks:
            if block.speech and len(block.paragraphs) > 2:
                block.paragraphs = block.paragraphs[:2]

    def converse(self) -> None:
        """Let people talk with one another twice more."""
        for place, scene in enumerate(self.scenes[:2]):
            writer = SceneWriter(self.world, self.teller, scene, self._time(place, len(self.scenes)))
            writer.talk(SECOND if place else PATTERNS[scene.kind], "", 110)
            at = 1 + (place + 1) * len(self.blocks) // 3
            for block in scene.blocks:
                self.blocks.insert(min(at, len(self.blocks) - 1), Block(block.paragraphs, False, True))

    def colour(self, mood: str) -> None:
        """Let the narration take on another tone."""
        drawn = groups(self.world.genre, mood, self.world.rating) | {"aside": tone_groups(mood)["aside"]}
        teller = Teller(drawn, f"{self.world.key}|{mood}|{self.teller.random.random()}", 1, 1)
        teller.cast, teller.told = self.teller.cast, self.teller.told
        told = [block for block in self.blocks if not block.speech][:ASIDES]
        for block in told:
            if line := teller.tell("aside", cast=self.defaults()):
                block.paragraphs[-1] += f" {line}"
                block.spare = False

    def bring_in(self, wishes: Wishes) -> None:
        """Bring in the weather, the things, the places and the people that are named and are not there."""
        if wishes.weather:
            self.teller.cast = self.teller.cast | {"weather": f"the {wishes.weather}"}
        for thing in wishes.things:
            self.put_in("cover_thing", thing.split()[-1], noun_slots("noun", thing))
        for place in wishes.places:
            self.put_in("cover_city", place, {"place_name": place, "in_place_name": f"in {place}"})
        for name in wishes.people:
            self.put_in("cover_person", name, {"person": name})

    def put_in(self, group: str, word: str, slots: dict[str, str], always: bool = False) -> None:
        """Put a sentence about something into the middle, unless the scene speaks of it already."""
        if not always and re.search(rf"\b{re.escape(word)}\b", self.text(), re.IGNORECASE):
            return
        spots = [place for place, block in enumerate(self.blocks) if place and not block.speech] or [1]
        self._add(group, slots, spots[len(spots) // 2])

    def measure(self, wishes: Wishes) -> None:
        """Bring the scene to its length: shorter or longer as wished, and within its limits in any case."""
        count = count_words(self.text_now)
        if wishes.shorter:
            self.trim(max(self.least + MARGIN, int(count * SHORTER)))
        elif wishes.longer:
            self.least = min(self.most - 60, max(self.least, int(count * LONGER)))
        for _ in range(2):
            self._fit(self.scenes)

    def trim(self, room: int) -> None:
        """Take out what the scene can do without, as long as it stays above its least length."""
        while (count := count_words(self.text())) > room:
            free = count - self.least - MARGIN
            spare = [block for block in self.blocks if block.spare and block.words < free]
            talks = [block for block in self.blocks if block.speech and len(block.paragraphs) > 3]
            talks = [block for block in talks if count_words(" ".join(block.paragraphs[-2:])) < free]
            if spare:
                self.blocks.remove(max(spare, key=lambda block: (not block.speech, block.words)))
            elif talks:
                del max(talks, key=lambda block: block.words).paragraphs[-2:]
            else:
                return


def changed_throughout(
    writer: ChapterWriter, wishes: Wishes, paragraphs: list[str], other: Person
) -> list[str]:
    """Return paragraphs with what is wished for the whole of them: a feeling, the weather, another ending."""
    world = writer.world
    slots = writer.defaults() | {"other": other.short, **other.cast("o")}
    if wishes.weather:
        writer.teller.cast = writer.teller.cast | {"weather": f"the {wishes.weather}"}
    passage = Passage(writer.teller, paragraphs, slots)
    if wishes.weather:
        passage.rename_weather(wishes.weather, world.groups["weather"])
        passage.spread("weather_more")
    if wishes.feeling:
        person = whose_feeling(wishes, world.people, "\n".join(paragraphs))
        passage.feel(person, wishes.feeling, other if person is not other else world.hero)
    if wishes.ending:
        owed = [str(one) for one in writer.plan["plants"] + writer.plan["pays_off"]] + writer.beats
        told = sentences_of(paragraphs[-1])
        passage.end(wishes.ending, [one for one in told if any(covers(one, each) for each in owed)])
    return [renamed(text, wishes.renames) for text in passage.paragraphs]


def renamed(text: str, renames: list[tuple[str, str]]) -> str:
    """Return the text with names changed."""
    for old, new in renames:
        text = re.sub(rf"(?<![\w’'-]){re.escape(old)}(?![\w-])", new, text)
    return text


class SceneRewriter(Rewriter, SceneTeller):
    """Writes a scene again. `again` makes it come out differently each time."""

    def __init__(self, inputs: Json, again: str) -> None:
        SceneTeller.__init__(self, inputs | {"problems": [again]})
        self.of(str(inputs.get("text") or ""))


def write_chapter_as_wished(inputs: Json, seed: int) -> str:
    """Return a chapter's prose; where a person said what is to be different, as far as it can be made out."""
    text, feedback = write_chapter(inputs, seed), str(inputs.get("feedback") or "")
    wishes = read_wishes(feedback)
    if not wishes.any:
        return text
    again = [*(inputs.get("problems") or []), feedback]
    return Rewriter(inputs | {"problems": again}, seed).of(text).rewrite(wishes)


def rewrite_scene(inputs: Json, seed: int) -> str:
    """Return a scene's prose as the feedback wants it."""
    feedback = str(inputs["feedback"])
    event = happens(feedback, [str(one["name"]).split()[0] for one in inputs["draft"]["characters"]])
    again = f"{feedback}|{crc32(str(inputs.get('text')).encode())}|{inputs.get('problems')}"
    return SceneRewriter(inputs, again).rewrite(read_wishes(feedback), event)


def mend_scene(inputs: Json, seed: int) -> str:
    """Return a scene's prose in its length."""
    writer = SceneRewriter(inputs, str(inputs["problems"]))
    writer.take(writer.text_now)
    writer.measure(Wishes())
    return writer.text()
