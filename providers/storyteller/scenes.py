"""Scenes: one beat, somewhere, between people who want something, in paragraphs."""

import re
from dataclasses import dataclass, field

from providers.storyteller.casting import Person
from providers.storyteller.dialogue import PATTERNS, SECOND, Exchange, spoken_fact
from providers.storyteller.grammar import Teller
from providers.storyteller.lexicon import language
from providers.storyteller.words import capitalised, count_words, in_past, sentence_key, sentences_of, tidy
from providers.storyteller.world import Place, World, bare, definite, noun_slots, short_phrase

_PRIVATE = re.compile(r"\b(?:I|I’m|you|your|my|we|our|me|us)\b")
_TIME = re.compile(
    r"\b(?:morning|noon|afternoon|evening|night|dawn|dusk|moon\w*|sunset|sunrise|hour|day|week|train)\b"
)
TRIES = 8
_CLOSED = re.compile(r"[.!?…]$")


@dataclass
class Block:
    """A paragraph or an exchange, and whether a chapter may do without it."""

    paragraphs: list[str]
    spare: bool = True
    speech: bool = False
    company: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> int:
        return sum(count_words(paragraph) for paragraph in self.paragraphs)


@dataclass
class Scene:
    """What one scene is made from."""

    beat: str
    kind: str
    place: Place
    other: Person
    topic: str
    thing: str
    clue: str
    index: int
    owed: list[tuple[str, str]] = field(default_factory=list)
    moved: bool = True
    first: bool = False
    last: bool = False
    blocks: list[Block] = field(default_factory=list)


def kind_of(beat: str, index: int, many: int) -> str:
    """Tell from its words what kind of thing happens in a beat."""
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", beat)]
    scores: dict[str, int] = {}
    for kind, stems in language().kinds.items():
        hits = [place for place, word in enumerate(words) if word in stems or any(
            word.startswith(stem) for stem in stems if len(stem) > 4)]  # fmt: skip
        if hits:
            scores[kind] = min(hits)
    if scores:
        return min(scores, key=lambda kind: scores[kind])
    return "follow" if index == 0 else "decide" if index == many - 1 else "ask"


def narrated(beat: str, names: list[str]) -> str:
    """Return a beat as past-tense narration, or an empty string if it cannot be turned."""
    told = []
    for sentence in sentences_of(beat):
        if _PRIVATE.search(sentence) or "“" in sentence or '"' in sentence or count_words(sentence) > 40:
            return ""
        past, turned = in_past(sentence, names)
        if not turned:
            return ""
        told.append(past if _CLOSED.search(past) else past + ".")
    return capitalised(" ".join(told))


