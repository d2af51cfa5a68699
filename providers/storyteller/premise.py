"""Reading a premise: who, where, when, what, and what is said to be going on."""

import re
import unicodedata
from dataclasses import dataclass, field

from providers.storyteller.lexicon import language
from providers.storyteller.marvel import RELATIVES, rumour_of, tail_of
from providers.storyteller.words import base_of, is_plural, words_of, words_set

_TOKEN = re.compile(r"\d+s?\b|[^\W\d_]+(?:[’'-][^\W\d_]+)*|[.,;:!?—–()]")
_DETERMINERS = words_set("a an the her his their its my our your this that these those every each some no")
_PREPOSITIONS = words_set(
    "in at on of from near with about to into for under behind beneath inside outside through by between over "
    "across against during after before beyond without within"
)
_PLACE_BEFORE = words_set("in on at from near to across of through")
_SUFFIX = re.compile(r"(?:[^aeiou]er|eer|tor|ssor|ist|ian|man|woman|ess|smith|keeper|monger)s?$")
_PRONOUNS = {"she": "she", "her": "she", "hers": "she", "he": "he", "his": "he", "him": "he"}
_REPORTING = r"discovers?|learns?|finds?|realis\w+|realiz\w+|claims?|believes?|hears?|knows?|swears?"
_CLAUSE = re.compile(rf"\b(?:{_REPORTING})(?: out)? that (.+)$", re.IGNORECASE)


@dataclass
class Noun:
    """A noun phrase of the premise, without its determiner; `tail` is what the premise says of it."""

    text: str
    plural: bool = False
    definite: bool = True
    tail: str = ""

    @property
    def phrase(self) -> str:
        return f"the {self.text}" if self.definite else self.text

    @property
    def whole(self) -> str:
        """The noun with what makes it particular: the door in the oven."""
        return f"{self.phrase} {self.tail}".strip()

    @property
    def head(self) -> str:
        return self.text.split()[-1]


@dataclass
class Premise:
    """What could be made out of a premise."""

    phrase: str = ""
    clause: str = ""
    pronoun: str = ""
    era: str = ""
    names: list[str] = field(default_factory=list)
    people: list[Noun] = field(default_factory=list)
    places: list[Noun] = field(default_factory=list)
    times: list[Noun] = field(default_factory=list)
    things: list[Noun] = field(default_factory=list)


def plain(text: str) -> str:
    """Strip a premise of markup, addresses, signs and shouting."""
    text = re.sub(r"<[^>]*>|https?://\S+|\S+@\S+", " ", text[:1500])
    text = text.replace("'", "’")
    kept = "".join(
        char if char in "’-–—.,;:!?()" or char.isspace() or unicodedata.category(char)[0] in "LMN" else " "
        for char in text
    )
    kept = " ".join(kept.split())
    letters = [char for char in kept if char.isalpha()]
    if len(letters) > 3 and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        kept = kept.lower()
    return re.sub(r"\b[^\W\da-z_]{4,}(?:’[^\W\da-z_]+)?\b", lambda match: match.group(0).lower(), kept)


def read_premise(text: str) -> Premise:
    """Make out the people, places, times and things of a premise."""
    clean = plain(text)
    premise = Premise(phrase=_phrase(clean), clause=_clause(clean))
    lowered = [word.lower() for word in words_of(clean)]
    premise.pronoun = next((_PRONOUNS[word] for word in lowered if word in _PRONOUNS), "")
    if _is_english(lowered):
        _read_nouns(_TOKEN.findall(clean[:700]), premise)
    opening = premise.clause.split(" ")[0]
    proper = " ".join(premise.names + [noun.text for noun in premise.places + premise.things])
    if opening not in proper.split():
        premise.clause = opening.lower() + premise.clause[len(opening) :]
    return premise


def _is_english(words: list[str]) -> bool:
    if not words or not all(re.fullmatch(r"[a-zà-ÿœ0-9’'-]+", word) for word in words):
        return False
    known = language().stops | _DETERMINERS | _PREPOSITIONS | words_set("is i he she we it who as if")
    return len(words) < 6 or any(word in known for word in words)


def _phrase(clean: str) -> str:
    first = re.split(r"(?<=[.!?;:])\s", clean)[0].strip(" .,;:!?-—–")
    words = first.split()
    if len(words) == 1:
        return words[0][:24]
    return " ".join(words[:9])[:80].strip(" ,;:-—–")


def _clause(clean: str) -> str:
    first = re.split(r"[.!?;:()]", clean)[0].strip()
    match = _CLAUSE.search(first)
    return rumour_of(match.group(1) if match else first)


def _read_nouns(tokens: list[str], premise: Premise) -> None:
    at, start = 0, True
    while at < len(tokens):
        word = tokens[at]
        low = word.lower()
        if not word[0].isalnum():
            start = word in ".!?" or (start and word != ",")
            at += 1
            continue
        before = tokens[at - 1].lower() if at else ""
        after = tokens[at + 1].lower() if at + 1 < len(tokens) else ""
        if low in ("each", "every") and after in language().verbs:
            at += 1
        elif low == "whose" or (low in _DETERMINERS and low != "that"):
            known, at = len(_all(premise)), _take_phrase(tokens, at + 1, low, premise)
            _particular(tokens, at, low, _all(premise), known, premise)
        elif word[0].isdigit():
            if re.fullmatch(r"1[0-9]{3}s?|2[0-9]{3}s?", word):
                premise.era = premise.era or word
            at += 1
        elif word[0].isupper() and not start and low not in language().stops:
            at = _take_name(tokens, at, before, premise)
        else:
            at = _take_bare(tokens, at, before, start, premise)
        start = False


