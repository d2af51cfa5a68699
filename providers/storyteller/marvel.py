"""What is particular in a premise: a thing with the clause that makes it strange, and what is said of it."""

from itertools import takewhile

from providers.storyteller.lexicon import language
from providers.storyteller.words import MANY, base_of, is_plural, words_set

RELATIVES = words_set("who whose whom which that where")
_WHERE = words_set(
    "in on at under behind beneath inside of with without between beyond beside below above within to from for near "
    "made built carved woven written"
)
_MADE = words_set("made built carved woven written found lost left hidden sent told")
AUXILIARY = words_set("is are was were has have had can cannot could must will would does do did")
_OBJECT = words_set("a an the his her their its that out up back another every each all no")
_NOT_VERB_AFTER = words_set(
    "a an the his her their its my our this these those of in on at to from with and or but by"
)
_PRIVATE = words_set("i me you your we us write story please")
_PRONOUNS = words_set("he she they it him her his their its them who’s")
_NESTED = words_set("that which who whose whom what where how why whether because when while if as")
_ONE_OF_A_KIND = words_set("last first only next final")
LONGEST_TAIL, LONGEST_RUMOUR = 9, 20


def rumour_of(first: str) -> str:
    """Return what a premise's first sentence says as a clause that fits after `they say`, or an empty string."""
    words = first.strip(" ,-—–").split()
    words = [{"my": "somebody’s", "our": "somebody’s"}.get(word.lower(), word) for word in words]
    low = [word.lower().strip(",") for word in words]
    if not 3 <= len(words) <= LONGEST_RUMOUR or _PRIVATE & set(low) or _is_vague(low):
        return ""
    if low[0] in ("when", "while", "after", "before", "since", "if", "where") and "," not in first:
        words, low = words[1:], low[1:]
    at = next((place for place, word in enumerate(low) if word in RELATIVES and place), len(low))
    if _finite(low[:at]) or low[0] in ("when", "while", "after", "before", "since", "if"):
        return _begun(words) if any(map(is_verb, low)) else ""
    return _about(words, low, at)


def _is_vague(low: list[str]) -> bool:
    return low[0] in _PRONOUNS or low[0] in ("how", "what", "why", "who", "which", "where", "whose", "that")


def _about(words: list[str], low: list[str], at: int) -> str:
    """Make a clause of a noun with what follows it: there is a door in the oven."""
    if at < len(low) and low[at] != "where" and _goes_on(low[at + 1 :]):
        return _begun(words)
    if low[0] in ("a", "an", "some", "one"):
        return f"there is {_begun(words)}"
    if low[0] == "the" and at < len(low) and low[at] in ("who", "which", "that") and len(low) > at + 1:
        return _begun([*words[:at], *words[at + 1 :]])
    if low[0] == "the" and not _ONE_OF_A_KIND & set(low[:at]) and len(low) > 3:
        return f"there is a {' '.join(words[1:])}" if not is_plural(" ".join(low[1:at])) else ""
    many = low[0] in ("two", "three", "four", "five", "six", "seven") or is_plural(" ".join(low[:at]))
    return f"there are {_begun(words)}" if many and low[0] != "the" and not base_of(low[at - 1]) else ""


def _begun(words: list[str]) -> str:
    small = words[0].lower() in words_set(
        "a an the two three four one some when while after before since if somebody’s"
    )
    return " ".join([words[0].lower() if small else words[0], *words[1:]])


def is_verb(word: str) -> bool:
    return word in AUXILIARY or bool(base_of(word)) or word in language().verbs or word in _past_forms()


def _past_forms() -> frozenset[str]:
    return frozenset(language().irregular.values())


def _finite(low: list[str]) -> bool:
    """Say whether a noun is followed by a verb of its own before its first relative clause."""
    return finite_at(low) is not None


def finite_at(low: list[str]) -> int | None:
    """Return the place of the first verb that a noun before it has for its own, `None` where there is none."""
    for place, word in enumerate(low[1:], 1):
        before = low[place - 1]
        if before in _NOT_VERB_AFTER:
            continue
        if word in _MADE and low[place + 1 : place + 2] and low[place + 1] in ("of", "from", "by", "in"):
            continue
        many = is_plural(before) or (before in MANY and low[:place][-2:-1] == ["the"])
        plain = word in language().verbs and many and before not in language().verbs
        if word in AUXILIARY or base_of(word) or word in _past_forms() or plain:
            return place
    return None


def _goes_on(low: list[str]) -> bool:
    """Say whether a relative clause is followed by the verb of the sentence: `who keeps bees finds a map`."""
    found = 0
    for place, word in enumerate(low):
        if found and word in _NESTED:
            return False
        before = low[place - 1] if place else ""
        if before in _NOT_VERB_AFTER or not (base_of(word) or word in AUXILIARY):
            continue
        after = low[place + 1] if place + 1 < len(low) else ""
        if found and after in _OBJECT:
            return True
        found += 1
    return False


def tail_of(tokens: list[str], at: int, owned: str = "") -> str:
    """Return the words from a place on that belong to the noun before it: `in the oven`, `that answers`.

    `owned`: `that` or `who` where the noun follows `whose`, so that a verb comes next.
    """
    low = [token.lower() for token in tokens[at:]]
    if not low or not (owned or low[0] in _WHERE or low[0] in RELATIVES - {"whose", "whom"}):
        return ""
    if owned and not is_verb(low[0]):
        return ""
    if (
        not owned
        and low[0] in RELATIVES
        and (low[0] == "that" and len(low) > 1 and low[1] in ("the", "a", "an"))
    ):
        return ""
    kept = list(takewhile(lambda word: word[0].isalnum() and word not in ("and", "but", "or"), low))
    kept = _own(kept, bool(owned) or low[0] in RELATIVES)
    if not (1 if owned else 2) <= len(kept) <= LONGEST_TAIL:
        return ""
    if low[0] in ("for", "until", "during") and set(kept) & language().times:
        return ""
    told = tokens[at : at + len(kept)]
    return " ".join([owned, *told] if owned else told)


def _own(low: list[str], clause: bool) -> list[str]:
    """Leave out what leans on somebody else, and what the sentence goes on with."""
    if clause and (_goes_on(low) or any(word in _PRONOUNS | _PRIVATE | {"my", "our"} for word in low)):
        return []
    for place, word in enumerate(low):
        if not place:
            continue
        leans = word in _PRONOUNS | _PRIVATE | RELATIVES | {"my", "our", "when", "while", "as"}
        verb = (
            not clause
            and low[place - 1] not in _NOT_VERB_AFTER
            and (word in AUXILIARY or base_of(word) or word in _past_forms())
        )
        if (leans and (not clause or word in ("when", "while", "as"))) or verb:
            low = low[:place]
            break
    ends = (_WHERE - _MADE if clause else _WHERE) | RELATIVES | words_set("a an the")
    while low and low[-1] in ends and not (clause and len(low) == 1):
        low = low[:-1]
    return low
