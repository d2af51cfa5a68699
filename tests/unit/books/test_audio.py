import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from books.audio import NothingRecorded, RecordingUnfit, m4b, mp3s
from domain.book import Book, Recording

from .conftest import tone

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffmpeg is not installed")


def probe(file: Path) -> Any:
    options = ["-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"]
    return json.loads(
        subprocess.run(["ffprobe", *options, str(file)], capture_output=True, check=True).stdout
    )


def levels(file: Path) -> dict[str, float]:
    """Return RMS and peak in dB, and the seconds of silence before and after, as ffmpeg hears them."""
    wanted = "astats=measure_perchannel=none,silencedetect=n=-50dB:d=0.3"
    command = ["ffmpeg", "-nostats", "-i", str(file), "-map", "0:a", "-af", wanted, "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    silent = re.findall(r"silence_duration: ([\d.]+)", said)
    rms, peak = (re.findall(rf"{name} level dB: (-?[\d.]+)", said)[-1] for name in ("RMS", "Peak"))
    return {"rms": float(rms), "peak": float(peak), "before": float(silent[0]), "after": float(silent[-1])}


@needs_ffmpeg
@pytest.mark.req("B85")
def test_an_m4b_has_chapters_a_cover_and_says_what_it_is(audiobook: Book, tmp_path: Path) -> None:
    m4b(audiobook, tmp_path / "book.m4b")
    found = probe(tmp_path / "book.m4b")
    seconds = [chapter.recording.seconds for chapter in audiobook.chapters if chapter.recording]

    assert [chapter["tags"]["title"] for chapter in found["chapters"]] == [
        "Chapter One: Rain on the South Gallery",
        "Chapter Two: What the Sacristan Kept",
        "Chapter Three",
    ]
    assert [
        float(each["end_time"]) - float(each["start_time"]) for each in found["chapters"]
    ] == pytest.approx(seconds, abs=0.1)
    assert float(found["format"]["duration"]) == pytest.approx(sum(seconds), abs=0.3)
    tags = found["format"]["tags"]
    assert (tags["title"], tags["artist"], tags["composer"]) == ("The Twelfth Gargoyle", "Fabula", "Edmund")
    assert (tags["major_brand"], tags["media_type"]) == ("M4B ", "2")
    sound, cover = (
        next(stream for stream in found["streams"] if stream["codec_type"] == kind)
        for kind in ("audio", "video")
    )
    assert (sound["codec_name"], sound["sample_rate"], sound["channels"]) == ("aac", "24000", 1)
    assert cover["disposition"]["attached_pic"] == 1
    assert 2 * cover["height"] == 3 * cover["width"]


@needs_ffmpeg
@pytest.mark.req("B85")
def test_each_chapter_is_an_mp3_within_the_audiobook_norm(audiobook: Book, tmp_path: Path) -> None:
    mp3s(audiobook, tmp_path / "book.mp3.zip")
    with zipfile.ZipFile(tmp_path / "book.mp3.zip") as archive:
        archive.extractall(tmp_path / "mp3s")
    files = sorted((tmp_path / "mp3s").iterdir())

    assert [file.name for file in files] == [
        "01 Chapter One Rain on the South Gallery.mp3",
        "02 Chapter Two What the Sacristan Kept.mp3",
        "03 Chapter Three.mp3",
    ]
    for number, file in enumerate(files, 1):
        heard, found = levels(file), probe(file)
        assert -23 <= heard["rms"] <= -18
        assert heard["peak"] <= -3
        assert 0.5 <= heard["before"] <= 1
        assert 1 <= heard["after"] <= 5
        sound, cover = found["streams"]
        assert (sound["codec_name"], sound["bit_rate"], sound["sample_rate"]) == ("mp3", "192000", "44100")
        assert cover["disposition"]["attached_pic"] == 1
        assert found["format"]["tags"]["track"] == f"{number}/3"
        assert found["format"]["tags"]["album"] == "The Twelfth Gargoyle"


@needs_ffmpeg
def test_chapters_that_nobody_read_are_left_out(audiobook: Book, tmp_path: Path) -> None:
    first, second, third = audiobook.chapters
    m4b(replace(audiobook, chapters=[first, replace(second, recording=None), third]), tmp_path / "book.m4b")

    titles = [chapter["tags"]["title"] for chapter in probe(tmp_path / "book.m4b")["chapters"]]
    assert titles == ["Chapter One: Rain on the South Gallery", "Chapter Three"]


@pytest.mark.parametrize("write", [m4b, mp3s])
def test_a_book_that_nobody_read_is_refused(book: Book, tmp_path: Path, write: Any) -> None:
    with pytest.raises(NothingRecorded):
        write(book, tmp_path / "book")


@pytest.mark.parametrize("write", [m4b, mp3s])
@pytest.mark.parametrize("content", [b"no sound at all", tone(0.2).getvalue()])
def test_a_recording_that_is_encoded_otherwise_is_refused(
    book: Book, tmp_path: Path, write: Any, content: bytes
) -> None:
    for name in ("voice.mp3", "voice.m4a"):
        (tmp_path / name).write_bytes(content)
    unfit = replace(book.chapters[0], recording=Recording(path=tmp_path / "voice.mp3", seconds=1))

    with pytest.raises(RecordingUnfit, match=r"voice\.m"):
        write(replace(book, chapters=[unfit]), tmp_path / "book")