def _particular(
    tokens: list[str], at: int, determiner: str, found: list[Noun], known: int, premise: Premise
) -> None:
    """Keep with a thing, or with whoever is somebody's, what the premise says of it."""
    nouns = [*premise.things[-1:], *premise.people[-1:]] if len(found) > known else []
    taken = " ".join(tokens[max(0, at - 4) : at])
    noun = next((one for one in nouns if taken.endswith(one.text)), None)
    if noun and (noun in premise.things or determiner == "whose"):
        owned = ("who" if noun in premise.people else "that") if determiner == "whose" else ""
        noun.tail = tail_of(tokens, at, owned)


def _stops_phrase(low: str, taken: int) -> bool:
    known = language()
    if (
        not low[0].isalpha()
        or low in _PREPOSITIONS
        or low in _DETERMINERS
        or low in known.not_nouns - _MODIFIERS
    ):
        return True
    if low in known.stops or low in ("named", "called", "who"):
        return True
    if low in _AUXILIARY:
        return True
    inflected = bool(base_of(low)) or (low.endswith("ing") and low[:-3] in known.verbs)
    return taken > 0 and (inflected or low in known.verbs or low in _past_forms())


_AUXILIARY = words_set("is are was were has have had can cannot could must will would")
_MODIFIERS = words_set(
    "last first next dead old young new little small big great good lost false true own long"
)


def _past_forms() -> frozenset[str]:
    return frozenset(language().irregular.values())


def _take_phrase(tokens: list[str], at: int, determiner: str, premise: Premise) -> int:
    taken: list[str] = []
    while at < len(tokens) and len(taken) < 4:
        word = tokens[at]
        if re.fullmatch(r"1[0-9]{3}s?|2[0-9]{3}s?", word):
            premise.era = premise.era or word
            at += 1
            continue
        if _stops_phrase(word.lower(), sum(one.lower() not in _MODIFIERS for one in taken)):
            break
        if taken and word[0].isupper() and not taken[-1][0].isupper() and at + 1 < len(tokens):
            break
        taken.append(word)
        at += 1
    while taken and taken[-1].lower() in _MODIFIERS:
        taken.pop()
    if (
        len(taken) > 1
        and determiner in ("his", "her", "their", "my", "our")
        and taken[0].endswith(("’s", "s’"))
    ):
        taken = taken[1:]
    if taken and taken[-1].endswith(("’s", "s’")):
        taken[-1] = re.sub(r"’s?$", "", taken[-1])
    if taken:
        _sort_noun(taken, True, premise)
    return at


def _take_name(tokens: list[str], at: int, before: str, premise: Premise) -> int:
    taken: list[str] = []
    while at < len(tokens) and tokens[at][0].isupper() and len(taken) < 3:
        taken.append(re.sub(r"’s?$", "", tokens[at]))
        at += 1
    name = " ".join(taken)
    first = taken[0].lower()
    known = language()
    if first in known.times:
        return at
    if first in known.women or first in known.men or before in {"named", "called", "and"}:
        premise.names.append(name)
    elif before in _PLACE_BEFORE or re.fullmatch(r"\d+s?", before):
        premise.places.append(Noun(name, definite=False))
    elif name not in premise.names:
        premise.things.append(Noun(name, is_plural(name), definite=before == "the"))
    return at


def _take_bare(tokens: list[str], at: int, before: str, start: bool, premise: Premise) -> int:
    word = tokens[at]
    low = word.lower()
    known = language()
    after = tokens[at + 1].lower() if at + 1 < len(tokens) else "."
    if low in known.women or low in known.men:
        premise.names.append(word[0].upper() + word[1:])
        return at + 1
    if low in known.stops or low in known.not_nouns or low in _PREPOSITIONS or len(low) < 3:
        return at + 1
    if before == "to" and low in known.verbs:
        return at + 1
    if low == "people" or before in RELATIVES:
        return at + 1
    if re.fullmatch(r"[12]\d{3}s", before):
        premise.places.append(Noun(low.capitalize(), definite=False))
        return at + 1
    if start and word[0].isupper() and base_of(after) and not is_plural(low) and len(tokens) > 3:
        premise.names.append(word)
        return at + 1
    alone = len(tokens) < 4 and not (base_of(low) and at)
    plural = is_plural(low) and not base_of(low)
    if (before in _PREPOSITIONS and not low.endswith("ing")) or plural or alone or (start and is_plural(low)):
        taken = [low]
        while at + 1 < len(tokens) and not _stops_phrase(tokens[at + 1].lower(), 1) and len(taken) < 3:
            if is_plural(taken[-1]) or after in known.verbs:
                break
            at += 1
            taken.append(tokens[at].lower())
        _sort_noun(taken, False, premise)
    return at + 1


def _sort_noun(taken: list[str], determined: bool, premise: Premise) -> None:
    text = " ".join(taken)
    head = taken[-1].lower()
    plural = is_plural(text)
    noun = Noun(text, plural, definite=determined)
    known = language()
    if len(head) < 3 or any(noun.head.lower() == old.head.lower() for old in _all(premise)):
        return
    if head in known.times:
        premise.times.append(Noun(head, plural, definite=determined))
    elif _is_person(head):
        premise.people.append(Noun(text, plural))
    else:
        premise.things.append(noun)


def _is_person(head: str) -> bool:
    known = language()
    single = head[:-1] if head.endswith("s") and head not in known.people else head
    if single in known.not_people:
        return False
    return single in known.people or head in known.people or (len(head) > 5 and bool(_SUFFIX.search(head)))


def _all(premise: Premise) -> list[Noun]:
    return premise.people + premise.places + premise.times + premise.things
