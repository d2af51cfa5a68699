"""The nouns of a premise: its people, places, times and things, each with what is said of it."""

import re
from dataclasses import dataclass, field

from providers.storyteller.clauses import Clause, third_of
from providers.storyteller.lexicon import language
from providers.storyteller.marvel import RELATIVES, tail_of
from providers.storyteller.words import base_of, is_plural, words_set

_TOKEN = re.compile(r"\d+s?\b|[^\W\d_]+(?:[’'-][^\W\d_]+)*|[.,;:!?—–()]")
DETERMINERS = words_set("a an the her his their its my our your this that these those every each some no")
PREPOSITIONS = words_set(
    "in at on of from near with about to into for under behind beneath inside outside through by between over "
    "across against during after before beyond without within"
)
_PLACE_BEFORE = words_set("in on at from near to across of through")
_SUFFIX = re.compile(r"(?:[^aeiou]er|eer|tor|ssor|ist|ian|man|woman|ess|smith|keeper|monger)s?$")
OWNERS = words_set("his her its their my our your")
TITLES = words_set(
    "dr mr mrs ms miss sir lady lord captain professor inspector detective father mother sister brother saint"
)
_SENSED = words_set("hears sees watches feels lets makes hear see watch feel let make")
_INFINITIVE_AFTER = words_set(
    "begin start try learn want refuse decide come agree forget need choose promise offer have dare"
)
_PRONOUNS = words_set("she her hers he his him it")


@dataclass
class Noun:
    """A noun phrase of the premise, without its determiner; `tail` is what the premise says of it.

    `owner` is whose it is: `his`, `my`; `name` what it is called; `opposed`, whether it stands after `before`.
    """

    text: str
    plural: bool = False
    definite: bool = True
    tail: str = ""
    owner: str = ""
    name: str = ""
    opposed: bool = False

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
    clauses: list[Clause] = field(default_factory=list)
    pronoun: str = ""
    era: str = ""
    names: list[str] = field(default_factory=list)
    people: list[Noun] = field(default_factory=list)
    places: list[Noun] = field(default_factory=list)
    times: list[Noun] = field(default_factory=list)
    things: list[Noun] = field(default_factory=list)


def read_nouns(text: str, premise: Premise) -> None:
    """Sort the nouns of a text into a premise."""
    tokens = _TOKEN.findall(text)
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
        if low == "i" or (low in ("each", "every") and after in language().verbs):
            at += 1
        elif low == "whose" or (low in DETERMINERS and low != "that"):
            known, at = len(_all(premise)), _take_phrase(tokens, at + 1, low, before, premise)
            at = _particular(tokens, at, low, _all(premise), known, premise)
        elif word[0].isdigit():
            if re.fullmatch(r"1[0-9]{3}s?|2[0-9]{3}s?", word):
                premise.era = premise.era or word
            at += 1
        elif word[0].isupper() and (not start or _is_named(low, tokens[at + 1 :])) and _is_content(low):
            at = _take_name(tokens, at, before, premise)
        else:
            at = _take_bare(tokens, at, before, start, premise)
        start = False


def _is_content(low: str) -> bool:
    return low not in language().stops and low not in PREPOSITIONS


def _is_named(low: str, following: list[str]) -> bool:
    """Say whether a sentence begins with a title and a name, or with several names that do something."""
    if len(following) < 2 or not following[0][0].isupper() or low in language().verbs:
        return False
    after = following[1].lower()
    acts = base_of(after) or after in _AUXILIARY or after in ("and", ",") or following[1][0].isupper()
    return low in TITLES or low in language().people or bool(acts)


def _particular(
    tokens: list[str], at: int, determiner: str, found: list[Noun], known: int, premise: Premise
) -> int:
    """Keep with a thing, or with whoever is somebody's, what the premise says of it; return where to read on.

    What a title is of, as in `the Count of Orsay`, is no place of the story.
    """
    nouns = [*premise.things[-1:], *premise.people[-1:]] if len(found) > known else []
    taken = " ".join(tokens[max(0, at - 4) : at])
    noun = next((one for one in nouns if taken.endswith(one.text)), None)
    if noun and noun in premise.things and (answer := _perceived(tokens, at)):
        noun.tail = answer
    elif noun and (noun in premise.things or determiner == "whose" or tokens[at : at + 1] == ["of"]):
        owned = ("who" if noun in premise.people else "that") if determiner == "whose" else ""
        noun.tail = tail_of(tokens, at, owned)
        titled = noun in premise.people and noun.text[0].isupper() and tokens[at : at + 1] == ["of"]
        return at + len(noun.tail.split()) if titled else at
    return at


def _perceived(tokens: list[str], at: int) -> str:
    """Return `that answers` where a verb of the senses stands before the noun and a bare verb after it."""
    low = [token.lower() for token in tokens[max(0, at - 5) : at + 2]]
    after = low[min(at, 5)] if at < len(tokens) else ""
    sensed = any(word in _SENSED for word in low[: min(at, 5)])
    ended = (
        at + 1 >= len(tokens) or not tokens[at + 1][0].isalpha() or low[-1] in PREPOSITIONS | {"and", "but"}
    )
    return f"that {third_of(after)}" if sensed and ended and after in language().verbs else ""


def _stops_phrase(low: str, taken: int) -> bool:
    known = language()
    if (
        not low[0].isalpha()
        or low in PREPOSITIONS
        or low in DETERMINERS
        or low in known.not_nouns - _MODIFIERS
    ):
        return True
    if (
        low in known.stops - _MODIFIERS
        or low in ("named", "called", "who")
        or low in _PRONOUNS
        or low == "it"
    ):
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


