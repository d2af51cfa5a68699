"""What happens in a premise, clause by clause: who or what, and what they do."""

import re
from dataclasses import dataclass

from providers.storyteller.lexicon import language
from providers.storyteller.marvel import AUXILIARY, finite_at, is_verb
from providers.storyteller.words import base_of, words_of, words_set

MOST, LONGEST, LONGEST_SUBJECT = 3, 18, 7
_JOINT = re.compile(r"(,?\s+(?:and|but|while|because|until|yet|when)\s+|,\s+)")
_SENTENCE = re.compile(r"(?<=[.!?;:—])\s+")
_OPENING = re.compile(r"^(?:when|while|after|as|since|once|if|and|but|so|then|at first)\s+", re.IGNORECASE)
_ASIDE = re.compile(r"^([^,]+), [^,]+, ")
_REPORTED = re.compile(r"^(?:discovers|learns|finds|hears|believes|knows)(?: out)? that (.+)$")
_CUT_BEFORE = words_set("before after so as with carrying although though where which")
_AFTER_VERB = words_set("a an the his her its their my at in on for with to from into out up back over")
_RELATIVE = words_set("who whose whom which that where how what why")
_VAGUE = words_set("it he she they this that there here we you who what how why which where whose")
_PRIVATE = words_set("you your we our us please write story")
_DETERMINERS = words_set("a an the his her its their two three four five six seven every each some")
_FIRST = {"am": "is", "have": "has", "do": "does", "was": "was", "don’t": "doesn’t", "haven’t": "hasn’t"}


@dataclass(frozen=True)
class Clause:
    """Something that happens: its subject as the premise has it, and the words from its verb on."""

    subject: str
    rest: str

    @property
    def reported(self) -> "Clause | None":
        """What is discovered in `discovers that the gargoyles come alive`."""
        found = _REPORTED.match(self.rest)
        return clause_of(found[1].split()) if found else None


def clauses_of(premise: str) -> list[Clause]:
    """Return the clauses of a premise in their order; what is no whole clause stays with the one before."""
    found: list[Clause] = []
    for sentence in _SENTENCE.split(premise):
        if not sentence.rstrip().endswith("?"):
            found += _of_sentence(in_third_person(sentence.strip(" .!?;:,—–-")))
    return found[:MOST]


def _of_sentence(sentence: str) -> list[Clause]:
    sentence = _ASIDE.sub(lambda match: f"{match[1]} ", sentence) if _has_aside(sentence) else sentence
    parts = _JOINT.split(sentence)
    texts = [parts[0]]
    for joint, piece in zip(parts[1::2], parts[2::2], strict=True):
        if clause_of(_words(texts[-1])) and clause_of(_words(piece)):
            texts.append(piece)
        else:
            texts[-1] += joint + piece
    return [clause for text in texts if (clause := clause_of(_words(text)))]


def _has_aside(sentence: str) -> bool:
    """Say whether a verb follows a second comma: `Samuel, a cartographer, must share`."""
    match = _ASIDE.match(sentence)
    after = sentence[match.end() :].split(" ")[0].lower() if match else ""
    return bool(match and (after in AUXILIARY or base_of(after)) and not clause_of(match[1].split()))


def _words(text: str) -> list[str]:
    return _OPENING.sub("", text.strip(" ,")).split()


def clause_of(words: list[str]) -> Clause | None:
    """Return the clause that the words are, `None` when they are none that can be told of somebody."""
    words = _cut(words)
    low = [word.lower().strip(",") for word in words]
    if not 3 <= len(low) <= LONGEST or low[0] in _VAGUE or _PRIVATE & set(low):
        return None
    at = _verb_of(low)
    if at is None or not _is_subject(words[:at]):
        return None
    return Clause(" ".join(words[:at]), " ".join(words[at:]))


def _cut(words: list[str]) -> list[str]:
    """Leave out the end of a clause that is too long to be told in one breath."""
    ends = [
        place
        for place in range(6, LONGEST + 1)
        if words[place : place + 1] and words[place].lower() in _CUT_BEFORE
    ]
    return words[: ends[-1]] if len(words) > LONGEST and ends else words


def _verb_of(low: list[str]) -> int | None:
    relative = next((place for place, word in enumerate(low) if word in _RELATIVE and place), len(low))
    at = finite_at(low[:relative])
    if at is None and "and" in low[:4]:
        joined = low.index("and")
        at = next((place for place in range(joined + 2, len(low[:6])) if is_verb(low[place])), None)
    if at is None and low[0] == "§":
        return 1
    unknown = (place for place in (2, 3) if low[place + 1 :] and re.fullmatch(r"[a-z]{3,}[^s’]s", low[place]))
    return next((place for place in unknown if low[place + 1] in _AFTER_VERB), None) if at is None else at


def _is_subject(words: list[str]) -> bool:
    first = words[0]
    determined = first.lower() in _DETERMINERS or words[-1].isdigit()
    return len(words) <= LONGEST_SUBJECT and (
        determined or first[0] in "§" or first[0].isupper() or first.endswith("s")
    )


def in_third_person(text: str) -> str:
    """Return the text with `§` where its first person speaks as `I`, and `§’s` for `my`."""

    def of(match: re.Match[str]) -> str:
        verb = match[1].lower()
        kept = (
            verb in AUXILIARY - {"have", "do"} or verb in language().irregular.values() or verb.endswith("ed")
        )
        return f"§ {_FIRST.get(verb) or (verb if kept else third_of(verb))}"

    text = re.sub(r"\bI’m\b", "I am", text)
    text = re.sub(r"\bI ([a-z’]+)", of, text.replace("I’ve", "I have"))
    return re.sub(r"\b[Mm]y\b", "§’s", text)


def third_of(base: str) -> str:
    """Return the third person of a verb."""
    if base.endswith(("ss", "sh", "ch", "x", "zz", "o")):
        return f"{base}es"
    return f"{base[:-1]}ies" if re.search(r"[^aeiou]y$", base) else f"{base}s"


def names_in(subject: str, names: list[str]) -> bool:
    """Whether a subject is somebody by name."""
    return bool(set(words_of(subject)) & {part for name in names for part in words_of(name)})
