"""How a character understands what a player says: what kind of words they are, and how far they lead."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from domain.text.stemming import is_stop_word, stems
from domain.text.tokens import ngrams, words
from providers.storyteller.character_matter import NOTED, Matter, concepts, data, human, is_verb, vocabulary
from providers.storyteller.lexicon import language

Kind = Literal[
    "attack", "narration", "nonsense", "foreign", "insult", "echo", "greeting", "small", "off_topic", "attempt",
    "question", "asking", "caring", "promising", "accusing", "sincere", "statement",
]  # fmt: skip
BESIDE: frozenset[str] = frozenset(("attack", "narration", "nonsense", "insult", "off_topic"))
IDLE: frozenset[str] = BESIDE | {"foreign", "echo", "greeting", "small", "attempt"}
MANNERS = {"sincere": 0.12, "caring": 0.12, "promising": 0.12, "asking": 0.08, "giving_reasons": 0.12}
ASKS = r"(?:what|why|who|when|where|how|which|do|does|did|is|are|was|were|have|has|will|would|can|could)\b"
PER_THING, MOST_THINGS, MOST_CREDIT = 0.13, 0.36, 0.5
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(.)\1{3,}")


@dataclass(frozen=True)
class Reading:
    """What was understood.

    `things`: those of the matter that were named, `new`: for the first time. `credit`: how far the words lead, to 0.5.
    """

    kind: Kind
    things: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    credit: float = 0.0


def read_turns(matter: Matter, said: Sequence[tuple[str, str]], now: str) -> list[Reading]:
    """Read every turn of a conversation, `(player, character)`, and the newest words, each in the light of the last."""
    readings: list[Reading] = []
    named: frozenset[str] = frozenset()
    for number, (player, _) in enumerate([*said, (now, "")]):
        heard = [*matter.spoken, *(reply for _, reply in said[:number])]
        repeated = any(same(player, earlier) for earlier, _ in said[:number])
        readings.append(read_words(player, matter, heard, named, repeated))
        named |= readings[-1].things
    return readings


def read_words(
    text: str,
    matter: Matter,
    heard: Sequence[str] = (),
    named: frozenset[str] = frozenset(),
    repeated: bool = False,
) -> Reading:
    """Read a player's words. `heard`: what the character has said; `named`: things named before."""
    text = unicodedata.normalize("NFKC", text)
    things = frozenset(concepts(text) & (set(matter.weights) | human()))
    kind = kind_of(text, matter, things, heard)
    if kind in IDLE:
        return Reading(kind, things if kind not in BESIDE else frozenset())
    new = things - named
    credit = 0.02 if repeated else credit_of(text, kind, matter, things, new)
    return Reading(kind, things, new, credit)


def kind_of(text: str, matter: Matter, things: frozenset[str], heard: Sequence[str]) -> Kind:
    """Say what kind of words these are."""
    spoken = words(text)
    if matches("attacks", text):
        return "attack"
    if tells_what_happens(text, matter):
        return "narration"
    if is_noise(text, spoken):
        return "nonsense"
    if is_foreign(text, spoken):
        return "foreign"
    if set(spoken) & vocabulary("insults"):
        return "insult"
    if not text.rstrip().endswith("?") and is_echo(spoken, heard):
        return "echo"
    return kind_of_speech(text, spoken, matter, things)


def kind_of_speech(text: str, spoken: list[str], matter: Matter, things: frozenset[str]) -> Kind:
    """Tell apart what people really say to one another."""
    about = [word for word in spoken if not (is_small(word) or is_verb(word) or stems(word) & matter.own)]
    strange = is_elsewhere(about, matter, things) and not matches("caring", text)
    if strange or set(spoken) & vocabulary("elsewhere"):
        return "off_topic"
    if is_idle(text, spoken, about, things):
        return "greeting" if set(spoken[:3]) & vocabulary("greetings") else "small"
    if re.match(rf"\W*(?:i|let me|we)?\s*(?:try to )?(?:{'|'.join(vocabulary('attempts'))})\b", text.lower()):
        return "attempt"
    return manner_of(text, spoken, things)


def is_idle(text: str, spoken: list[str], about: list[str], things: frozenset[str]) -> bool:
    """Tell whether words name nothing, and do not say much about who speaks either."""
    if things:
        return not about and len(spoken) < 4
    return len(spoken) < 4 or "?" in text or not any(matches(name, text) for name in MANNERS)


def manner_of(text: str, spoken: list[str], things: frozenset[str]) -> Kind:
    """Say how words are meant. A plain report is a statement, though it begins with `I`."""
    fits: dict[Kind, bool] = {
        "promising": True,
        "caring": True,
        "accusing": True,
        "asking": not is_no_request(text, spoken),
        "sincere": bool(things & human()) or matches("giving_reasons", text),
    }
    for kind, may_be in fits.items():
        if may_be and matches(kind, text):
            return kind
    asks = "?" in text or re.match(ASKS, text.strip(), re.IGNORECASE)
    return "question" if asks else "statement"