def _take_phrase(tokens: list[str], at: int, determiner: str, before: str, premise: Premise) -> int:
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
    owning = bool(taken) and taken[-1].endswith(("’s", "s’"))
    if owning:
        taken[-1] = re.sub(r"’s?$", "", taken[-1])
    if len(taken) > 1 and taken[0] == "own":
        taken = taken[1:]
    if taken and (noun := _sort_noun(taken, True, premise)):
        noun.owner = "’s" if owning else determiner if determiner in OWNERS else ""
        noun.opposed = before in ("before", "against", "from", "behind")
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
    if (titled := first in TITLES or first in known.people) and len(taken) > 1:
        premise.names.append(name)
    elif before and not titled and premise.people and before == premise.people[-1].head.lower():
        premise.people[-1].name = name
    elif (
        start_of(tokens, at, taken)
        or first in known.women
        or first in known.men
        or before in {"named", "called", "and"}
    ):
        premise.names.append(name)
    elif before in _PLACE_BEFORE or re.fullmatch(r"\d+s?", before):
        premise.places.append(Noun(name, definite=False))
    elif name not in premise.names:
        owned = before == "the" or _is_owned(tokens, at - len(taken))
        premise.things.append(Noun(name, is_plural(name), definite=owned))
    return at


def start_of(tokens: list[str], end: int, taken: list[str]) -> bool:
    """Say whether a name of several words begins its sentence."""
    begun = end - len(taken)
    return len(taken) > 1 and (begun == 0 or tokens[begun - 1] in ".!?")


def _is_owned(tokens: list[str], at: int) -> bool:
    """Say whether somebody's name stands before a noun, or before its adjective."""
    return any(token.endswith(("’s", "s’")) for token in tokens[max(0, at - 2) : at])


def _is_infinitive(tokens: list[str], at: int) -> bool:
    """Say whether a word after `to` is a verb."""
    low = [token.lower() for token in tokens[max(0, at - 2) : at + 2]]
    place = min(at, 2)
    led, after = low[0], low[place + 1 : place + 2]
    verb = low[place] in language().verbs or (base_of(led) or led) in _INFINITIVE_AFTER
    return place > 0 and low[place - 1] == "to" and (verb or bool(set(after) & DETERMINERS))


def _take_bare(tokens: list[str], at: int, before: str, start: bool, premise: Premise) -> int:
    word = tokens[at]
    low = word.lower()
    known = language()
    after = tokens[at + 1].lower() if at + 1 < len(tokens) else "."
    if low in known.women or low in known.men:
        premise.names.append(word[0].upper() + word[1:])
        return at + 1
    if low in known.stops or low in known.not_nouns or low in PREPOSITIONS or len(low) < 3:
        return at + 1
    if _is_infinitive(tokens, at) or low == "people" or before in RELATIVES:
        return at + 1
    if re.fullmatch(r"[12]\d{3}s", before):
        premise.places.append(Noun(low.capitalize(), definite=False))
        return at + 1
    if start and word[0].isupper() and base_of(after) and not is_plural(low) and len(tokens) > 3:
        premise.names.append(word)
        return at + 1
    if f"{before} {low}" in known.idioms:
        return at + 1
    alone = len(tokens) < 4 and not (base_of(low) and at)
    plural = is_plural(low) and not base_of(low)
    if (before in PREPOSITIONS and not low.endswith("ing")) or plural or alone or (start and is_plural(low)):
        taken = [low]
        while at + 1 < len(tokens) and not _stops_phrase(tokens[at + 1].lower(), 1) and len(taken) < 3:
            if is_plural(taken[-1]) or after in known.verbs:
                break
            at += 1
            taken.append(tokens[at].lower())
        _sort_noun(taken, False, premise)
    return at + 1


def _sort_noun(taken: list[str], determined: bool, premise: Premise) -> Noun | None:
    """Put a noun with its kind and return it, `None` where the premise has it already."""
    text = " ".join(taken)
    head = taken[-1].lower()
    plural = is_plural(text)
    noun = Noun(text, plural, definite=determined)
    known = language()
    if len(head) < 3 or any(noun.head.lower() == old.head.lower() for old in _all(premise)):
        return None
    if head in known.times:
        premise.times.append(noun := Noun(head, plural, definite=determined))
    elif _is_person(head) or text in known.callings or _acts(text, premise):
        premise.people.append(noun := Noun(text, plural))
    else:
        premise.things.append(noun)
    return noun


def _acts(text: str, premise: Premise) -> bool:
    """Say whether the premise begins with this and has it feel, want or remember, as only somebody does."""
    first = premise.clauses[0] if premise.clauses else None
    verb = first.rest.split()[0] if first else ""
    minds = base_of(verb) in language().minds or (
        first is not None and first.rest.startswith("falls in love")
    )
    return bool(
        first
        and minds
        and first.subject.split()[0].lower() in ("a", "an", "the", "one")
        and first.subject.lower().endswith(text.lower())
    )


def _is_person(head: str) -> bool:
    known = language()
    single = head[:-1] if head.endswith("s") and head not in known.people else head
    if single in known.not_people:
        return False
    return single in known.people or head in known.people or (len(head) > 5 and bool(_SUFFIX.search(head)))


def _all(premise: Premise) -> list[Noun]:
    return premise.people + premise.places + premise.times + premise.things
