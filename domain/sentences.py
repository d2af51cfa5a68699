"""Targeted edits: one sentence is replaced, every other byte stays."""

from domain.story import Chapter, SentenceEdit
from domain.text import count_words, find_sentence, is_truncated

MOST_EDITS = 5


def replace_sentence(text: str, sentence: str, replacement: str) -> str | None:
    """Return the text with the sentence replaced, or `None` when the replacement is no sentence to print.

    A replacement is one paragraph, ends like a sentence, and has at most three times the words and twenty more.
    """
    replacement = replacement.strip()
    too_long = count_words(replacement) > 3 * count_words(sentence) + 20
    if not replacement or "\n" in replacement or too_long or is_truncated(replacement):
        return None
    return text.replace(sentence, replacement, 1)


def apply_edits(chapters: list[Chapter], edits: list[SentenceEdit]) -> list[Chapter]:
    """Return the chapters that the edits change; at most five edits count, each on one sentence that stands."""
    changed: dict[int, Chapter] = {}
    by_number = {chapter.number: chapter for chapter in chapters}
    for edit in edits[:MOST_EDITS]:
        chapter = changed.get(edit.chapter) or by_number.get(edit.chapter)
        sentence = find_sentence(chapter.text, edit.quote) if chapter else None
        if not chapter or not sentence or sentence.strip() == edit.replacement.strip():
            continue
        text = replace_sentence(chapter.text, sentence, edit.replacement)
        if text:
            update = {"text": text, "words": count_words(text), "edits": chapter.edits + 1}
            changed[edit.chapter] = chapter.model_copy(update=update)
    return list(changed.values())
