"""One paragraph of a text that stands: written anew, after another one, or before it."""

import re
from zlib import crc32

from rapidfuzz import fuzz

from domain.text import ngrams, words
from providers.storyteller.casting import Person
from providers.storyteller.chapter import ChapterWriter
from providers.storyteller.creator_scenes import SceneTeller
from providers.storyteller.dialogue import SECOND, Exchange
from providers.storyteller.grammar import Teller
from providers.storyteller.lexicon import groups, tone_groups
from providers.storyteller.rewriting import changed_throughout, renamed
from providers.storyteller.scenes import SceneWriter
from providers.storyteller.wishes import Wishes, happens, read_wishes
from providers.storyteller.words import count_words, covers, sentences_of
from providers.storyteller.world import Json, noun_slots

SHORTER, ALIKE, PHRASE, TRIES = 0.6, 72, 6, 8
STEPS = {
    "rewrite": ("setting", "observe/sense", "think", "strange", "tension"),
    "continue": ("sense/observe", "strange/clue", "think"),
    "insert": ("setting", "sense/observe", "think"),
}
_SAID = re.compile(r"“[^”]*”")


class ParagraphWriter(ChapterWriter):
    """Writes a paragraph between others, none of which it repeats."""

    def put(self, inputs: Json) -> str:
        """Return the new paragraph."""
        self.action, self.named = str(inputs["action"]), str(inputs["paragraph"])
        around = [str(inputs["before"]), str(inputs["after"])]
        text = "\n".join([*around, self.named])
        self.known = [*sentences_of(text), *_SAID.findall(text)]
        self.teller.remember(text)
        scenes = self._scenes()
        share = count_words(around[0]) / max(1, sum(map(count_words, around)))
        scene = scenes[min(len(scenes) - 1, int(share * len(scenes)))]
        self.writer = SceneWriter(self.world, self.teller, scene, self._time(scene.index, len(scenes)))
        return self.answer(str(inputs["instruction"]))

    def answer(self, instruction: str) -> str:
        """Return the paragraph as the instruction wants it, as far as it can be made out."""
        wishes, happens = read_wishes(instruction), self.happening(instruction)
        if self.action != "rewrite":
            return self.beside(wishes, happens)
        if happens:
            return self.writer.flow([happens, *self.kept(2)])
        if wishes.any and (changed := self.changed(wishes)) != self.named:
            return changed
        return self.line_anew() if "“" in self.named else self.told_anew()

    def happening(self, instruction: str) -> str:
        """Return what happens, if the instruction says that somebody or something does something."""
        return happens(instruction, [part for one in self.world.people for part in (one.name, one.short)])

    def beside(self, wishes: Wishes, happens: str) -> str:
        """Return a paragraph to stand after or before the one that is named."""
        told = [happens] if happens else self.brought_in(wishes)
        steps = STEPS[self.action] if not told else STEPS[self.action][-2:]
        told += [sentence for step in steps if (sentence := self.fresh(*step.split("/")))]
        lines = self.exchange(wishes)
        return "\n\n".join([self.writer.flow(told), *lines]) if lines else self.writer.flow(told)

    def told_anew(self) -> str:
        """Return the paragraph with what the chapter owes kept, and everything else told otherwise."""
        told = sentences_of(self.named)
        steps = iter(STEPS["rewrite"] * 3)
        anew = [one if self.owes(one) else self.fresh(*next(steps).split("/")) or one for one in told[:12]]
        if anew == told:
            anew.append(self.fresh("think", "observe", "strange"))
        return self.writer.flow([one for one in anew if one])

    def line_anew(self) -> str:
        """Return what is said, said otherwise by whoever says it."""
        outside = _SAID.sub(" ", self.named)
        speaker = next((one for one in self.world.people if re.search(rf"\b{one.short}\b", outside)), None)
        who = "A" if speaker in (None, self.world.hero) else "B"
        move = "press" if "?" in self.named else "evade"
        if lines := self.talk((f"{who}.{move}",), speaker if who == "B" else None):
            return lines[0] if speaker else " ".join(_SAID.findall(lines[0]))
        return f"{self.named} {self.fresh('observe', 'think', 'sense')}"

    def changed(self, wishes: Wishes) -> str:
        """Return the paragraph as it is wished for, and otherwise as it was."""
        told = sentences_of(renamed(self.named, wishes.renames))
        if wishes.quiet:
            told = [one for one in told if "“" not in one] or [self.fresh("observe", "think")]
        if wishes.shorter:
            told = self.shortened(told)
        told += self.brought_in(wishes)
        if wishes.mood:
            told += [self.coloured(wishes.mood), self.coloured(wishes.mood)]
        if wishes.longer:
            told += [self.fresh("observe", "setting"), self.fresh("think", "strange")]
        text = " ".join(one for one in told if one)
        throughout = changed_throughout(self, wishes, [text], self.writer.scene.other)
        return "\n\n".join([*throughout, *self.exchange(wishes)])

    def shortened(self, told: list[str]) -> list[str]:
        """Return the sentences that a shorter paragraph cannot do without, and as many others as there is room for."""
        room, kept = (
            SHORTER * sum(map(count_words, told)),
            [one for one in told if self.owes(one)] or told[:1],
        )
        for one in told:
            if one not in kept and sum(map(count_words, [*kept, one])) <= room:
                kept.append(one)
        if len(told) == 1:
            return [cut(told[0])]
        return [one for one in told if one in kept]

    def kept(self, many: int) -> list[str]:
        """Return what the paragraph owes, and as many other of its last sentences as are asked for."""
        told = sentences_of(self.named)
        return [one for place, one in enumerate(told) if self.owes(one) or place >= max(1, len(told) - many)]

    def owes(self, sentence: str) -> bool:
        """Whether the chapter needs this sentence for its plan."""
        planned = [str(one) for one in self.plan["plants"] + self.plan["pays_off"]]
        return any(covers(sentence, one) for one in planned + self.beats)

    def brought_in(self, wishes: Wishes) -> list[str]:
        """Return sentences about the weather, the things, the places and the people that are named."""
        wanted: list[tuple[str, dict[str, str]]] = []
        if wishes.weather and self.action != "rewrite":
            self.teller.cast = self.teller.cast | {"weather": f"the {wishes.weather}"}
            wanted.append(("weather_line", {}))
        wanted += [("cover_thing", noun_slots("noun", thing)) for thing in wishes.things]
        places = ({"place_name": one, "in_place_name": f"in {one}"} for one in wishes.places)
        wanted += [("cover_city", slots) for slots in places]
        wanted += [("cover_person", {"person": name}) for name in wishes.people]
        return [told for group, slots in wanted if (told := self.fresh(group, slots=slots))]

    def coloured(self, mood: str) -> str:
        """Return a sentence in another tone."""
        drawn = groups(self.world.genre, mood, self.world.rating) | {"aside": tone_groups(mood)["aside"]}
        teller = Teller(drawn, f"{self.world.key}|{mood}|{self.teller.random.random()}", 1, 1)
        teller.cast, teller.told = self.teller.cast, self.teller.told
        return teller.tell("aside", cast=self.defaults() | self.writer.slots)

    def exchange(self, wishes: Wishes) -> list[str]:
        """Return a few lines of talk, if they are wished for."""
        return self.talk(SECOND[:3]) if wishes.talk else []

    def talk(self, pattern: tuple[str, ...], other: Person | None = None) -> list[str]:
        """Return lines between the protagonist and somebody, none of which is said in the text."""
        other = other or self.writer.scene.other
        slots = self.writer.slots | {"other": other.short, **other.cast("o")}
        for _ in range(TRIES):
            self.teller.seen = set()
            lines = Exchange(self.teller, self.world.people, other, slots).play(pattern, "", 90)
            if lines and all(self.is_fresh(said) for line in lines for said in [line, *_SAID.findall(line)]):
                return lines
        return []

    def fresh(self, *names: str, slots: dict[str, str] | None = None) -> str:
        """Return a sentence of the first group that has one unlike all that stand in the text."""
        for _ in range(TRIES):
            told = self.teller.tell(
                *names, cast=self.defaults() | self.writer.slots | (slots or {}), again=True
            )
            if told and self.is_fresh(told):
                self.known.append(told)
                return told
        return ""

    def is_fresh(self, told: str) -> bool:
        """Whether no sentence of the text is built nearly the same, or has six words in a row in common with it."""
        if any(fuzz.ratio(told, one) >= ALIKE for one in self.known):
            return False
        grams = set(ngrams(words(told), PHRASE))
        return not any(grams & set(ngrams(words(one), PHRASE)) for one in self.known)


class SceneParagraphWriter(ParagraphWriter, SceneTeller):
    """Writes a paragraph of a scene."""


def cut(sentence: str) -> str:
    """Return a sentence's first clause; who says it is kept."""
    said = re.match(r"“([^”]*)”(.*)$", sentence)
    head = re.split(r"[,;:—–]| and ", said[1] if said else sentence)[0].rstrip(" .!?…”")
    if not said:
        return f"{head}."
    return f"“{head},”{said[2]}" if said[2] else f"“{head}.”"


def again_of(inputs: Json) -> Json:
    """Return the inputs with what makes one edit come out unlike another."""
    paragraph, problems = crc32(str(inputs["paragraph"]).encode()), inputs.get("problems")
    return inputs | {"problems": [f"{inputs['action']}|{inputs['instruction']}|{paragraph}|{problems}"]}


def edit_chapter_paragraph(inputs: Json, seed: int) -> str:
    """Return a paragraph of a chapter."""
    return ParagraphWriter(again_of(inputs), seed).put(inputs)


def edit_scene_paragraph(inputs: Json, seed: int) -> str:
    """Return a paragraph of a scene."""
    return SceneParagraphWriter(again_of(inputs)).put(inputs)
