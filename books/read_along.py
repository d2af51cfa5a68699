"""Reading along: which words of a chapter are heard when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any
from unicodedata import category

from books.layout import Run
from domain.book import Recording
from domain.media import Mark

_HEADING = 2


@dataclass(frozen=True)
class Clip:
    """A piece of text by its id, and when it is heard, in milliseconds."""

    id: str
    begin: int
    end: int


@dataclass(frozen=True)
class Piece:
    """Runs that are heard as one; what is not heard has no id."""

    id: str
    runs: list[Run]


@dataclass(frozen=True)
class _Heard:
    """Letters of one passage, from the first to the last, that belong to one sentence."""

    passage: int
    first: int
    last: int
    begin: int
    end: int


def follow(chapter: dict[str, Any], recording: Recording) -> list[Clip]:
    """Part the chapter's heading and blocks into `pieces` that are heard, and return their clips.

    The clips follow each other without a gap from the beginning to the end of the recording. A sentence that
    goes over several paragraphs has a clip in each. There are no clips when the marks do not have the
    letters of the chapter, with or without its heading: then the voice reads another text.
    """
    passages = [
        [Run(chapter["label"])],
        [Run(chapter["title"])],
        *(block["runs"] for block in chapter["blocks"]),
    ]
    texts = ["".join(run.text for run in runs) for runs in passages]
    heard = list(_heard(texts, recording))
    clips = [Clip(f"{chapter['id']}-s{n}", each.begin, each.end) for n, each in enumerate(heard, 1)]
    by_passage: dict[int, list[tuple[_Heard, str]]] = {}
    for each, clip in zip(heard, clips, strict=True):
        by_passage.setdefault(each.passage, []).append((each, clip.id))
    pieces = [
        _pieces(runs, _ends(text, by_passage.get(n, [])))
        for n, (runs, text) in enumerate(zip(passages, texts, strict=True))
    ]
    chapter["label_pieces"], chapter["title_pieces"] = pieces[:_HEADING]
    for block, parted in zip(chapter["blocks"], pieces[_HEADING:], strict=True):
        block["pieces"] = parted
    return [clip for clip in clips if clip.begin < clip.end]


def whole(chapter: dict[str, Any]) -> None:
    """Leave the chapter's heading and blocks in one piece each, which nothing follows."""
    chapter["label_pieces"] = [Piece("", [Run(chapter["label"])])]
    chapter["title_pieces"] = [Piece("", [Run(chapter["title"])])]
    for block in chapter["blocks"]:
        block["pieces"] = [Piece("", block["runs"])]


def _heard(texts: list[str], recording: Recording) -> Iterator[_Heard]:
    """Find the sentences by their letters and figures alone; signs and spaces may differ."""
    letters = [(n, at) for n, text in enumerate(texts) for at, char in enumerate(text) if char.isalnum()]
    marks = [mark for mark in recording.marks if _letters(mark.text)]
    said = "".join(_letters(mark.text) for mark in marks)
    start = len(letters) - len(said)
    if start not in _beginnings(texts) or said != _letters("".join(texts))[start:]:
        return
    for mark, (begin, end) in zip(marks, _times(marks, recording.seconds), strict=True):
        stop = start + len(_letters(mark.text))
        yield from _by_passage(letters[start:stop], begin, end)
        start = stop


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _beginnings(texts: list[str]) -> list[int]:
    """Return how many letters stand before the label, the title and the text: a voice may begin with any."""
    return [len(_letters("".join(texts[:count]))) for count in range(_HEADING + 1)]


def _times(marks: Sequence[Mark], seconds: float) -> list[tuple[int, int]]:
    """Let each sentence be heard until the next begins, the last until the end."""
    end = int(seconds * 1000)
    begins = [0, *(min(round(mark.start * 1000), end) for mark in marks[1:])]
    return list(pairwise([*sorted(begins), end]))


def _by_passage(letters: list[tuple[int, int]], begin: int, end: int) -> Iterator[_Heard]:
    """Share a sentence's time among its passages by their letters."""
    done = 0
    for passage, group in groupby(letters, key=lambda letter: letter[0]):
        places = [at for _, at in group]
        since = begin + (end - begin) * done // len(letters)
        done += len(places)
        until = begin + (end - begin) * done // len(letters)
        yield _Heard(passage, places[0], places[-1], since, until)


def _ends(text: str, heard: list[tuple[_Heard, str]]) -> list[tuple[int, str]]:
    """Return where in the passage each piece ends, and its id; the space between two sentences has none."""
    cuts = [_cut(text, one.last + 1, next_one.first) for (one, _), (next_one, _) in pairwise(heard)]
    found = []
    for cut, name in zip([*cuts, len(text)], [name for _, name in heard] or [""], strict=True):
        found += [(len(text[:cut].rstrip()), name), (cut, "")]
    return found


def _cut(text: str, after: int, before: int) -> int:
    """Return where between two sentences to part them: after a space, else before what opens."""
    for at in range(before, after, -1):
        if text[at - 1].isspace():
            return at
    return next((at for at in range(after, before) if category(text[at]) in ("Ps", "Pi")), before)


def _pieces(runs: list[Run], ends: list[tuple[int, str]]) -> list[Piece]:
    found, left, at = [], list(runs), 0
    for end, name in ends:
        taken: list[Run] = []
        while left and at < end:
            run, room = left.pop(0), end - at
            taken.append(Run(run.text[:room], run.emphasis, run.lead))
            at += len(taken[-1].text)
            if len(run.text) > room:
                left.insert(0, Run(run.text[room:], run.emphasis, run.lead))
        found += [Piece(name, taken)] if taken else []
    return found
