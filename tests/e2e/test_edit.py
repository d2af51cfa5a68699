"""`fabula edit` and `fabula extend`: a finished story is changed on the command line, here and on a server."""

import re
import signal

import pytest

from domain.text import paragraphs
from tests.chat_server import free_port
from tests.e2e.conftest import Home, ended
from tests.e2e.test_serve import finished, served

NEW = "Nobody spoke of the harbour that night"


@pytest.fixture
def home(home: Home, database_url: str) -> Home:
    """An empty folder in which `fabula` runs, on a database that is there already."""
    plain = home.environment
    home.environment = lambda **extra: plain(DATABASE_URL=database_url, **extra)  # type: ignore[method-assign]
    return home


@pytest.fixture
async def told(home):
    """A finished story of two chapters: its id, and its book as Markdown."""
    done = await home.run("write", "A keeper.", "--chapters", "2", "--out", "book.epub")
    assert done.code == 0, done.err
    return re.search(r"\(story (\S+)\)", done.out)[1], (home.folder / "book.md").read_text()


def book(home) -> str:
    return (home.folder / "book.md").read_text()


def flat(text: str) -> str:
    return " ".join(text.split())


async def test_a_chapter_is_shown_with_the_numbers_of_its_paragraphs(home, told):
    shown = await home.run("edit", told[0], "--chapter", "1")

    assert shown.code == 0, shown.err
    numbers = [int(found) for found in re.findall(r"^ {0,2}(\d+)  \S", shown.out, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert flat(paragraphs(told[1])[-1])[:40] not in flat(shown.out)
    third = await home.run("edit", told[0], "--chapter", "1", "--paragraph", "3")
    assert third.out.count("  3  ") == 1 and "  2  " not in third.out


async def test_a_paragraph_is_rewritten_continued_and_inserted_and_the_books_follow(home, told):
    rewritten = await home.run("edit", "--chapter", "1", "--paragraph", "3", "--rewrite", "Shorter.")
    assert rewritten.code == 0, rewritten.err
    lines = rewritten.out.splitlines()
    assert any(line.startswith("- ") for line in lines) and any(line.startswith("+ ") for line in lines)
    assert "chapter 1, version 2" in rewritten.out
    assert home.log.count("story/edit_paragraph 1") == 1

    own = "It had rained since noon, and the harbour was the colour of slate."
    inserted = await home.run("edit", told[0], "--chapter", "2", "--paragraph", "1", "--insert", own)
    assert inserted.code == 0, inserted.err
    assert f"+ {own}" in flat(inserted.out)
    kept = await home.run(
        "edit", told[0], "--chapter", "2", "--paragraph", "1", "--continue", "It stopped.", "--verbatim"
    )
    assert kept.code == 0, kept.err
    assert f"{own}\n\nIt stopped." in book(home)
    assert home.log.count("story/edit_paragraph 1") == 1


@pytest.mark.req("B84")
async def test_versions_are_listed_and_put_back(home, told):
    change = ("edit", told[0], "--chapter", "1")
    await home.run(*change, "--paragraph", "2", "--insert", "The bell was silent.")
    assert "The bell was silent." in book(home)
    listed = await home.run(*change, "--versions")
    assert re.search(r"1  .*written.*\n\s+2  .*insert 2, by a person \(it stands\)", listed.out), listed.out

    back = await home.run(*change, "--revert", "1")
    assert back.code == 0, back.err
    assert "- The bell was silent." in flat(back.out)
    assert book(home) == told[1]


async def test_a_finished_story_gets_a_further_chapter(home, told):
    longer = await home.run("extend", "She goes back for the key.")

    assert longer.code == 0, longer.err
    assert "writing chapter 3 of 3" in longer.out
    assert set(paragraphs(told[1])[6:-2]) < set(paragraphs(book(home)))
    assert len(book(home)) > len(told[1]) * 1.3
    again = await home.run("edit", told[0], "--chapter", "3")
    assert again.code == 0, again.err


BAD = {
    "no chapter": (["edit"], "--chapter: which one?"),
    "no paragraph": (["edit", "--chapter", "1", "--rewrite", "x"], "--paragraph: which one?"),
    "two things": (
        ["edit", "--chapter", "1", "--paragraph", "1", "--rewrite", "x", "--revert", "1"],
        "--revert: it cannot be done together with --rewrite",
    ),
    "empty text": (["edit", "--chapter", "1", "--paragraph", "1", "--insert", " "], "--insert: it is empty"),
    "long instruction": (
        ["edit", "--chapter", "1", "--paragraph", "1", "--rewrite", "x" * 2_001],
        "--rewrite: String should have at most 2000",
    ),
    "long premise": (["extend", "x" * 2_001], "PREMISE: String should have at most 2000 characters"),
    "chapter of zero": (["edit", "--chapter", "0"], "--chapter"),
    "format": (["edit", "--chapter", "1", "--out", "book.docx"], "--out: unknown book format"),
    "server without a job": (["edit", "--chapter", "1", "--server", "http://localhost:1"], "STORY: "),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_cannot_be_is_said_with_the_argument_before_anything_starts(home, case):
    arguments, line = BAD[case]
    done = await home.run(*arguments)

    assert done.code == 2
    assert line in flat(done.err.replace("│", " "))
    assert "Traceback" not in done.err
    assert not (home.folder / "home").exists()


async def test_what_the_story_has_not_is_said_with_the_argument(home, told):
    change = ("edit", told[0], "--chapter")
    for arguments, line in (
        ((*change, "9"), "--chapter: there is no chapter 9, there are 2"),
        ((*change, "9", "--paragraph", "1", "--rewrite", "x"), "--chapter: there is no chapter 9"),
        ((*change, "1", "--paragraph", "999", "--rewrite", "x"), "--paragraph: chapter 1 has "),
        ((*change, "1", "--revert", "9"), "--revert: chapter 1 has 1 versions"),
    ):
        done = await home.run(*arguments)
        assert (done.code, line in done.err) == (2, True), done.err
    assert book(home) == told[1]
    unknown = await home.run("edit", "not-an-id", "--chapter", "1")
    assert (unknown.code, unknown.err.strip()) == (1, "'not-an-id' is no story's id")


async def test_there_may_be_nothing_to_change(home):
    nothing = await home.run("extend", "More.")
    assert nothing.code == 1
    assert "there is no finished story yet" in nothing.err


async def test_ctrl_c_leaves_what_stood_and_resume_goes_on(home, told):
    arguments = ("edit", told[0], "--chapter", "1", "--paragraph", "2", "--rewrite", "Colder.")
    process = await home.start(*arguments, TEST_HOLD="story/edit_paragraph")
    await home.until("holding story/edit_paragraph")
    process.send_signal(signal.SIGINT)
    stopped = await ended(process)

    assert stopped.code == 130
    assert f"Go on with: fabula resume {told[0]}" in stopped.err
    assert "Traceback" not in stopped.err
    assert book(home) == told[1]
    done = await home.run("resume", told[0])
    assert done.code == 0, done.err
    assert book(home) != told[1]


async def test_a_story_on_a_server_is_changed_from_here(home):
    _, client = await served(home)
    wanted = {"premise": "A keeper.", "chapters": 2}
    job = (await client.post("/api/story-agent/generate", json=wanted)).json()["job_id"]
    await finished(client, job)
    there = ("--server", str(client.base_url), "--out", "there.epub")

    edited = await home.run("edit", job, "--chapter", "1", "--paragraph", "2", "--rewrite", "Colder.", *there)
    assert edited.code == 0, edited.err
    assert "chapter 1, version 2" in edited.out and "\n+ " in edited.out
    longer = await home.run("extend", job, "She goes back for the key.", *there)
    assert longer.code == 0, longer.err
    assert "writing chapter 3 of 3" in longer.out and "writing chapter 1" not in longer.out
    assert "(it stands)" in (await home.run("edit", job, "--chapter", "1", "--versions", *there)).out
    refused = await home.run("edit", job, "--chapter", "1", "--paragraph", "999", "--rewrite", "x", *there)
    assert (refused.code, "--paragraph: chapter 1 has " in refused.err) == (2, True), refused.err
    assert (home.folder / "there.epub").stat().st_size > 1_000
    nobody = await home.run("edit", job, "--chapter", "1", "--server", f"http://127.0.0.1:{free_port()}")
    assert (nobody.code, "--server: " in nobody.err) == (1, True)
    await client.aclose()


async def test_what_the_storyteller_cannot_do_is_a_warning(home):
    asked = (
        "write",
        "A keeper hears the fog answer.",
        "--chapters",
        "2",
        "--seed",
        "7",
        "--out",
        "book.epub",
    )
    assert (await home.offline(*asked)).code == 0
    change = ("edit", "--chapter", "1", "--paragraph", "2", "--rewrite", "Let it rain, in the first person.")
    done = await home.offline(*change)

    assert done.code == 0, done.err
    assert "The offline storyteller cannot do this: “in the first person”." in flat(done.out)
    assert len(re.findall(r"^\+ .*\brain\b", done.out, re.MULTILINE)) >= 2
