import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from books import layout, read_along
from books.epub import epub, pages
from domain.book import Book, BookChapter, Recording
from domain.errors import MediaFailed
from domain.media import Mark
from providers.speech import passages

from .conftest import NIGHT, make_book, read_out, recorded
from .test_epub import ANYTHING, complaints, spaced, text_of

SMIL = "{http://www.w3.org/ns/SMIL}"
needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")


def seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def clips(smil: bytes) -> list[tuple[str, float, float]]:
    """Return what a SMIL file plays: the text's address, and from when to when."""
    found = []
    for par in ElementTree.fromstring(smil).iter(f"{SMIL}par"):
        text, audio = par.find(f"{SMIL}text"), par.find(f"{SMIL}audio")
        assert text is not None and audio is not None
        found.append(
            (text.attrib["src"], seconds(audio.attrib["clipBegin"]), seconds(audio.attrib["clipEnd"]))
        )
    return found


def length(file: Path) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(file)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def texts_by_id(xhtml: str) -> dict[str, str]:
    spans = ElementTree.fromstring(xhtml).iter()
    return {each.attrib["id"]: "".join(each.itertext()) for each in spans if "id" in each.attrib}


def durations(package: str) -> list[float]:
    found = ElementTree.fromstring(package).iter("{http://www.idpf.org/2007/opf}meta")
    return [seconds(each.text or "") for each in found if each.get("property") == "media:duration"]


def chapter_of(text: str, marks: list[str], *, title: str = "Rain") -> tuple[dict, list[read_along.Clip]]:
    """Let a chapter's text be followed; each mark is a second long."""
    timed = [Mark(start=at, end=at + 0.9, text=each) for at, each in enumerate(marks)]
    recording = Recording(path=Path("none.mp3"), seconds=len(marks), marks=timed)
    (chapter,) = layout.facts(make_book("T", "", "", [(title, text)]))["chapters"]
    return chapter, read_along.follow(chapter, recording)


def pieces(chapter: dict) -> list[list[str]]:
    parts = [
        chapter["label_pieces"],
        chapter["title_pieces"],
        *(block["pieces"] for block in chapter["blocks"]),
    ]
    return [["".join(run.text for run in piece.runs) for piece in each] for each in parts]


@pytest.mark.req("B85")
def test_the_outside_judge_finds_nothing_in_a_book_that_reads_along(audiobook: Book, tmp_path: Path) -> None:
    epub(audiobook, tmp_path / "book.epub")

    assert complaints(tmp_path / "book.epub") == []
    with zipfile.ZipFile(tmp_path / "book.epub") as archive:
        assert [name for name in archive.namelist() if name.endswith((".smil", ".m4a", ".jpg"))] == [
            *(f"EPUB/chapter-{number}.smil" for number in (1, 2, 3)),
            *(f"EPUB/chapter-{number}.{kind}" for number in (1, 2, 3) for kind in ("jpg", "m4a")),
        ]


@needs_ffprobe
def test_every_sentence_is_heard_once_in_order_and_the_durations_are_true(audiobook: Book) -> None:
    made, lengths = pages(audiobook), []
    for chapter in audiobook.chapters:
        name = f"chapter-{chapter.number}"
        played, texts = clips(made[f"EPUB/{name}.smil"]), texts_by_id(made[f"EPUB/{name}.xhtml"].decode())
        heard = [texts[address.removeprefix(f"{name}.xhtml#")] for address, _, _ in played]
        assert chapter.recording
        assert spaced(" ".join(heard)) == spaced(text_of(made[f"EPUB/{name}.xhtml"].decode()))
        assert [begin for _, begin, _ in played[1:]] == [end for _, _, end in played[:-1]]
        assert all(begin < end for _, begin, end in played)
        assert played[0][1] == 0
        assert played[-1][2] <= length(chapter.recording.compact)
        lengths.append(played[-1][2])

    total, *each = durations(made["EPUB/package.opf"].decode())
    assert each == lengths
    assert total == pytest.approx(sum(lengths), abs=0.0005)


