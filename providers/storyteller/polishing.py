"""What a person wrote, polished: spelling, quotes and capitals are mended, every word that was meant is kept."""

import re

from providers.storyteller.words import an, capitalised
from providers.storyteller.world import Json

_SLIPS = {
    "teh": "the", "adn": "and", "recieve": "receive", "recieved": "received", "seperate": "separate",
    "definately": "definitely", "occured": "occurred", "untill": "until", "wich": "which", "thier": "their",
    "becuase": "because", "beleive": "believe", "freind": "friend", "wierd": "weird", "tommorow": "tomorrow",
    "tomorow": "tomorrow", "begining": "beginning", "suddenley": "suddenly", "alot": "a lot", "dont": "don’t",
    "didnt": "didn’t", "doesnt": "doesn’t", "couldnt": "couldn’t", "wouldnt": "wouldn’t", "wasnt": "wasn’t",
    "isnt": "isn’t", "im": "I’m", "ive": "I’ve", "thats": "that’s", "i": "I",
}  # fmt: skip
_SLIP = re.compile(rf"\b(?:{'|'.join(_SLIPS)})\b(?![’'])", re.IGNORECASE)
_TWICE = re.compile(r"\b(?!(?:had|that)\b)(\w{2,}) \1\b", re.IGNORECASE)
_ENDS = re.compile(r"[.!?…:;—–-][”’)\]*]*$")


def polish(text: str) -> str:
    """Return the text with its slips mended, paragraph by paragraph."""
    parts = [part for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]
    return "\n\n".join(_paragraph(part) for part in parts)


def _paragraph(text: str) -> str:
    text = " ".join(text.split())
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    text = re.sub(r"([,;])(?=[^\W\d_])", r"\1 ", text)
    text = re.sub(r"(?<!\.)\.\.\.(?!\.)", "…", text).replace(" - ", " – ")
    text = _TWICE.sub(r"\1", _SLIP.sub(_mended, _quoted(text)))
    text = capitalised(an(text))
    return text if _ENDS.search(text) else f"{text}."


def _mended(match: re.Match[str]) -> str:
    word = match.group(0)
    right = _SLIPS[word.lower()]
    return right[0].upper() + right[1:] if word[0].isupper() else right


def _quoted(text: str) -> str:
    """Curl straight quotes."""
    text = re.sub(r"(^|[\s(\[—–])\"", r"\1“", text).replace('"', "”")
    return re.sub(r"(^|[\s(\[—–“])'(?=\w)", r"\1‘", text).replace("'", "’")


def polish_scene(inputs: Json, seed: int) -> str:
    """Return what the author wrote, polished."""
    return polish(str(inputs["content"]))
