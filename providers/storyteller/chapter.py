"""A chapter: its scenes in order, everything it owes, in the length it is given."""

import re
from zlib import crc32

from providers.storyteller.casting import Person, pronoun_of
from providers.storyteller.debts import debts_of
from providers.storyteller.events import Event
from providers.storyteller.grammar import Teller
from providers.storyteller.introductions import introduced
from providers.storyteller.scenes import Block, Scene, SceneWriter, kind_of
from providers.storyteller.words import count_words, covers, missing_stems, sentence_key, tidy
from providers.storyteller.world import (
    Json,
    Place,
    definite,
    make_world,
    noun_slots,
    rumour_slots,
    short_phrase,
)

OFTEN, SHORT = 6, 400
_TIMES = ("morning", "afternoon", "evening", "night")


class ChapterWriter:
    """Writes one chapter of a story from its plan."""

    def __init__(self, inputs: Json, seed: int) -> None:
        self.outline: Json = inputs["outline"]
        self.plan: Json = inputs["chapter"]
        beats = " ".join(
            str(beat["text"]) for one in self.outline["chapters"] for beat in one.get("beats") or []
        )
        self.world = make_world(inputs.get("request") or {}, seed, self.outline.get("characters"), beats)
        self.number, self.count = int(self.plan["number"]), max(1, len(self.outline["chapters"]))
        problems = "|".join(str(problem) for problem in inputs.get("problems") or [])
        self.teller = Teller(self.world.groups, self.world.key, self.number, self.count, problems)
        self.teller.casual = self.world.tone == "casual"
        self.teller.cast = self.world.cast | {"weather": self._weather()}
        self.before = "\n".join(
            str(one.get("text", ""))
            for one in inputs.get("chapters") or []
            if one.get("number", 0) < self.number
        )
        for chapter in inputs.get("chapters") or []:
            if chapter.get("number") != self.number:
                self.teller.remember(str(chapter.get("text", "")))
        if self.number > told_first(self.outline["chapters"]):
            self.teller.avoid("\n".join(str(chapter.get("text", "")) for chapter in inputs["chapters"]))
        limits = inputs.get("words") or {}
        self.least, self.most = int(limits.get("min") or 800), int(limits.get("max") or 1500)
        self.beats = [str(beat["text"]) for beat in self.plan.get("beats") or [] if str(beat["text"]).strip()]
        self._room = self.most - min(40, (self.most - self.least) // 4)
        self.last = self.number == self.count
        self.blocks: list[Block] = []

    def _weather(self) -> str:
        entries = self.world.groups["weather"]
        return entries[(crc32(self.world.key.encode()) + self.number) % len(entries)]

    def write(self) -> str:
        """Write the chapter."""
        planned = sum(int(beat["words"]) for beat in self.plan.get("beats") or [])
        slack = (self.most - self.least) * 0.12
        target = int(min(max(planned, self.least + slack), self.most - slack))
        scenes = self._scenes()
        self._owed(scenes)
        self._sayings(scenes)
        for index, scene in enumerate(scenes):
            written = sum(block.words for block in self.blocks)
            budget = (target - written) // (len(scenes) - index)
            if index == 0:
                self._open(budget)
                budget -= self.blocks[0].words if self.blocks else 0
            writer = SceneWriter(self.world, self.teller, scene, self._time(index, len(scenes)))
            self.blocks += writer.write(budget - (40 if scene.last else 0))
        self._end()
        self._owe_plan(scenes)
        self._fit(scenes)
        self._owe_plan(scenes)
        return self._finished()

    def mend(self, paragraphs: list[str]) -> str:
        """Keep the paragraphs, add what the plan misses in them, and bring them to length."""
        self.teller.remember("\n\n".join(paragraphs))
        last = len(paragraphs) - 1
        owed = [str(one) for one in self.plan.get("plants", []) + self.plan.get("pays_off", [])] + self.beats
        for at, text in enumerate(paragraphs):
            needed = at in (0, last) or any(covers(text, one) for one in owed)
            self.blocks.append(Block([text], not needed, "“" in text))
        scenes = self._scenes()
        self._owe_plan(scenes)
        self._fit(scenes)
        self._owe_plan(scenes)
        return self.text()

    def _time(self, index: int, many: int) -> str:
        shift = crc32(f"{self.world.key}{self.number}".encode()) % 2
        return _TIMES[min(3, index * 4 // max(4, many) + shift)]

    def _scenes(self) -> list[Scene]:
        beats = self.beats or [str(self.plan.get("summary") or self.plan.get("title") or "Nothing happens.")]
        objects = self.plan.get("plants", []) + self.plan.get("pays_off", [])
        before = sum(len(one.get("beats") or []) for one in self.outline["chapters"][: self.number - 1])
        total = max(1, sum(len(one.get("beats") or []) for one in self.outline["chapters"]))
        scenes: list[Scene] = []
        for index, beat in enumerate(beats):
            topic = next((one for one in objects if covers(beat, short_phrase(one))), "")
            if not topic and objects:
                topic = objects[index % len(objects)]
            thing = self.world.things[(self.number + index - 1) % len(self.world.things)]
            scenes.append(
                Scene(
                    beat=beat,
                    kind=kind_of(beat, index, len(beats)),
                    place=(place := self._place(beat, index)),
                    moved=not scenes or scenes[-1].place.name != place.name,
                    other=self._other(beat, index),
                    topic=short_phrase(topic) if topic else thing.phrase,
                    thing=thing.whole,
                    clue=self._clue(before + index, total),
                    index=index,
                    first=index == 0,
                    last=index == len(beats) - 1,
                )
            )
        return scenes

    def _owed(self, scenes: list[Scene]) -> None:
        """Give each object that is planted or pays off here to the scene that is about it."""
        plants = list(self.plan.get("plants") or [])
        paid = list(self.plan.get("pays_off") or [])
        if self.last and self.number > 1:
            paid += [one for one in self.outline["chapters"][0].get("plants") or [] if one not in paid]
        for group, phrases in (("plant", plants), ("payoff", paid)):
            for index, phrase in enumerate(phrases):
                about = [scene for scene in scenes if covers(scene.beat, short_phrase(phrase))]
                spread = index if group == "plant" else index + len(scenes) - len(phrases)
                scene = about[0] if about else scenes[max(0, spread) % len(scenes)]
                kept = re.sub(r"[“”\"{}]", "", definite(phrase)).rstrip(".!? ")
                scene.owed.append((group, kept))

    def _sayings(self, scenes: list[Scene]) -> None:
        """Let the story's saying and its rumour be heard at the start, and the rumour at the end."""
        if self.number == 1:
            scenes[min(1, len(scenes) - 1)].owed.append(("motto_said", ""))
        if self.world.quoted:
            scenes[0].owed.append(("phrase_line", ""))
        elif self.world.rumours and (self.number == 1 or self.last or self._recalls()):
            told = {one.word for one in self.world.events if self._tells(one)}
            untold = [one for one in self.world.rumours if one[1] not in told]
            if not untold:
                return
            self.teller.cast |= rumour_slots(untold[self.number % len(untold)])
            group = "rumour_first" if self.number == 1 else "rumour_last" if self.last else "rumour_between"
            scenes[0].owed.append((group, ""))

    def _tells(self, event: Event) -> bool:
        """Say whether a beat of this chapter tells of something that happens."""
        return any(event.brief.removeprefix(event.actor) in beat for beat in self.beats)

    def _recalls(self) -> bool:
        """Say whether what is rumoured comes up in a chapter between the first and the last."""
        return self.count <= OFTEN or self.number % OFTEN == 0

    def _clue(self, at: int, total: int) -> str:
        """Return the part of the secret that comes out in this beat, if one does."""
        clues = self.world.secret
        now = at * len(clues) // total
        if at and (at - 1) * len(clues) // total == now:
            return ""
        return clues[now]

    def _place(self, beat: str, index: int) -> Place:
        places = self.world.places
        lowered = beat.lower()
        for place in places:
            if place.name.lower() in lowered:
                return place
        return places[(self.number * 2 + index // 2 + self.number // 3) % len(places)]

    def _other(self, beat: str, index: int) -> Person:
        people = self.world.people[1:]
        named = [one for one in people if re.search(rf"\b{re.escape(one.short)}\b", beat)]
        if named:
            return named[0]
        if people:
            willing = [*people[:1], *people[2:]]
            met = [one for one in willing if re.search(rf"\b{re.escape(one.short)}\b", self._told_by(index))]
            known = met or willing[:1]
            return known[(self.number + index) % len(known)]
        passing = self.teller.draw("witness_roles") or "a neighbour"
        short = definite(passing)
        return Person(short, short, pronoun_of(short.split()[-1], self.world.key))

    def _told_by(self, index: int) -> str:
        """Return the beats of the story up to one of this chapter's."""
        before = [one for one in self.outline["chapters"] if one["number"] < self.number]
        told = [str(beat["text"]) for one in before for beat in one.get("beats") or []]
        return " ".join(told + self.beats[:index])

    def _open(self, budget: int) -> None:
        told = []
        if self.number == 1:
            told.append(tidy(self.world.image[0]))
        if self.number > 1 or budget > 150:
            told.append(
                self.teller.tell("chapter_open" if self.number > 1 else "weather_line", cast=self.defaults())
            )
        if told := [self.teller.accept(one) or one for one in told if one]:
            self.blocks.append(Block([" ".join(told)], spare=False))

    def _end(self) -> None:
        if not self.last:
            self._add("hook")
            return
        self._add("recall")
        untold = [one for one in self.world.events if not one.once and not self._tells(one)]
        for event in untold[-2:] if self.most > SHORT else []:
            self._add("final_event", {"event": event.past})
        image = tidy(self.world.image[1])
        told = [self.teller.tell("final"), "" if sentence_key(image) in self.teller.told else image]
        self.blocks.append(Block([" ".join(one for one in told if one)], spare=False))

    def _add(self, group: str, slots: dict[str, str] | None = None, at: int | None = None) -> None:
        place = len(self.blocks) if at is None else at
        company = self.blocks[place - 1].company if 0 < place <= len(self.blocks) else {}
        text = self.teller.tell(group, cast=self.defaults() | company | (slots or {}), again=True)
        if not text:
            return
        near = self.blocks[place - 1] if at and place <= len(self.blocks) else None
        if near and not near.speech and "“" not in text + near.paragraphs[-1]:
            near.paragraphs[-1] += f" {text}"
            near.spare = False
        else:
            self.blocks.insert(place, Block([text], spare=False))

    def defaults(self) -> dict[str, str]:
        """Return the slots of what is told outside any scene."""
        thing = self.world.things[self.number % len(self.world.things)].phrase
        place = self.world.places[self.number * 2 % len(self.world.places)]
        other = self.world.person(1)
        base = {
            "other": other.short,
            **other.cast("o"),
            "at": place.at,
            "place": place.name,
            "light": "{light_dark}",
        }
        return base | noun_slots("thing", thing) | noun_slots("topic", thing)

    def text(self) -> str:
        """Return the chapter as it stands."""
        return "\n\n".join(paragraph for block in self.blocks for paragraph in block.paragraphs if paragraph)

    def _owe_plan(self, scenes: list[Scene]) -> None:
        """Add the objects planted and paid off, the premise's nouns, and what is missing of a beat."""
        spots = self._spots(len(scenes))
        if not any(scene.owed for scene in scenes):
            self._owed(scenes)
        for scene in scenes:
            for group, phrase in [owed for owed in scene.owed if owed[1]]:
                self._owe(phrase, group, spots[-1 - scene.index % len(spots)])
        self._owe_nouns(spots)
        self._owe_people(spots)
        for scene in scenes:
            self._owe_words(scene.beat, spots)

    def _spots(self, many: int) -> list[int]:
        """Return where a paragraph may be put in, late spots first so that earlier ones stay true."""
        ends = range(1, max(2, len(self.blocks) - 1))
        step = max(1, len(ends) // max(2, many + 1))
        return list(reversed(list(ends)[::step])) or [len(self.blocks)]

    def _owe(self, phrase: str, group: str, at: int) -> None:
        if phrase.lower() not in self.text().lower():
            self._add(group, noun_slots("plant", phrase), min(at, len(self.blocks) - 1))

    def _owe_nouns(self, spots: list[int]) -> None:
        for index, debt in enumerate(debts_of(self.world, self.number, self._recalls())):
            if not debt.is_paid(self.text()):
                self._add(debt.group, debt.slots, spots[index % len(spots)])

    def _owe_people(self, spots: list[int]) -> None:
        """Bring in those whom no beat of any chapter mentions, each in one chapter."""
        beats = " ".join(
            str(beat["text"]) for one in self.outline["chapters"] for beat in one.get("beats") or []
        )
        for index, person in enumerate(self.world.people):
            if index % self.count + 1 != self.number or person.short in beats:
                continue
            if person.short not in self.text():
                self._add("cover_person", {"person": person.short}, spots[index % len(spots)])

    def _owe_words(self, beat: str, spots: list[int]) -> None:
        if covers(self.text(), beat):
            return
        missing = set(missing_stems(beat, self.text()))
        kept = [word for word in re.findall(r"[^\W\d_]+", beat) if word.lower()[:5] in missing]
        note = " ".join(kept)
        template = self.teller.draw("noted") or ""
        line = tidy(self.teller.fill(template, self.defaults() | {"note": note}))
        self.blocks.insert(spots[0], Block([line], spare=False))

    def _fit(self, scenes: list[Scene]) -> None:
        for _ in range(60):
            spare = [block for block in self.blocks[1:-1] if block.spare]
            if count_words(self.text()) <= self._room or not spare:
                break
            self.blocks.remove(min(spare, key=lambda block: (block.speech, -block.words)))
        self._shorten()
        for turn in range(60):
            if count_words(self.text()) >= self.least + 8:
                break
            self._lengthen(scenes, turn)

    def _shorten(self) -> None:
        """Where nothing is spare any more, let the longest exchanges end sooner."""
        while count_words(self.text()) > self._room:
            talks = [block for block in self.blocks if block.speech and len(block.paragraphs) > 1]
            if not talks:
                return
            longest = max(talks, key=lambda block: block.words)
            longest.paragraphs.pop(0 if len(longest.paragraphs) % 2 else -1)

    def _lengthen(self, scenes: list[Scene], turn: int) -> None:
        scene = scenes[turn % len(scenes)]
        writer = SceneWriter(self.world, self.teller, scene, self._time(scene.index, len(scenes)))
        steps = ("think", "strange", "tension") if turn % 2 else ("setting/think", "clue", "aside/think")
        if text := writer.paragraph(*steps, again=turn > 3):
            self.blocks.insert(max(1, len(self.blocks) - 2), Block([text]))

    def _finished(self) -> str:
        return introduced(self.text(), self.world.people, self.before)


def told_first(chapters: list[Json]) -> int:
    """Return how many chapters a story had at first: what follows one that plants nothing was added to it."""
    return next((place for place, one in enumerate(chapters, 1) if not one.get("plants")), len(chapters))


def write_chapter(inputs: Json, seed: int) -> str:
    """Return a chapter's prose."""
    return ChapterWriter(inputs, seed).write()


def edit_chapter(inputs: Json, seed: int) -> str:
    """Return the chapter again with its faults mended and everything else kept."""
    writer = ChapterWriter(inputs, seed)
    paragraphs = [part.strip() for part in str(inputs.get("text") or "").split("\n\n") if part.strip()]
    if not paragraphs:
        return writer.write()
    return writer.mend(paragraphs)