def is_no_request(text: str, spoken: list[str]) -> bool:
    """Tell whether words that could ask for something are a short question, or rather give a reason."""
    return (text.rstrip().endswith("?") and len(spoken) < 7) or matches("giving_reasons", text)


def credit_of(text: str, kind: Kind, matter: Matter, things: frozenset[str], new: frozenset[str]) -> float:
    """Say how far words lead: by what they name for the first time, and by how it is said."""
    spoken = words(text)
    weights = {thing: matter.weights.get(thing, 0.2) for thing in things}
    credit = min(MOST_THINGS, sum(PER_THING * weights[thing] for thing in sorted(new)))
    manner = sum(worth for name, worth in MANNERS.items() if matches(name, text))
    to_the_point = any(weight >= NOTED for weight in weights.values()) or not matter.key
    credit += min(0.3, manner) * (1 if to_the_point else 0.35)
    credit += 0.04 if things else 0
    if kind == "question":
        credit = min(credit, 0.22)
    if len(spoken) < 4:
        credit = min(credit, 0.12)
    if is_list(spoken):
        credit = min(credit, 0.06)
    return round(min(MOST_CREDIT, credit), 3)


def is_list(spoken: list[str]) -> bool:
    """Tell whether words are only strung together: nobody speaks without small words."""
    small = sum(is_stop_word(word) or len(word) < 3 for word in spoken)
    return len(spoken) > 4 and small / len(spoken) < 0.25


@cache
def patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """Return a list of patterns, compiled."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in data()[name])


def matches(name: str, text: str) -> bool:
    """Tell whether a text matches one of the patterns of a list."""
    return any(pattern.search(text.strip()) for pattern in patterns(name))


def tells_what_happens(text: str, matter: Matter) -> bool:
    """Tell whether the player narrates instead of speaking."""
    people = [re.escape(one.strip()) for one in str(data()["people"]).split(",")]
    who = (
        "(?:" + "|".join([*people, *map(re.escape, re.findall(r"\w+", matter.name.replace("_", " ")))]) + ")"
    )
    return any(
        re.search(one.replace("{who}", who), text.strip(), re.IGNORECASE) for one in data()["narrations"]
    )


def is_noise(text: str, spoken: list[str]) -> bool:
    """Tell whether a text has no words to speak of."""
    if not any(character.isalpha() for character in text):
        return True
    if spoken and sum(len(word) == 1 for word in spoken) / len(spoken) > 0.6 and len(spoken) > 2:
        return True
    latin = [word for word in spoken if word.isascii()]
    if latin and len(set(latin)) == 1 and len(latin) > 3:
        return True
    return bool(latin) and sum(map(is_mash, latin)) / len(latin) > 0.5


def is_mash(word: str) -> bool:
    """Tell whether a word looks like fingers on a keyboard."""
    plain = word.replace("'", "")
    if _CONSONANTS.search(plain):
        return True
    return len(plain) > 2 and not re.search(r"[aeiouy]", plain) and plain not in ("hmm", "shh", "mrs", "mhm")


def is_foreign(text: str, spoken: list[str]) -> bool:
    """Tell whether a text is in another language than English."""
    letters = [character for character in text if character.isalpha()]
    if sum(ord(letter) > 0x24F for letter in letters) > len(letters) / 2:
        return True
    ours = sum(
        word in language().stops or is_stop_word(word) or word in vocabulary("small") for word in spoken
    )
    theirs = max(sum(word in group.split() for word in spoken) for group in data()["foreign"])
    return theirs >= 2 and theirs > ours


def is_echo(spoken: list[str], heard: Sequence[str]) -> bool:
    """Tell whether a player says what the character has said before."""
    runs = ngrams(spoken, 4)
    known = {run for one in heard for run in ngrams(words(one), 4)}
    return bool(runs) and sum(run in known for run in runs) / len(runs) > 0.6


def is_small(word: str) -> bool:
    """Tell whether a word says nothing of what is talked about, however it is inflected."""
    if len(word) < 3 or is_stop_word(word) or word in language().stops:
        return True
    return word in vocabulary("small") or (bool(stems(word)) and stems(word) <= small_stems())


@cache
def small_stems() -> set[str]:
    """Return the stems of small talk."""
    return stems(" ".join(vocabulary("small")))


def is_elsewhere(matter_words: list[str], matter: Matter, things: frozenset[str]) -> bool:
    """Tell whether words are about something that is not here."""
    if not matter_words:
        return False
    known = sum(bool(concepts(word) & (set(matter.weights) | human())) for word in set(matter_words))
    strange = len(set(matter_words)) - known
    strong = any(matter.weights.get(thing, 0) >= NOTED for thing in things)
    return (known == 0 and not things) or (strange >= 4 and known <= 1 and not strong)


def same(one: str, other: str) -> bool:
    """Tell whether two texts say the same in the same words."""
    return words(one) == words(other)
