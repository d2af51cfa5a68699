"""Words: articles, tenses, number, sentences and the comparison of content words."""

import re
from collections.abc import Iterable

from providers.storyteller.lexicon import language

_SENTENCE = re.compile(
    r"(?<!\bSt\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?:(?<=[.!?…])|(?<=[.!?…][”’]))\s+(?=[“‘]?[^\W\d_a-zà-ÿ]|[“‘]?\d)|\n+"
)
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_ARTICLE = re.compile(r"\b([Aa])n? (?=([“‘]?)([^\W_]+))")
_AN = re.compile(r"(?i)^(?:[aeiou]|hour|honest|honou?r|heir)")
_NOT_AN = re.compile(r"(?i)^(?:eu|uni(?!n)|use|usu|ute|one\b|once\b|ur[aeiou])")
_START = re.compile(r"(^[“‘]?|[.!?] [“‘]?|\n[“‘]?)([a-zà-ÿ])")
_VOWELS = "aeiou"


def words_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def words_of(text: str) -> list[str]:
    """Return the words of a text as they stand."""
    return _WORD.findall(text)


def count_words(text: str) -> int:
    """Count words as separated by white space."""
    return len(text.split())


def sentences_of(text: str) -> list[str]:
    """Split a text into sentences; speech and its tag stay together unless a full stop parts them."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


def sentence_key(sentence: str) -> str:
    """Return what makes two sentences the same: their words, lower-cased."""
    return " ".join(word.lower() for word in words_of(sentence))


def stem(word: str) -> str:
    """Return the first five letters, lower-cased: how beats and text are compared."""
    return word.lower()[:5]


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, each once, in order."""
    stops = language().stops
    kept = [word for word in words_of(text.lower()) if len(word) > 3 and word not in stops]
    return list(dict.fromkeys(stem(word) for word in kept))


def missing_stems(wanted: str, text: str) -> list[str]:
    """Return the stems of `wanted` that no word of `text` has."""
    have = {stem(part) for word in words_of(text) for part in (word, *re.split(r"[’'-]", word))}
    return [one for one in content_stems(wanted) if one not in have]


def covers(text: str, wanted: str) -> bool:
    """Say whether more than half of what `wanted` talks about is in `text`."""
    stems = content_stems(wanted)
    return not stems or len(missing_stems(wanted, text)) <= 0.4 * len(stems)


def an(text: str) -> str:
    """Put every indefinite article right."""

    def fix(match: re.Match[str]) -> str:
        word = match.group(3)
        vowel = bool(_AN.match(word)) and not _NOT_AN.match(word)
        vowel = vowel or bool(re.match(r"8|1[18]$", word))
        return f"{match.group(1)}{'n' if vowel else ''} "

    return _ARTICLE.sub(fix, text)


def tidy(text: str) -> str:
    """Close gaps, fix articles, curl quotes, and give each sentence its capital."""
    text = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r" {2,}", " ", text)).strip()
    text = re.sub(r",([.;!?])", r"\1", text).replace("'", "’")
    text = re.sub(r"([.!?])\.(?!\.)", r"\1", text)
    return capitalised(an(text))


def capitalised(text: str) -> str:
    """Give each sentence its capital."""
    return _START.sub(lambda match: match.group(1) + match.group(2).upper(), text)


_AFTER_HEAD = (
    "with|of|in|from|on|for|under|that|wrapped|marked|at|to|without|by|who|which|where|whose|made|built|carved|woven|"
    "written|behind|beneath|inside|between|beyond|beside|below|above|within|near"
)


def is_plural(noun: str) -> bool:
    """Guess from its ending whether a noun phrase's head is plural."""
    head = re.split(rf" (?:{_AFTER_HEAD}) ", noun.lower())[0]
    word = head.split()[-1] if head.split() else ""
    if word in language().plurals:
        return True
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "ous", "news", "lens"))


def past_of(base: str) -> str:
    """Return the past tense of a verb's base form."""
    irregular = language().irregular.get(base)
    if irregular:
        return irregular
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return base[:-1] + "ied"
    if base in language().doubling:
        return base + base[-1] + "ed"
    return base + "ed"


