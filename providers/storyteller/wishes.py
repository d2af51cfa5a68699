"""What a reader's feedback asks for, as far as it can be made out."""

import re
from dataclasses import dataclass, field

from providers.storyteller.lexicon import language
from providers.storyteller.premise import Premise, read_premise
from providers.storyteller.words import words_of, words_set


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
_WEATHERS = ("rain", "snow", "fog", "storm", "wind", "frost", "mist", "thunder", "heat", "hail")
_RENAME = re.compile(
    r"\b(?i:rename|call|change)\s+(?P<old>[^\W\d_][\w’'-]*)(?:[’']s name)?(?:\s+(?i:to|into|as))?"
    r"\s+(?P<new>[^\W\d_a-zà-ÿ][\w-]*)"
)
_CRAFT = words_set(
    "dialogue dialog talk conversation speech scene text version tone mood ending end beginning opening start "
    "middle pace sentence sentences paragraph paragraphs word words detail details description story chapter "
    "style bit lot way part character characters voice name reader author it"
)


@dataclass
class Wishes:
    """What is to be different in a scene."""

    shorter: bool = False
    longer: bool = False
    talk: bool = False
    quiet: bool = False
    mood: str = ""
    weather: str = ""
    renames: list[tuple[str, str]] = field(default_factory=list)
    things: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return any(vars(self).values())


def read_wishes(feedback: str) -> Wishes:
    """Make out what the feedback asks for."""
    quiet = bool(_QUIET.search(feedback))
    talk = bool(_TALK.search(feedback)) and not quiet
    lowered = {word.lower() for word in words_of(feedback)}
    renames = [(found["old"], found["new"]) for found in _RENAME.finditer(feedback)]
    moods = [mood for mood, told in _MOODS.items() if told.search(feedback)]
    wishes = Wishes(
        shorter=bool(_SHORTER.search(feedback)) and not talk,
        longer=bool(_LONGER.search(feedback)),
        talk=talk,
        quiet=quiet,
        mood=moods[0] if moods else "",
        weather=next((one for one in _WEATHERS if lowered & {one, f"{one}s", f"{one}y", f"{one}ing"}), ""),
        renames=renames,
    )
    _read_names(wishes, read_premise(feedback), {name for pair in renames for name in pair})
    return wishes


def _read_names(wishes: Wishes, read: Premise, renamed: set[str]) -> None:
    """Take in the things, places and people that are named and are not the craft's own words."""
    spare = _CRAFT | {wishes.weather} | language().verbs
    nouns = [*read.things, *([] if read.names else read.people)]
    nouns = [noun for noun in nouns if noun.head.lower() not in spare and noun.text not in renamed]
    directions = (_SHORTER, _LONGER, *_MOODS.values())
    wishes.things = [noun.phrase for noun in nouns if not any(told.search(noun.text) for told in directions)][
        :3
    ]
    wishes.places = [noun.text for noun in read.places if noun.text not in renamed][:1]
    wishes.people = [name for name in read.names if name not in renamed][:2]