def test_a_sentence_lights_up_while_it_is_heard(audiobook: Book) -> None:
    made = pages(audiobook)
    chapter = made["EPUB/chapter-1.xhtml"].decode()

    assert '<span id="chapter-1-s1">Chapter One</span>' in chapter
    assert '<span id="chapter-1-s3"><span class="lead">Inspector Armand Lecoeur</span> had' in chapter
    assert '<span id="chapter-1-s5">“You saw it <em>move</em>,” said Odile.</span> <span' in chapter
    assert b'media:active-class">-epub-media-overlay-active<' in made["EPUB/package.opf"]
    assert b".-epub-media-overlay-active { background-color" in made["EPUB/style.css"]
    assert b'media:narrator">Edmund<' in made["EPUB/package.opf"]


@pytest.mark.parametrize(
    "read",
    [
        ["Chapter One.", "Rain.", "One came.", "Two went."],
        ["Rain.", "One came.", "Two went."],
        ["One came.", "Two went."],
        ["One came", "…", "two went!".replace("two", "Two")],
    ],
)
def test_the_heading_may_be_read_or_left_out_and_signs_may_differ(read: list[str]) -> None:
    chapter, followed = chapter_of("One *came*.\n\nTwo went.", read)

    assert pieces(chapter) == [["Chapter One"], ["Rain"], ["One came."], ["Two went."]]
    assert [clip.end - clip.begin for clip in followed][-1] >= 1000
    assert sum(clip.end - clip.begin for clip in followed) == len(read) * 1000


def test_a_sentence_over_two_paragraphs_is_heard_in_each_for_its_share() -> None:
    chapter, followed = chapter_of(
        "One is\n\nlonger than that. “Two.” “Three,” he said.",
        ["One is longer than that.", "“Two.”", "“Three,” he said."],
    )

    assert pieces(chapter)[2:] == [
        ["One is"],
        ["longer than that.", " ", "“Two.”", " ", "“Three,” he said."],
    ]
    assert [(clip.begin, clip.end) for clip in followed] == [
        (0, 263),
        (263, 1000),
        (1000, 2000),
        (2000, 3000),
    ]


@pytest.mark.parametrize("read", [[], ["Another text."], ["came.", "Two went."], ["One came.", "Two"]])
def test_a_voice_that_reads_another_text_is_not_followed(read: list[str]) -> None:
    assert chapter_of("One came.\n\nTwo went.", read)[1] == []


@settings(max_examples=80, deadline=None)
@given(title=ANYTHING, text=ANYTHING)
def test_whatever_is_read_no_text_is_lost_and_all_of_it_is_followed(title: str, text: str) -> None:
    chapter = BookChapter(number=1, title=title, text=text)
    try:
        read = read_out(chapter)
    except MediaFailed:
        return
    parted, followed = chapter_of(text, read, title=title)

    assert followed
    for before, after in zip(parted["blocks"], pieces(parted)[2:], strict=True):
        assert "".join(after) == "".join(run.text for run in before["runs"])


def test_a_recording_that_cannot_be_followed_is_there_to_listen_to(book: Book, tmp_path: Path) -> None:
    first, *others = book.chapters
    chapters = [recorded(first, ["Quite another text."], tmp_path), *others]
    epub(replace(book, chapters=chapters), tmp_path / "book.epub")

    assert complaints(tmp_path / "book.epub") == []
    with zipfile.ZipFile(tmp_path / "book.epub") as archive:
        assert b'<audio src="chapter-1.m4a" controls' in archive.read("EPUB/chapter-1.xhtml")
        assert b"media:duration" not in archive.read("EPUB/package.opf")


def test_a_narrator_is_given_the_heading_and_the_text() -> None:
    assert read_out(BookChapter(number=2, title="Chapter 2: Fog", text=NIGHT))[:3] == [
        "Chapter Two.",
        "Fog.",
        passages.read(NIGHT)[0].text,
    ]
