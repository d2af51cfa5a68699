"""What is said about chapters once they stand: facts, summaries, mendings, the synopsis."""

import re

from providers.storyteller.grammar import Teller
from providers.storyteller.lexicon import shared
from providers.storyteller.words import count_words, sentences_of, tidy, words_of
from providers.storyteller.world import Json, bare, noun_slots, short_phrase

_COMMON = frozenset(("the", "a", "an", "it", "there", "she", "he", "they", "his", "her", "in", "on"))


def settle_chapter(inputs: Json) -> Json:
    """Summarise a chapter and pick the sentences that establish something."""
    plan, text = inputs["chapter"], str(inputs["text"])
    outline = inputs["outline"]
    facts = [{"fact": _fact(quote, plan), "quote": quote} for quote in _quotes(outline, plan, text)]
    return {
        "summary": _summary(plan),
        "facts": facts,
        "threads_opened": [f"what {plant} is for" for plant in plan.get("plants") or []],
        "threads_closed": [f"what {plant} is for" for plant in plan.get("pays_off") or []],
        "contradictions": [],
    }


def _summary(plan: Json) -> str:
    told = sentences_of(str(plan.get("summary") or ""))[:1]
    beats = [sentence for beat in plan.get("beats") or [] for sentence in sentences_of(str(beat["text"]))[:1]]
    told += [beats[0], beats[-1]] if len(beats) > 1 else beats
    ended = [one if one[-1:] in ".!?" else f"{one}." for one in dict.fromkeys(told[:3])]
    return " ".join(ended) or "The chapter goes on from where the last one stopped."


def _quotes(outline: Json, plan: Json, text: str) -> list[str]:
    wanted = [bare(str(one)) for one in (plan.get("plants") or []) + (plan.get("pays_off") or [])]
    names = [word for one in outline.get("characters") or [] for word in words_of(str(one["name"]))]
    scored = []
    for place, sentence in enumerate(sentences_of(text)):
        if not 6 <= count_words(sentence) <= 32 or sentence[-1] not in ".!?" or re.search("[“”]", sentence):
            continue
        score = 5.0 * sum(one.lower() in sentence.lower() for one in wanted)
        score += 2 * any(name in sentence for name in names)
        score += min(3, len(re.findall(r"(?<=[a-z,] )[A-Z]", sentence))) - abs(count_words(sentence) - 13) / 8
        scored.append((-score, place, sentence))
    best = sorted(scored)[: 5 if len(scored) > 5 else len(scored)]
    return [sentence for _, _, sentence in sorted(best, key=lambda one: one[1])]


def _fact(quote: str, plan: Json) -> str:
    """Say what a quote establishes: the thing planted there, or the quote itself."""
    for plant in plan.get("plants") or []:
        thing = short_phrase(str(plant))
        if bare(thing).lower() in quote.lower():
            return f"{thing[:1].upper()}{thing[1:]} is found."
    return quote if quote[-1] in ".!?" else f"{quote}."


def mend_sentence(inputs: Json) -> Json:
    """Put the earlier passage's account in the place of the one that contradicts it."""
    contradiction = inputs["contradiction"]
    earlier = str(contradiction.get("earlier") or "").strip() or str(contradiction.get("now") or "")
    first = (sentences_of(earlier) or [earlier])[0].rstrip(".!?…”’ ")
    told = first[:1].lower() + first[1:] if first.split(" ")[0].lower() in _COMMON else first
    return {"replacement": f"It had not changed: {told}."}


def write_synopsis(inputs: Json, seed: int) -> Json:
    """Tell what the story is about in two or three sentences, without its end."""
    outline = inputs["outline"]
    characters = outline.get("characters") or [{"name": "Somebody", "wants": "to know", "role": "stranger"}]
    first = (outline.get("chapters") or [{}])[0]
    told = Teller(shared(), f"{seed}|{outline['title']}|synopsis", 1, 1)
    hero = characters[0]
    plants = first.get("plants") or []
    slots = {
        "hero": str(hero["name"]),
        "role": str(hero.get("role") or "").split(",")[0].strip() or "stranger",
        "want": str(hero.get("wants") or "to know the truth").rstrip(". "),
        "ally": str(characters[1 % len(characters)]["name"]),
        "foe": str(characters[2 % len(characters)]["name"]),
        "title": str(outline["title"]),
        **noun_slots("token", short_phrase(str(plants[0])) if plants else "the first answer"),
    }
    setting = str(outline.get("setting") or "")
    opening = (sentences_of(str(outline.get("arc") or "")) or [setting])[0]
    opening = opening if opening.endswith((".", "!", "?")) else f"{opening}."
    parts = [opening, tidy(told.fill(told.draw("synopsis_middle") or "", slots))]
    if hero["name"].split()[0] not in parts[0] + parts[1]:
        parts[1] = tidy(told.fill("{hero} has to decide how much an answer is worth.", slots))
    parts.append(tidy(told.fill(told.draw("synopsis_end") or "", slots)))
    return {"synopsis": " ".join(parts)}


def polish(inputs: Json) -> Json:
    """Change nothing: no sentence is told twice to begin with."""
    return {"edits": []}
