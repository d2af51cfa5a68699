from datetime import UTC, datetime
from typing import Any

import pytest

from domain.book import Book, BookChapter

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
