"""The words that carry a text's matter, and the stems by which a beat is found in a chapter."""

import re
from collections.abc import Iterator
from functools import lru_cache

from domain.text.tokens import vocabulary, words

_STOP_WORDS = vocabulary(
    "about above across after again against ain't almost along already also although always among another "
    "anyone anything aren't around away back because been before behind being below beneath beside "
    "between beyond both came can't cannot come comes coming could couldn't didn't does doesn't doing "
    "done don't down during each either else enough even ever every everyone everything from gets getting "
    "give given gives going gone hadn't hasn't have haven't having he'd he'll here hers herself himself "
    "however i'll i've into isn't itself just knew know known knows like made make makes making many "
    "might more most much must myself near neither never next nobody none nothing once only onto other "
    "others ours ourselves over quite rather really said same says seem seemed seems shall she'd she'll "
    "should shouldn't since some someone something soon still such take taken takes than that that's "
    "their theirs them themselves then there there's these they they'd they'll they're they've thing "
    "things this those though through till together took toward towards under until upon used very want "
    "wants wasn't we'll we're we've well went were weren't what when where whether which while whom whose "
    "will with within without won't would wouldn't yours yourself your you'd you'll you're you've"
)
_SHORT_STOP_WORDS = vocabulary(
    "the and but for nor his her hers him she its our you are was has had not all any can did get got how let may "
    "now off one out own put say see set too two use way who why yet ago few had him per via"
)
_IRREGULAR_VERBS = (
    "hear heard, ring rang rung, lose lost, find found, bring "
    "brought, tell told, leave left, keep kept, hold held, catch caught, teach taught, fight fought, "
    "seek sought, think thought, buy bought, sell sold, break broke broken, speak spoke spoken, steal "
    "stole stolen, choose chose chosen, write wrote written, drive drove driven, ride rode ridden, rise "
    "rose risen, hide hid hidden, bite bit bitten, swear swore sworn, tear tore torn, wear wore worn, "
    "draw drew drawn, grow grew grown, throw threw thrown, blow blew blown, fly flew flown, begin began "
    "begun, sing sang sung, sink sank sunk sunken, drink drank drunk, swim swam swum, run ran, sit sat, "
    "stand stood, understand understood, win won, dig dug, hang hung, shoot shot, light lit, meet met, "
    "feed fed, lead led, bleed bled, sleep slept, weep wept, sweep swept, creep crept, feel felt, deal "
    "dealt, mean meant, send sent, spend spent, build built, bend bent, lend lent, burn burnt, learn "
    "learnt, dream dreamt, fall fell fallen, wake woke woken, freeze froze frozen, forget forgot "
    "forgotten, forgive forgave forgiven, shake shook shaken, strike struck, stick stuck, swing swung, "
    "cling clung, fling flung, bind bound, wind wound, pay paid, lay laid, lie lay lain, eat ate eaten, "
    "die died dying, see saw seen, man men, woman women, child children"
)
_BASE_FORMS = {form: base for base, *forms in map(str.split, _IRREGULAR_VERBS.split(",")) for form in forms}
_INFLECTION = re.compile(r"(?:ing|ed|es|s)$")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")


def is_stop_word(word: str) -> bool:
    """Tell whether a lower-cased word carries no matter of its own."""
    return word in _STOP_WORDS or word in _SHORT_STOP_WORDS


def content_words(text: str) -> list[str]:
    """Return the lower-cased words of more than three letters that are no stop words."""
    return [word for word in _bare_words(text) if len(word) > 3 and not is_stop_word(word)]


def stems(text: str) -> set[str]:
    """Return what beats are compared by, whatever the inflection.

    That is: words of three letters or more that are no stop words, irregular forms as their base, without -ing, -ed
    or -s, cut to five letters. A beat is planned in the present ("Mara hears it ring"), the chapter tells it
    in the past ("she heard it ringing").
    """
    return set(_stems(text))


@lru_cache(maxsize=128)
def _stems(text: str) -> frozenset[str]:
    return frozenset(
        _stem(word) for word in set(_bare_words(text)) if len(word) > 2 and not is_stop_word(word)
    )


def _stem(word: str) -> str:
    word = _BASE_FORMS.get(word, word)
    bare = _INFLECTION.sub("", word)
    base = _DOUBLED.sub(r"\1", (bare if len(bare) > 2 else word).removesuffix("e"))
    return (base[:-1] + "i" if base.endswith("y") else base)[:5]


def _bare_words(text: str) -> Iterator[str]:
    return (word.removesuffix("'s") for word in words(text))
