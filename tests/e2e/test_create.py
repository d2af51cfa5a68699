"""`fabula create`, as somebody uses it who makes an audiobook: typed lines into a process of its own."""

import os
import re
import signal

import pytest

from tests.creations import PROMPT
from tests.e2e.conftest import Home
from tests.e2e.test_play import Reader, flat

WRITE, REWRITE = "creator/write_scene", "creator/rewrite_scene"
CHOICES = ("1", "aa", "b", "2")


@pytest.fixture
def home(home: Home, database_url: str) -> Home:
    """An empty folder in which `fabula` runs, on a database that is there already."""
    plain = home.environment
    home.environment = lambda **extra: plain(DATABASE_URL=database_url, **extra)  # type: ignore[method-assign]
    return home


async def begin(home: Home, *arguments: str, **extra: str) -> Reader:
    started = home.start("create", *arguments, program="tests.e2e.create_program", typed=True, **extra)
    return Reader(await started)


async def create(home: Home, *lines: str, arguments: tuple[str, ...] = (PROMPT,), **extra: str):
    """Type all lines ahead and let the input end."""
    reader = await begin(home, *arguments, **extra)
    reader.type(*lines)
    return await reader.ended()


def books(home: Home) -> list[str]:
    return sorted(path.name for path in home.folder.rglob("stories/*"))


@pytest.mark.req("B03", "B14")
async def test_every_stage_is_led_through_and_the_books_are_left(home: Home):
    lines = ["m 1", "1", "r Colder.", "b 1", "r Warmer.", "aa", "b", "2"]
    done = await create(home, *lines)

    assert done.code == 0, done.err
    told = flat(done.out)
    order = ["1. The Fog Answers (fantasy)", "1. The Drowned Choir (mystery)", "scene 4 of 4"]
    order += ["Scene 1 of 4: Part 1,", "It was the hour of Colder.", "It was the hour of Warmer."]
    order += ["a: sound; v: pictures; b: both", "2. Voice 2 (female)", "sound: 4 of 4", "The Fog Answers"]
    places = [told.index(text) for text in order[:-1]]
    assert places == sorted(places)
    assert books(home) == [f"the-fog-answers.{ending}" for ending in ("epub", "m4b", "pdf")]
    assert home.log.count("sound voice-2") == 4
    assert home.log.count("picture") == 5


async def test_wrong_answers_are_refused_and_asked_for_again(home: Home):
    done = await create(home, "4", "x", "²", "1", "x", "r", "b 9", "aa", "x", "a", "0", "1")

    told = flat(done.out)
    assert told.count("Type a number from 1 to 3.") == 3
    assert told.count("Type a, aa, r and what to do differently") == 2
    assert "has no version 9" in told
    assert "Type a, v or b." in told
    assert told.count("Type a number from 1 to 2.") == 1
    assert done.code == 0, done.err


async def test_scenes_are_approved_one_by_one(home: Home):
    done = await create(home, "1", "a", "s", "a", "a", "a", "v")

    told = flat(done.out)
    scenes = [told.index(f"Scene {number} of 4") for number in (1, 2, 3, 4)]
    assert scenes == sorted(scenes)
    assert told.count("It was the hour of scene 2.") == 2
    assert books(home) == ["the-fog-answers.epub", "the-fog-answers.pdf"]
    assert "sound" not in " ".join(home.log)


@pytest.mark.req("B84")
async def test_a_scene_is_edited_by_paragraphs_and_its_versions_are_compared_in_its_review(home: Home):
    own = "The bell was silent, and the boats lay on their sides."
    looked = ["s", "pr 2 Colder.", f"pi 1 {own}", "v", "d 1 2", "d 2 2", "d 1 9", "pr x", "pr 99 x"]
    done = await create(home, "1", *looked, "b 1", "d 3 4", "aa", "v")

    told = flat(done.out)
    assert done.code == 0, done.err
    assert home.log.count("creator/edit_paragraph") == 1
    assert re.search(r" 1 3\d\d words, draft, by a model", told)
    assert re.search(r" 3 \d+ words, edit paragraph, by a person: insert 1 \(it stands\)", told)
    assert "+ Nobody spoke of the harbour that night" in told
    assert f"- {own}" in told
    assert "They are the same." in told
    assert "The scene has no version 9." in told
    assert "Type pr, the number of a paragraph, and what it is to say." in told
    assert re.search(r"the scene has \d+ paragraphs", told)
    assert books(home)


async def test_who_leaves_goes_on_where_they_were(home: Home):
    left = await create(home, "1", "a", "q")
    assert left.code == 0
    assert books(home) == []
    place = left.err.split("--resume ")[1].split()[0]

    done = await create(home, "aa", "v", arguments=("--resume", place))

    assert flat(done.out).index("Scene 2 of 4") < flat(done.out).index("a: sound")
    assert books(home) == ["the-fog-answers.epub", "the-fog-answers.pdf"]
    assert home.log.count(WRITE) == 4
    again = await create(home, arguments=("--resume",))
    assert again.code == 1 and "No story is waiting to be finished" in again.err


@pytest.mark.req("B29")
@pytest.mark.parametrize(("hold", "kept"), [(REWRITE, 1), ("sound", 0)])
async def test_what_was_under_way_at_ctrl_c_is_done_after_all(home: Home, hold: str, kept: int):
    reader = await begin(home, PROMPT, TEST_HOLD=hold)
    reader.type("1", "r Colder.") if hold == REWRITE else reader.type(*CHOICES)
    await home.until(f"holding {hold}" if hold == REWRITE else "sound voice-2")
    os.kill(reader.process.pid, signal.SIGINT)
    left = await reader.ended()
    assert left.code == 130
    assert "Go on with: fabula create --resume" in left.err
    assert "Traceback" not in left.err

    lines = ("aa", "b", "2") if hold == REWRITE else ()
    done = await create(home, *lines, arguments=("--resume",))

    assert done.code == 0, done.err
    assert books(home) == [f"the-fog-answers.{ending}" for ending in ("epub", "m4b", "pdf")]
    assert home.log.count(WRITE) == 4
    assert home.log.count(f"holding {REWRITE}") == kept


async def test_with_yes_nothing_is_asked(home: Home):
    (home.folder / "mine").mkdir()
    arguments = (PROMPT, "--yes", "--format", "audio", "--narrator", "voice-2", "--out", "mine/fog.epub")
    done = await create(home, arguments=arguments)

    assert done.code == 0, done.err
    assert ">" not in done.out
    assert sorted(path.name for path in (home.folder / "mine").iterdir()) == [
        "fog.epub",
        "fog.m4b",
        "fog.pdf",
    ]
    assert home.log.count("sound voice-2") == 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("",), 2, "PROMPT: the prompt is empty"),
        (("p" * 10_001,), 2, "PROMPT: "),
        ((PROMPT, "--yes", "--narrator", "nobody"), 1, "nobody"),
        ((PROMPT, "--format", "opera"), 2, "opera"),
        (("--resume", "not-an-id"), 1, "not-an-id"),
        ((PROMPT, "--model", "nothing:x"), 2, "nothing"),
    ],
)
async def test_what_cannot_be_is_said_in_one_line(home: Home, arguments, code, words):
    done = await create(home, arguments=arguments)

    assert (done.code, words in done.err, "Traceback" in done.err) == (code, True, False), done.err
    assert books(home) == []
