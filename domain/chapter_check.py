"""What code finds wrong with a chapter: failures make it unusable, misses can be mended."""

from domain.languages import ENGLISH, is_english
from domain.manner import copied
from domain.rating import explicit_words
from domain.refusals import is_refusal
from domain.state import Json
from domain.text import count_words, covers, is_degenerate, is_truncated, repeats


def failures(draft: Json, chapters: list[Json], request: Json, min_words: int) -> list[str]:
    """Return why a draft cannot be used.

    It is empty, refused, truncated, degenerate, a repeat, explicit where it must not be, copied from the sample of its
    style, or under half the minimum.
    """
    text, count = draft["text"], count_words(draft["text"])
    if not count:
        return ["it is empty"]
    if is_refusal(text, count):
        return ["the model declined to write it"]
    found = []
    if draft.get("finish_reason") in ("length", "cut") or is_truncated(text):
        found.append("it breaks off before its end")
    if is_degenerate(text):
        found.append("it repeats itself over and over")
    if repeats(text, [chapter["text"] for chapter in chapters]):
        found.append("it repeats an earlier chapter")
    if request["rating"] == "SFW" and explicit_words(text):
        found.append("it is explicit, in a story rated SFW")
    if runs := copied(text, request):
        found.append(f"it copies the style sample, of which it may take the manner alone: “{runs[0]}”")
    if 2 * count < min_words:
        found.append(f"it has {count} words, under half of {min_words}")
    return found


def misses(text: str, plan: Json, min_words: int, max_words: int, language: str = ENGLISH) -> list[str]:
    """Return what can be mended: too short, too long, a beat left out, which code can tell in English alone."""
    count, found = count_words(text), []
    if count < min_words:
        found.append(f"it is too short: {count} words, at least {min_words}")
    if count > max_words:
        found.append(f"it is too long: {count} words, at most {max_words}")
    if not is_english(language):
        return found
    found += [
        f"this beat is missing: {beat['text']}" for beat in plan["beats"] if not covers(text, beat["text"])
    ]
    return found
