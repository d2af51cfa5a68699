"""What a story rated SFW must not say. A short list of words that no clean story needs and no other meaning excuses."""

import re

EXPLICIT = re.compile(
    r"\b(?:\w*fuck\w*|cunts?|blow ?jobs?|hand ?jobs?|dildos?|orgasm\w*|clitoris|penis(?:es)?|vagina\w*|semen|nipples?"
    r"|masturbat\w*|porno\w*|genitals?|threesomes?|(?:anal|oral) sex)\b",
    re.IGNORECASE,
)


def explicit_words(text: str) -> list[str]:
    """Return the explicit words of a text, each once, lower-cased."""
    return sorted({found.lower() for found in EXPLICIT.findall(text)})
