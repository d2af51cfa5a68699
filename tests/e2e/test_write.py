"""`fabula write` and `fabula resume`, as their users run them."""

import asyncio
import os
import pty
import re
import signal
import sys
import zipfile

import pytest

from tests.e2e.conftest import ended
from tests.planted import PLANTED, places

CHAPTER = "story/write_chapter"


def book_of(out: str) -> str:
    return re.findall(r"^  (\S.*\.epub)$", out.replace("\n  /", "\n  /"), re.MULTILINE)[-1]


async def test_a_premise_becomes_a_book_in_front_of_the_user(home):
    done = await home.run("write", "A keeper hears the fog answer.", "--chapters", "2")

    assert done.code == 0, done.err
    told = done.out
    order = [
        "The Fog Answers",
        "writing chapter 1 of 2",
        "checking chapter 1",
        "writing chapter 2 of 2",
        "Quality report",
    ]
    assert [told.index(line) for line in order] == sorted(told.index(line) for line in order)
    assert "Maren carries the salt to the engine." in told
    with zipfile.ZipFile(home.folder / book_of(told)) as book:
        assert "mimetype" in book.namelist()
    markdown = (home.folder / book_of(told)).with_suffix(".md").read_text()
    assert "Maren carries the salt to the engine." in markdown


async def test_the_offline_storyteller_says_that_it_writes_and_how_to_have_a_real_model(home):
    done = await home.offline(
        "write", "A lighthouse keeper hears the fog answer.", "--chapters", "2", "--seed", "7"
    )
    again = await home.offline(
        "write",
        "A lighthouse keeper hears the fog answer.",
        "--chapters",
        "2",
        "--seed",
        "7",
        "--out",
        "same.md",
    )

    assert done.code == again.code == 0, done.err + again.err
    said = " ".join(done.out.split())
    assert "The offline storyteller writes (seed 7), since there is no OPENAI_API_KEY" in said
    first = (home.folder / book_of(done.out)).with_suffix(".md").read_text()
    assert first == (home.folder / "same.md").read_text()
    assert (home.folder / "same.epub").exists()


BAD = {
    "empty premise": (["write", ""], "PREMISE: the premise is empty"),
    "blank premise": (["write", " \n "], "PREMISE: the premise is empty"),
    "long premise": (["write", "x" * 5_001], "PREMISE: String should have at most 5000 characters"),
    "premise of bytes": (["write", b"\xff\xfe"], "PREMISE: "),
    "too few chapters": (["write", "x", "--chapters", "1"], "--chapters"),
    "too many chapters": (["write", "x", "--chapters", "6"], "--chapters"),
    "chapters that are no number": (["write", "x", "--chapters", "two"], "--chapters"),
    "tone": (["write", "x", "--tone", "grim"], "--tone"),
    "rating": (["write", "x", "--rating", "PG"], "--rating"),
    "seed": (["write", "x", "--seed", "-1"], "--seed"),
    "format": (["write", "x", "--out", "book.docx"], "--out: unknown book format 'book.docx'"),
    "folder that is not there": (["write", "x", "--out", "none/book.epub"], "--out: the folder"),
    "out that is a folder": (["write", "x", "--out", "."], "--out: "),
    "model": (["write", "x", "--model", "oracle"], "--model: there is no chat model 'oracle'"),
    "words": (
        ["write", "x", "--min-words", "900", "--max-words", "850"],
        "--min-words: it is more than --max-words",
    ),
    "name": (["write", "x", "--character", " "], "--character: a character's name has 1 to 60 characters"),
    "out of resume": (["resume", "--out", "book.docx"], "--out: unknown book format"),
}


@pytest.mark.parametrize("case", BAD)
async def test_bad_input_is_one_clear_line_with_code_2_before_anything_starts(home, case):
    arguments, line = BAD[case]
    done = await home.run(*arguments)

    assert done.code == 2
    assert line in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err
    assert not home.log
    assert not (home.folder / "home").exists()


async def test_an_out_that_cannot_be_written_is_said_before_the_story_is_written(home):
    closed = home.folder / "closed"
    closed.mkdir(mode=0o555)
    if os.access(closed, os.W_OK):
        closed = home.folder / "file"
        closed.write_text("no folder")
    done = await home.run("write", "x", "--out", str(closed / "book.epub"))

    assert done.code == 2
    assert "--out: " in done.err
    assert not home.log


@pytest.mark.req("D02")
async def test_a_story_killed_in_chapter_3_is_finished_by_resume(home):
    process = await home.start("write", "A keeper.", "--out", "book.epub", TEST_HOLD="3")
    await home.until("holding 3")
    process.send_signal(signal.SIGKILL)
    assert (await ended(process)).code == -signal.SIGKILL
    done = await home.run("resume")

    assert done.code == 0, done.err
    assert [call for call in home.log if call.startswith(CHAPTER)] == [f"{CHAPTER} {n}" for n in (1, 2, 3)]
    assert home.log.count("story/plan") == 1
    assert (home.folder / "book.epub").exists()


