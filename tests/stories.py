"""A small story to play through the graph: what a scripted model answers to each prompt."""

import random
from typing import Any

from domain.story import Beat, ChapterPlan, Character, Outline, Settlement, Synopsis

WORDS = (
    "lamp harbour rope salt letter window stair keeper brother winter ledger brass signal gull anchor candle "
    "morning kettle chart oilskin ladder bell tide engine mirror coat boat fog stone gate iron paper hand silence "
    "wick beam road market widow captain shutter lantern net barrel cliff sail shore roof chimney drawer key table"
).split()
VERBS = "held crossed found left watched carried broke answered followed kept lost opened turned lit hid named".split()
LINKS = "before after beside under against behind without above until beneath".split()


def word(place: int) -> str:
    return WORDS[place % len(WORDS)]


def plan_of(number: int, of: int) -> ChapterPlan:
    beats = [
        Beat(
            text=f"Maren carries the {word(3 * number + place)} to the {word(20 + 3 * number + place)}",
            words=380,
        )
        for place in range(3)
    ]
    return ChapterPlan(
        number=number,
        title=f"Part {number}",
        summary=f"Maren goes on, part {number}.",
        purpose="It moves the story on.",
        beats=beats,
        plants=[f"the {word(number)} of glass"] if number < of else [],
        pays_off=[f"the {word(number - 1)} of glass"] if number > 1 else [],
    )


def outline_of(chapters: int = 3, names: tuple[str, ...] = ("Maren", "Tobias")) -> Outline:
    people = [
        Character(
            name=name, role="keeper", traits=["stubborn", "exact"], voice="Short words.", wants="the light"
        )
        for name in names
    ]
    return Outline(
        title="The Fog Answers",
        arc="Maren wants the light to burn. The fog wants it out. She pays for it.",
        setting="A lighthouse in November.",
        characters=people,
        chapters=[plan_of(number, chapters) for number in range(1, chapters + 1)],
    )


def further_plan(number: int = 4) -> ChapterPlan:
    """A chapter after the last one, which takes up what chapter 1 planted."""
    plan = plan_of(number + 5, number + 5)
    return plan.model_copy(update={"number": number, "pays_off": [f"the {word(1)} of glass"]})


def chapter_text(plan: dict[str, Any], words: int = 900, salt: str = "") -> str:
    """Prose-shaped text of about so many words that holds every beat, the same for the same plan."""
    rng = random.Random(f"{plan['number']}{plan['title']}{salt}")
    sentences = [f"{beat['text']}." for beat in plan["beats"]]
    count = sum(len(sentence.split()) for sentence in sentences)
    while count < words:
        pick = rng.sample(WORDS, 4)
        sentence = (
            f"The {pick[0]} {rng.choice(VERBS)} a {pick[1]} {rng.choice(LINKS)} the {pick[2]}, "
            f"and {rng.choice(('Maren', 'Tobias'))} {rng.choice(VERBS)} the {pick[3]}."
        )
        sentences.append(sentence)
        count += len(sentence.split())
    paragraphs = [" ".join(sentences[place : place + 5]) for place in range(0, len(sentences), 5)]
    return "\n\n".join(paragraphs)


def first_sentence(text: str) -> str:
    return text.split(".")[0] + "."


def settlement_of(plan: dict[str, Any], text: str) -> Settlement:
    return Settlement(
        summary=f"Summary of part {plan['number']}. Maren goes on.",
        facts=[
            {"fact": "what is carried", "quote": first_sentence(text)},
            {"fact": "made up", "quote": "these words were never written anywhere"},
        ],
        threads_opened=["the fog"],
        threads_closed=[],
        contradictions=[],
    )


def answer(prompt: str, inputs: dict[str, Any]) -> Any:
    """What the scripted model says when nothing else was queued."""
    match prompt:
        case "story/plan" | "story/repair_plan":
            request = inputs["request"]
            return outline_of(request["chapters"], tuple(request["characters"]) or ("Maren", "Tobias"))
        case "story/write_chapter":
            return chapter_text(inputs["chapter"])
        case "story/edit_chapter":
            return chapter_text(inputs["chapter"], salt="edited")
        case "story/settle_chapter":
            return settlement_of(inputs["chapter"], inputs["text"])
        case "story/mend_sentence":
            return {"replacement": "Maren set it right again at last."}
        case "story/polish":
            return {"edits": []}
        case "story/edit_paragraph":
            return "Nobody spoke of the harbour that night, and the kettle went cold beside the ledger."
        case "story/plan_further_chapter":
            return further_plan(len(inputs["outline"]["chapters"]) + 1)
        case "story/write_synopsis":
            return Synopsis(synopsis="Maren keeps a light. The fog wants it out.")
    raise AssertionError(f"no answer for {prompt}")
