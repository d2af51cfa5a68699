"""What a story rated SFW must not say: a short list of words that no clean story needs, and what a judge says."""

import re
from dataclasses import dataclass, field

EXPLICIT = re.compile(
    r"\b(?:\w*fuck\w*|cunts?|blow ?jobs?|hand ?jobs?|dildos?|orgasm\w*|clitoris|penis(?:es)?|vagina\w*|semen|nipples?"
    r"|masturbat\w*|porno\w*|genitals?|threesomes?|(?:anal|oral) sex)\b",
    re.IGNORECASE,
)


def explicit_words(text: str) -> list[str]:
    """Return the explicit words of a text, each once, lower-cased."""
    return sorted({found.lower() for found in EXPLICIT.findall(text)})


@dataclass(frozen=True)
class Verdict:
    """Whether texts may be used; `categories` names what speaks against them."""

    allowed: bool = True
    categories: list[str] = field(default_factory=list)