class SceneWriter:
    """Writes the blocks of one scene."""

    def __init__(self, world: World, teller: Teller, scene: Scene, time: str) -> None:
        self.world, self.teller, self.scene = world, teller, scene
        topic = noun_slots("topic", scene.topic)
        thing = noun_slots("thing", scene.thing)
        self.slots = {
            "other": scene.other.short,
            **scene.other.cast("o"),
            "at": scene.place.at,
            "place": scene.place.name,
            "light": f"{{light_{'dark' if time in ('evening', 'night', 'dawn') else 'day'}}}",
            **topic,
            **thing,
        }
        place = scene.place
        pools = {"detail": place.details, "sound": place.sounds, "smell": place.smells}
        teller.set_scene({slot: self._shuffled(entries) for slot, entries in pools.items()})
        self._alias(place, scene)
        self.time = time

    def _alias(self, place: Place, scene: Scene) -> None:
        """Let the place and the object be named in brief once they have been named in full."""
        brief = definite(
            re.split(r" (?:of|at|on|in|below|above|behind|outside|beside) ", bare(place.name))[0]
        )
        last = brief.split()[-1]
        if not place.name.startswith("the ") or brief == "the Drowned Stag":
            brief = place.name
        elif last not in ("office", "room", "Court"):
            brief = f"the {last}"
        at = place.at.removesuffix(place.name) + brief
        noun = definite(scene.topic.split()[-1]) if len(bare(scene.topic).split()) == 2 else scene.topic
        self.teller.aliases = {
            "place": (place.name, brief),
            "at": (place.at, at),
            "topic": (scene.topic, noun),
            "thing": (scene.thing, short_phrase(scene.thing)),
        }
        if scene.thing.lower() in scene.beat.lower():
            self.teller.seen.add(scene.thing)
        if place.name.lower() in scene.beat.lower():
            self.teller.seen |= {place.name, place.at}

    def _shuffled(self, entries: tuple[str, ...]) -> list[str]:
        pool = list(entries)
        self.teller.random.shuffle(pool)
        return pool

    def tell(self, *groups: str, again: bool = False) -> str:
        """Tell a fresh sentence about this scene."""
        return self.teller.tell(*groups, cast=self.slots, again=again)

    def paragraph(self, *steps: str, again: bool = False) -> str:
        """Tell one sentence for each step, joined as a paragraph."""
        told = [self.tell(*step.split("/"), again=again) for step in steps]
        return self.flow([sentence for sentence in told if sentence])

    def flow(self, told: list[str]) -> str:
        """Join sentences, saying `she` where the name has only just been said."""
        names = [person.short for person in self.world.people] + [self.scene.other.short]
        out: list[str] = []
        for sentence in told:
            out.append(self._pronoun(sentence, out[-1] if out else "", names))
        return " ".join(out)

    def _pronoun(self, sentence: str, before: str, names: list[str]) -> str:
        hero = re.escape(self.world.hero.short)
        others = [re.escape(name) for name in names if name != self.world.hero.short]
        named = rf"(?:{re.escape(self.world.hero.name)}|{hero})"
        subject = re.search(rf"(?:^|(?<=[a-z,] )){named}(?=[ ,])", sentence)
        recent = re.search(rf"\b{hero}\b", before) or re.match(r"(?:She|He)\b", before)
        if not subject or not recent or "“" in sentence[: subject.end()]:
            return sentence
        spoken_of = f"{before} {sentence[: subject.start()]}"
        if any(re.search(rf"\b{name}\b", spoken_of) for name in others):
            return sentence
        if subject.start() and not re.search(
            r"(?:, |when |then |and |night |morning |day |evening |dark |noon )$", sentence[: subject.start()]
        ):
            return sentence
        said = self.world.hero.pronoun
        return (
            sentence[: subject.start()]
            + (said if subject.start() else said.capitalize())
            + sentence[subject.end() :]
        )

    def write(self, budget: int) -> list[Block]:
        """Write the scene in about that many words."""
        self._lead(budget)
        for group, phrase in self.scene.owed:
            self._object(group, phrase)
        turn = 0
        while self._left(budget) > 25 and turn < 12:
            before = len(self.scene.blocks)
            self._next(turn, self._left(budget))
            turn += 1
            if len(self.scene.blocks) == before and turn > 6:
                break
        self._close()
        for block in self.scene.blocks:
            block.company = {"other": self.scene.other.short, **self.scene.other.cast("o")}
        return self.scene.blocks

    def _object(self, group: str, phrase: str) -> None:
        """Show an object that is planted or pays off here."""
        if phrase and phrase.lower() in " ".join(self.scene.blocks[0].paragraphs).lower():
            return
        slots = self.slots | (noun_slots("plant", phrase) if phrase else {})
        for _ in range(TRIES):
            text = self.teller.tell(group, cast=slots, again=True)
            if not text or not self._speaks_of_self(text, group):
                break
        if text:
            self.scene.blocks.append(Block([text], spare=False))

    def _speaks_of_self(self, text: str, group: str) -> bool:
        """Say whether somebody is named both for saying a rumour and in it."""
        people = (self.scene.other, self.world.hero) if group.startswith("rumour") else ()
        return any(text.count(person.short) > 1 for person in people)

    def _left(self, budget: int) -> int:
        return budget - sum(block.words for block in self.scene.blocks) - 18

    def _next(self, turn: int, left: int) -> None:
        if turn == 0 and left < 60 and len(self.scene.beat.split()) < left:
            self._say(("think/clue",))
        elif turn == 0:
            self.talk(PATTERNS[self.scene.kind], self.scene.clue, min(left - 20, 130))
        elif turn == 1:
            self._say(
                ("clue", "think", "aside/think")
                if self.scene.index % 2
                else ("think", "think", "aside/tension")
            )
        elif turn in (2, 6) and left > 70:
            self.talk(SECOND if turn == 2 else SECOND[2:], "", min(left - 25, 100))
        elif turn % 2:
            self._say(("strange", "aside/think", "tension"))
        else:
            self._say(("setting/strange", "clue/tension", "think"))

    def _say(self, steps: tuple[str, ...], spare: bool = True) -> None:
        if text := self.paragraph(*steps):
            self.scene.blocks.append(Block([text], spare))

    def talk(self, pattern: tuple[str, ...], reveal: str, budget: int) -> None:
        """Let the two people of the scene talk, in about that many words."""
        exchange = Exchange(self.teller, self.world.people, self.scene.other, dict(self.slots))
        fact = spoken_fact(self.teller, reveal, self.scene.other, self.slots)
        lines = exchange.play(pattern, fact, max(40, budget))
        if lines:
            self.scene.blocks.append(Block(lines, spare=not fact, speech=True))

    def _lead(self, budget: int) -> None:
        happening = self._happening()
        steps = ["setting", "sense"] if budget > 170 else []
        if budget > 280:
            steps.append("strange" if self.scene.index % 2 else "observe")
        place = [self.tell(step) for step in steps]
        if not re.search(rf"\b{re.escape(self.scene.other.short)}\b", self.scene.beat):
            place.insert(2, self.tell("enter"))
        shape = self.teller.random.randrange(3)
        if self.scene.first or shape == 0:
            told = [*place[:2], happening, *place[2:]]
        elif shape == 1:
            told = [happening, *place]
        else:
            told = [self.tell("lead") if self.scene.moved else "", happening, *place[:3]]
        if self.world.tone != "literary" and budget > 200 and self.teller.chance(0.6):
            told.append(self.tell("aside"))
        text = self.flow([sentence for sentence in told if sentence])
        self.scene.blocks.append(Block([text], spare=False))

    def _happening(self) -> str:
        names = [part for person in self.world.people for part in (person.name, person.short)]
        past = narrated(self.scene.beat, names)
        if not past:
            note = re.sub(r"[“”\"]", "", self.scene.beat).strip().rstrip(".!?,;: ")
            return self.teller.fill(self.teller.draw("noted") or "", self.slots | {"note": note})
        self.teller.told.add(sentence_key(past))
        if (
            self.teller.chance(0.5)
            and not self.scene.first
            and not _TIME.search(past)
            and (opener := self.teller.draw(f"when_{self.time}"))
        ):
            named = any(past.startswith(name) for name in names) or past[:2] == "I "
            return tidy(
                f"{self.teller.fill(opener, self.slots)} {past if named else past[0].lower() + past[1:]}"
            )
        return past

    def _close(self) -> None:
        if not self.scene.last and (text := self.paragraph("close")):
            self.scene.blocks.append(Block([text], spare=True))
