import math
import wave
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from books import prose
from domain.book import Book, BookChapter, BookPicture, Recording
from domain.media import COMPACT, Mark
from providers.speech import audio, passages

IDENTIFIER = "6f1b2a44-3c5d-4e8a-9b7c-0d1e2f3a4b5c"
MODIFIED = datetime(2026, 11, 3, 21, 4, 5, tzinfo=UTC)
NIGHT = """\
Inspector Armand Lecoeur had never believed in the gargoyles. He had grown up beneath them, had thrown \
stones at them as a boy and had been beaten for it by a sacristan with one good eye, and in thirty years \
of walking home along the quay he had not once seen them do anything but spit rain.

“You saw it *move*,” said Odile. It was not a question.

He looked at the river & said nothing. The water was as black as a priest’s sleeve.

***

By four the cafés had put up their chairs. Lecoeur counted the figures along the south gallery, \
as he had every night that week.

“Eleven,” he said.

There had always been _twelve_."""


def make_book(title: str, synopsis: str, genre: str, chapters: list[tuple[str, str]], **more: Any) -> Book:
    facts = {
        "premise": "A detective in 1920s Paris finds the gargoyles alive at night",
        "models": "offline:storyteller",
    }
    return Book(
        title=title,
        identifier=IDENTIFIER,
        modified=MODIFIED,
        synopsis=synopsis,
        genre=genre,
        chapters=[
            BookChapter(number=number, title=name, text=text)
            for number, (name, text) in enumerate(chapters, 1)
        ],
        **(facts | more),
    )


@pytest.fixture
def book() -> Book:
    return make_book(
        "The Twelfth Gargoyle",
        "A detective counts the stone figures of a cathedral. One night there is one too few.",
        "noir",
        [
            ("Rain on the South Gallery", NIGHT),
            ("Chapter 2: What the Sacristan Kept", NIGHT[::-1]),
            ("", NIGHT),
        ],
    )


def recorded(chapter: BookChapter, spoken: list[str], folder: Path) -> BookChapter:
    """Have a chapter read by tones, a tone a sentence, each as long as its text."""
    parts = [audio.Part(tone(0.2 + len(sentence) / 400), pause=0.1) for sentence in spoken]
    joined = audio.normalise(parts)
    marks = [
        Mark(start=start, end=end, text=text) for text, (start, end) in zip(spoken, joined.spans, strict=True)
    ]
    path = folder / f"chapter-{chapter.number}.mp3"
    path.write_bytes(joined.data)
    path.with_suffix(COMPACT).write_bytes(joined.compact)
    return replace(chapter, recording=Recording(path=path, seconds=joined.seconds, marks=marks))


def tone(seconds: float, rate: int = 22_050) -> BytesIO:
    """Return a tone with the ups and downs of a voice, as WAV."""
    wav = BytesIO()
    with wave.open(wav, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        loud = (math.sin(math.pi * 4 * at / rate) ** 2 * 9_000 for at in range(int(seconds * rate)))
        file.writeframes(
            b"".join(
                int(each * math.sin(at / 20)).to_bytes(2, "little", signed=True)
                for at, each in enumerate(loud)
            )
        )
    return wav


def read_out(chapter: BookChapter) -> list[str]:
    """Return the sentences of a chapter as a narrator reads them, its heading first."""
    return [each.text for each in passages.read(prose.read_aloud(chapter))]


def picture(path: Path, size: tuple[int, int] = (1344, 768), colour: str = "#24344d") -> BookPicture:
    Image.new("RGB", size, colour).save(path)
    return BookPicture(path=path, alt='A "moon" & a roof')


@pytest.fixture
def audiobook(book: Book, tmp_path: Path) -> Book:
    """The book with a picture and a recording for each chapter."""
    folder = tmp_path / "media"
    folder.mkdir()
    chapters = [
        replace(recorded(each, read_out(each), folder), picture=picture(folder / f"{each.number}.png"))
        for each in book.chapters
    ]
    return replace(book, chapters=chapters, narrator="Edmund", illustrator="offline:illustrator")


@pytest.fixture
def hostile_book() -> Book:
    """A book in which every piece of text tries to be something else."""
    text = "\n\n".join(
        (
            "<script>alert('one')</script> & &amp; &#0; <![CDATA[ ]]> {{ 7 * 7 }} {% raw %}",
            "bell\x07 null\x00 escape\x1b lone\ud800 not\ufffe a character\x85",
            "w" * 5_000,
            "مرحبا بالعالم، هذا نص من اليمين إلى اليسار",
            "👩‍👩‍👧‍👦 🏳️‍🌈 漢字 \u202eedirrevo",
            "***",
            "* * *",
            "# A heading?\n> A quotation?\n- An item?\n1. Another?\n    code?",
            "[a link](javascript:alert) ![picture](x.png) <https://example.org> www.example.org `code` **bold** a_b_c",
            "---",
        )
    )
    title = 'The "Quoted" <Title>\nof </title> & Søren’s \x0b𝕬𝖗𝖙 \u202e'
    return make_book(
        title,
        'It\'s <b>bold</b> & "brave"\n\n# or not',
        '"><evil>&',
        [(title, text), ("  ", ""), ("***", "***")],
    )