async def test_ctrl_c_leaves_a_story_that_resume_finishes(home):
    process = await home.start("write", "A keeper.", "--out", "book.epub", TEST_HOLD="2")
    await home.until("holding 2")
    process.send_signal(signal.SIGINT)
    stopped = await ended(process)

    assert stopped.code == 130
    named = re.search(r"Go on with: fabula resume (\S+)", stopped.err)
    assert named, stopped.err
    assert "Traceback" not in stopped.err
    done = await home.run("resume", named[1])
    assert done.code == 0, done.err
    assert [call for call in home.log if call.startswith(CHAPTER)] == [f"{CHAPTER} {n}" for n in (1, 2, 3)]


@pytest.mark.req("A33")
async def test_a_chapter_that_fails_twice_keeps_the_chapters_before_and_says_how_to_go_on(home):
    failed = await home.run("write", "A keeper.", "--out", "book.epub", TEST_FAIL="3")

    assert failed.code == 1
    assert "chapter 3 failed twice: the line is dead" in failed.err
    assert "Go on with: fabula resume" in failed.err
    assert not (home.folder / "book.epub").exists()
    done = await home.run("resume")
    assert done.code == 0, done.err
    assert [call for call in home.log if call.startswith(CHAPTER)] == [
        f"{CHAPTER} {n}" for n in (1, 2, 3, 3, 3)
    ]


async def test_there_may_be_nothing_to_resume(home):
    assert (await home.run("migrate")).code == 0
    nothing = await home.run("resume")
    assert (nothing.code, nothing.err.strip()) == (1, "No story is waiting to be finished.")
    unknown = await home.run("resume", "not-an-id")
    assert (unknown.code, unknown.err.strip()) == (1, "'not-an-id' is no story's id")


async def test_a_finished_story_gives_its_book_again(home):
    done = await home.run("write", "A keeper.", "--chapters", "2", "--out", "book.epub")
    calls, book = home.log, (home.folder / "book.epub").read_bytes()
    (home.folder / "book.epub").unlink()
    await home.run("migrate")
    thread = re.search(r"\(story (\S+)\)", done.out)
    assert thread, done.out
    again = await home.run("resume", thread[1])

    assert again.code == 0, again.err
    assert (home.folder / "book.epub").read_bytes() == book
    assert home.log == calls


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_a_story_goes_on_when_the_process_that_holds_postgres_ends(home, how):
    holder = await home.start("write", "The first.", "--out", "first.epub", TEST_HOLD="2")
    await home.until("holding 2")
    second = await home.start(
        "write", "The second.", "--out", "second.epub", TEST_LOG=str(home.folder / "second.log")
    )
    async with asyncio.timeout(30):
        while not (home.folder / "second.log").exists():
            await asyncio.sleep(0.01)
    holder.send_signal(how)

    done = await ended(second)
    assert done.code == 0, done.err
    assert (home.folder / "second.epub").exists()
    assert (await ended(holder)).code != 0


async def test_a_story_is_written_by_one_process_at_a_time(home):
    holder = await home.start("write", "The first.", TEST_HOLD="2")
    await home.until("holding 2")
    other = await home.run("resume")

    assert other.code == 1
    assert "Another process is writing this story." in other.err
    holder.send_signal(signal.SIGKILL)
    await ended(holder)


async def test_a_database_that_cannot_be_reached_is_named(home):
    done = await home.run("write", "x", DATABASE_URL="postgresql://me:secret@127.0.0.1:9/none")
    assert done.code == 1
    assert "DATABASE_URL: Postgres at 127.0.0.1" in done.err
    assert "secret" not in done.err + done.out
    assert "Traceback" not in done.err


async def test_an_outline_is_approved_on_the_terminal(home):
    master, slave = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(
            "-m",
            "tests.e2e.program",
            "write",
            "A keeper.",
            "--chapters",
            "2",
            "--approve",
            "--out",
            "book.epub",
        ),
        cwd=home.folder,
        env=home.environment(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    home.running.append(process)
    os.close(slave)
    seen = ""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(30):
        while "[q]uit" not in seen:
            seen += (await loop.run_in_executor(None, os.read, master, 4096)).decode(errors="replace")
        assert f"{CHAPTER} 1" not in home.log
        os.write(master, b"y\n")
        while process.returncode is None:
            try:
                seen += (await loop.run_in_executor(None, os.read, master, 4096)).decode(errors="replace")
            except OSError:
                break
        await process.wait()
    os.close(master)
    assert process.returncode == 0, seen
    assert (home.folder / "book.epub").exists()
    assert "writing chapter 2 of 2" in seen


@pytest.mark.req("B62")
async def test_a_story_that_is_written_with_a_key_stands_in_no_table(home, database_url):
    told = {
        "DATABASE_URL": database_url,
        "FABULA_ENCRYPTION_KEYS": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    }
    done = await home.run("write", f"A keeper hears that {PLANTED}.", "--chapters", "2", **told)
    assert done.code == 0, done.err
    assert places(database_url, home.folder, [PLANTED, "Maren carries the"]) == set()

    made = await home.run("book", "--format", "md", "--out", "again.md", **told)
    assert made.code == 0, made.err
    assert "Maren carries the salt to the engine." in (home.folder / "again.md").read_text()
