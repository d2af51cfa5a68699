"""What makes a text that is told in another manner unfit to stand in the old one's place."""

from domain.chapter_check import failures
from domain.state import Json
from domain.text import count_words, fold, is_named


def room_for(text: str) -> Json:
    """Return how many words a text told in another manner may have."""
    count = count_words(text)
    return {"min": max(1, count * 6 // 10), "max": count * 16 // 10 + 20}


def restyle_failures(
    written: Json, text: str, others: list[str], request: Json, people: list[str]
) -> list[str]:
    """Return why what a model wrote (`text`, `finish_reason`) cannot stand in a text's place.

    Beside what no text may be: much shorter or longer, without somebody who was there, or the same. `request` has
    the rating, and the sample that must not be copied.
    """
    room, count = room_for(text), count_words(written["text"])
    found = failures(written, [{"text": other} for other in others], request, room["min"])
    if count and not room["min"] <= count <= room["max"]:
        found.append(f"it has {count} words, it must have {room['min']} to {room['max']}")
    if fold(written["text"]) == fold(text):
        found.append("it is the text as it was")
    lost = [name for name in people if is_named(name, text) and not is_named(name, written["text"])]
    return [*found, *(f"{name} is no longer in it" for name in lost)]
