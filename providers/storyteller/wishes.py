"""What a reader's feedback asks for, as far as it can be made out."""

import re
from dataclasses import dataclass, field

from providers.storyteller.casting import Person
from providers.storyteller.clauses import third_of
from providers.storyteller.lexicon import language
from providers.storyteller.nouns import Premise
from providers.storyteller.passage import feeling_words
from providers.storyteller.premise import read_premise
from providers.storyteller.scenes import narrated
from providers.storyteller.words import capitalised, words_of, words_set


def _pattern(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


_SPEECH = r"(?:\w+ )?(?:dialogue|dialog|talk\w*|conversation\w*|speech)"
_SHORTER = _pattern(
    r"short(?:er|en)\w*", r"tight\w*", r"trim\w*", "cut", r"brief\w*", r"condens\w*", "too long"
)
_LONGER = _pattern(
    "longer",
    r"lengthen\w*",
    r"expand\w*",
    r"extend\w*",
    r"more detail\w*",
    r"flesh\w*",
    "too short",
    "slower",
)
_TALK = _pattern(rf"(?:more|add\w*|longer|some) {_SPEECH}", "talk more")
_QUIET = _pattern(rf"(?:less|fewer|no|without|cut the|too much) {_SPEECH}")
_MOODS = {
    "dramatic": _pattern(
        r"dark\w*",
        r"grim\w*",
        "scary",
        "scarier",
        r"tens\w+",
        r"menac\w*",
        r"threat\w*",
        "dramatic",
        r"suspens\w*",
    ),
    "humorous": _pattern(
        r"funn\w+", r"humou?r\w*", r"jok\w+", r"comic\w*", "lighter", r"witt\w+", r"cheer\w*"
    ),
    "literary": _pattern(
        r"lyric\w*",
        r"poet\w*",
        r"descri\w+",
        r"atmospher\w*",
        "literary",
        r"tender\w*",
        r"melanchol\w*",
        r"sad\w*",
    ),
    "casual": _pattern(r"casual\w*", r"plain\w*", r"simpl\w+", r"relax\w*", "chatty", "everyday"),
}
WEATHERS = ("rain", "snow", "fog", "storm", "wind", "frost", "mist", "thunder", "heat", "hail")
_END = r"end(?:s|ing)?|finish(?:es)?|close"
_ENDS = {
    "happy": r"happ\w+|well|hopeful\w*|good|glad\w*",
    "sad": r"sad\w*|unhapp\w+|bad\w*|tragic\w*|bleak\w*",
    "open": r"open\w*|unclear|ambig\w+|unresolved",
}
_ENDINGS = {
    how: re.compile(rf"\b(?:{_END})\b.{{0,30}}?\b(?:{told})\b|\b(?:{told}) (?:{_END})\b", re.IGNORECASE)
    for how, told in _ENDS.items()
}
_BEYOND = _pattern(
    r"(?:first|second|third) person", "point of view", "perspective", r"(?:present|past) tense", r"rhym\w*", "verse",
    r"in the style of", r"translat\w*", r"in (?:french|german|spanish|italian|latin)", "flashback", "swap",
)  # fmt: skip
_ORDERS = "make|let|add|bring|more|less|fewer|no|end|give|use|write|tell|put|change|have"
_PARTS = re.compile(rf"[.;!?]+\s*|,\s+(?:and |but )?|\s+(?:and|but)\s+(?=(?:{_ORDERS})\b)")
_RENAME = re.compile(
    r"\b(?i:rename|call|change)\s+(?P<old>[^\W\d_][\w’'-]*)(?:[’']s name)?(?:\s+(?i:to|into|as))?"
    r"\s+(?P<new>[^\W\d_a-zà-ÿ][\w-]*)"
)
_SOMEBODY = re.compile(r"\b(?:she|her|he|him|his|they|them)\b|(?<!^)\b[A-Z]\w+")
_POLITE = words_set(
    "please thanks thank you again once more this the scene paragraph chapter it a i would like want hm"
)
_CRAFT = words_set(
    "dialogue dialog talk conversation speech scene text version tone mood ending end beginning opening start "
    "middle pace sentence sentences paragraph paragraphs word words detail details description story chapter "
    "style pacing pace rhythm flow plot clarity imagery emotion grammar spelling typos transition tension subtext "
    "theme stakes bit lot way part character characters voice name reader author it"
)


@dataclass
class Wishes:
    """What is to be different in a scene."""

    shorter: bool = False
    longer: bool = False
    talk: bool = False
    quiet: bool = False
    mood: str = ""
    feeling: str = ""
    whose: str = ""
    ending: str = ""
    weather: str = ""
    renames: list[tuple[str, str]] = field(default_factory=list)
    things: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    unheeded: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return any(told for name, told in vars(self).items() if name not in ("unheeded", "whose"))


def read_wishes(feedback: str) -> Wishes:
    """Make out what the feedback asks for, and what of it cannot be heeded."""
    parts = [part.strip() for part in _PARTS.split(feedback) if part and part.strip(" .,;!?")]
    wishes = _read(". ".join(part for part in parts if not _BEYOND.search(part)))
    wishes.unheeded = [
        part for part in parts if _BEYOND.search(part) or not (_read(part).any or _is_polite(part))
    ]
    return wishes


def _is_polite(part: str) -> bool:
    return not set(words_of(part.lower())) - _POLITE


def _read(feedback: str) -> Wishes:
    quiet = bool(_QUIET.search(feedback))
    talk = bool(_TALK.search(feedback)) and not quiet
    lowered = [word.lower() for word in words_of(feedback)]
    renames = [(found["old"], found["new"]) for found in _RENAME.finditer(feedback)]
    ending = next((how for how, told in _ENDINGS.items() if told.search(feedback)), "")
    feeling = (
        "" if ending else next((feeling_words()[word] for word in lowered if word in feeling_words()), "")
    )
    moods = [mood for mood, told in _MOODS.items() if told.search(feedback)]
    whole = not feeling or not _SOMEBODY.search(feedback)
    wishes = Wishes(
        shorter=bool(_SHORTER.search(feedback)) and not talk,
        longer=bool(_LONGER.search(feedback)),
        talk=talk,
        quiet=quiet,
        mood=moods[0] if moods and whole and not ending else "",
        feeling=feeling,
        whose=feedback,
        ending=ending,
        weather=next(
            (one for one in WEATHERS if set(lowered) & {one, f"{one}s", f"{one}y", f"{one}ing"}), ""
        ),
        renames=renames,
    )
    if not _BEYOND.search(feedback):
        _read_names(wishes, read_premise(feedback), {name for pair in renames for name in pair})
    return wishes


def whose_feeling(wishes: Wishes, people: list[Person], text: str) -> Person:
    """Return who is to feel so: whoever is named, else the first `she` or `he` of the passage, else the protagonist."""
    words = words_of(wishes.whose)
    named = [one for one in people if {one.short, one.name.split()[-1]} & set(words)]
    low = {word.lower() for word in words}
    said = "she" if low & {"she", "her", "hers"} else "he" if low & {"he", "him", "his"} else ""
    there = [one for one in people if one.short in text and said in ("", one.pronoun)]
    return (named or there or people)[0]


def _read_names(wishes: Wishes, read: Premise, renamed: set[str]) -> None:
    """Take in the things, places and people that are named and are not the craft's own words."""
    spare = _CRAFT | {wishes.weather} | language().verbs
    nouns = [*read.things, *([] if read.names else read.people)]
    nouns = [noun for noun in nouns if noun.head.lower() not in spare and noun.text not in renamed]
    directions = (_SHORTER, _LONGER, *_ENDINGS.values(), *_MOODS.values())
    nouns = [noun for noun in nouns if not set(noun.text.lower().split()) & set(feeling_words())]
    wishes.things = [noun.phrase for noun in nouns if not any(told.search(noun.text) for told in directions)][
        :3
    ]
    wishes.places = [noun.text for noun in read.places if noun.text not in renamed][:1]
    wishes.people = [name for name in read.names if name not in renamed][:2]


def happens(instruction: str, people: list[str]) -> str:
    """Return what an instruction says that somebody or something does, as it is told, or an empty string."""
    named = "|".join(map(re.escape, people)) or "nobody"
    subject = rf"(?:{named}|She|He|It|They|The \w+|A \w+|Nobody|Somebody)\b"
    told = re.match(rf"(?:Let|Have|Make) ({named}|[A-Z]\w+|the \w+|a \w+) (\w+)(?! \w+er\b)(.*)", instruction)
    if told and told[2] in language().verbs - {"be"} and told[2] not in WEATHERS:
        instruction = f"{capitalised(told[1])} {third_of(told[2])}{told[3]}"
        return narrated(instruction, [*people, told[1]])
    return narrated(instruction, people) if re.match(subject, instruction) else ""