def base_of(verb: str) -> str | None:
    """Return the base of a known verb's third-person form, or `None`."""
    verbs = language().verbs
    special = {
        "is": "be",
        "has": "have",
        "does": "do",
        "goes": "go",
        "dies": "die",
        "lies": "lie",
        "ties": "tie",
    }
    if verb in special:
        return special[verb]
    if not verb.endswith("s"):
        return None
    guesses = [
        verb[:-1],
        verb[:-2] if verb.endswith("es") else "",
        verb[:-3] + "y" if verb.endswith("ies") else "",
    ]
    return next((guess for guess in guesses if guess in verbs), None)


def _regular_base(verb: str) -> str:
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if re.search(r"(?:ss|sh|ch|x|zz)es$", verb) else verb[:-1]


_AUXILIARY = {"is": "was", "are": "were", "am": "was", "has": "had", "have": "had", "does": "did", "do": "did",
              "can": "could", "will": "would", "isn't": "wasn't", "doesn't": "didn't", "can't": "couldn't",
              "won't": "wouldn't", "don't": "didn't", "cannot": "could not", "must": "had to",
              "aren't": "weren't"}  # fmt: skip
_NOT_BEFORE_VERB = words_set(
    "the a an his her their its my your our this these those some of in at on to for with from by no every each "
    "should would could must may might can will cannot not shall"
)

MANY = words_set("rich poor dead living old young blind lost hungry wicked")
_CLAUSE_OPENS = words_set(
    "that who which what where when while whenever as because and but or if how why until before after once since than "
    "it he she they one everyone everybody nobody somebody"
)


def in_past(text: str, names: Iterable[str] = ()) -> tuple[str, int]:
    """Turn present-tense narration into the past; return it and how many verbs were turned."""
    text = re.sub(r"\blies (?=in |on |under |at |beneath |between |beside |behind |buried)", "lay ", text)
    known = {part.lower() for name in names for part in words_of(name)}
    out: list[str] = []
    turned, before, paired, plural, verbless, many = 0, "", False, False, True, False
    for piece in re.split(r"(\s+|[,;:()])", text):
        core = piece.strip(".!?").lower().replace("’", "'")
        named = core in known and piece[:1].isupper()
        verbless = verbless or before in _CLAUSE_OPENS or before in known or piece in ",;:()"
        new = None if named else _past_word(core, before, known, verbless)
        joined = (many and verbless) or (plural and before == "and") or (paired and before in known)
        if not new and joined and core in language().verbs:
            new, plural = past_of(core), True
        if new:
            turned, verbless = turned + 1, False
            out.append(piece.lower().replace("’", "'").replace(core, new) if core else piece)
        else:
            out.append(piece)
        paired = (paired or (core == "and" and before in known)) and not new
        if core.strip():
            many, before = core in MANY and before == "the", core
    return "".join(out), turned


def _past_word(core: str, before: str, names: set[str], verbless: bool) -> str | None:
    """Return the past of a word that is a verb here; a clause that has its verb has none of the ambiguous ones left."""
    barred = before in _NOT_BEFORE_VERB and before not in names
    if not core or barred or before.endswith(("'s", "s'")):
        return None
    if core in _AUXILIARY and (verbless or core != "will"):
        return _AUXILIARY[core]
    base = base_of(core)
    if not verbless:
        return None
    if base and before:
        return past_of(base)
    if before in names and re.fullmatch(r"[a-z]{3,}[^s']s", core):
        return past_of(_regular_base(core))
    plural = is_plural(before) and before not in names and not base_of(before)
    if core in language().verbs and (before == "they" or plural):
        return past_of(core)
    return None


_CONTRACTED = {
    "did not": "didn’t", "had not": "hadn’t", "was not": "wasn’t", "were not": "weren’t", "could not": "couldn’t",
    "would not": "wouldn’t", "it had been": "it’d been", "that was not": "that wasn’t", "there was not": "there wasn’t",
    "should not": "shouldn’t", "he had been": "he’d been", "she had been": "she’d been", "they had been": "they’d been",
    "do not": "don’t", "cannot": "can’t", "is not": "isn’t",
}  # fmt: skip
_CONTRACTABLE = re.compile(rf"\b(?:{'|'.join(_CONTRACTED)})\b", re.IGNORECASE)


def contracted(text: str) -> str:
    """Say `didn’t` for `did not`, as a casual voice does."""

    def brief(match: re.Match[str]) -> str:
        found = _CONTRACTED[match.group(0).lower()]
        return found.capitalize() if match.group(0)[0].isupper() else found

    return _CONTRACTABLE.sub(brief, text)
