"""How two texts differ, sentence by sentence."""

from difflib import SequenceMatcher

from domain.text.tokens import paragraphs, sentences


def compare(first: str, second: str) -> list[str]:
    """Return the sentences of two texts, each after `- ` (only in the first), `+ ` (only in the second) or spaces."""
    old, new = sentences(first), sentences(second)
    lines: list[str] = []
    for kind, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [f"  {one}" for one in old[start:end]]
        else:
            lines += [f"- {one}" for one in old[start:end]]
            lines += [f"+ {one}" for one in new[begin:stop]]
    return lines


def changed(first: str, second: str) -> list[str]:
    """Return the paragraphs in which two texts differ, as `compare` does."""
    old, new = paragraphs(first), paragraphs(second)
    lines: list[str] = []
    for kind, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            lines += compare("\n\n".join(old[start:end]), "\n\n".join(new[begin:stop]))
    return lines
