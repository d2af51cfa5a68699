from datetime import UTC, datetime

import pytest

from domain.story import Chapter, ChapterPlan, Outline, Story, StoryInput, TextOrigin

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


def chapter(number: int, title: str, text: str) -> Chapter:
    origin = TextOrigin(prompt="story/write_chapter", version=1, hash="0" * 8, model="offline:storyteller")
    return Chapter(number=number, title=title, text=text, words=len(text.split()), origin=origin)


def make_story(title: str, synopsis: str, genre: str, chapters: list[tuple[str, str]]) -> Story:
    plans = [
        ChapterPlan(number=number, title=name, summary="", purpose="", beats=[], plants=[], pays_off=[])
        for number, (name, _) in enumerate(chapters, 1)
    ]
    return Story(
        request=StoryInput(
            premise="A detective in 1920s Paris finds the gargoyles alive at night", genre=genre
        ),
        outline=Outline(title=title, arc="", setting="", characters=[], chapters=plans),
        chapters=[chapter(number, name, text) for number, (name, text) in enumerate(chapters, 1)],
        synopsis=synopsis,
    )


@pytest.fixture
def story() -> Story:
    return make_story(
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
def hostile_story() -> Story:
    """A story in which every piece of text tries to be something else."""
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
    return make_story(
        title,
        'It\'s <b>bold</b> & "brave"\n\n# or not',
        '"><evil>&',
        [(title, text), ("  ", ""), ("***", "***")],
    )
