"""A book to listen to: one M4B with chapters, or an MP3 a chapter within the audiobook norm.

The norm is in the recordings (see `Sound`): loudness, silence before and after, a constant bit rate. What is
done here must not undo it: sound is copied, not encoded again.
"""

import re
import tempfile
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Disposition

from books import layout, prose
from books.pictures import fit_cover
from domain.book import Book, BookChapter, Recording
from domain.errors import FabulaError
from domain.languages import alpha3

_COVER = 1_000
# Samples in a packet of AAC
_PACKET = 1_024
_MP3, _AAC = ("mp3", "mp3float"), ("aac",)
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


class NothingRecorded(FabulaError):
    """No chapter of the book was read aloud."""


class RecordingUnfit(FabulaError):
    """A recording is not the MP3, or the AAC, that it should be."""


def m4b(book: Book, path: Path) -> None:
    """Write the recorded chapters as one M4B. Raises `NothingRecorded` and `RecordingUnfit`."""
    recorded = _recorded(book)
    options = {"movflags": "+faststart", "brand": "M4B "}
    with (
        tempfile.TemporaryDirectory() as folder,
        av.open(str(path), "w", format="mp4", options=options) as target,
    ):
        with _open(recorded[0][1].compact, _AAC) as first:
            stream = target.add_stream_from_template(first.streams.audio[0])
        if (language := prose.language(book)) != "und":
            stream.metadata["language"] = alpha3(language)
        target.metadata.update(_tags(book, title=prose.title(book)) | {"media_type": "2"})
        _add_cover(target, fit_cover(book, Path(folder), wide=_COVER))
        chapters: list[Any] = []
        at = 0
        for chapter, recording in recorded:
            begin, at = at, at + _append(target, stream, recording, at)
            chapters.append(_mark(len(chapters), begin, at, stream.rate, prose.heading(chapter)))
        target.set_chapters(chapters)


def mp3s(book: Book, path: Path) -> None:
    """Write a zip with an MP3 for each recorded chapter. Raises `NothingRecorded` and `RecordingUnfit`."""
    recorded = _recorded(book)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        cover, part = fit_cover(book, Path(folder), wide=_COVER), Path(folder) / "chapter.mp3"
        for number, (chapter, recording) in enumerate(recorded, 1):
            with av.open(str(part), "w", format="mp3", options={"id3v2_version": "3"}) as target:
                tags = _tags(book, title=prose.heading(chapter))
                target.metadata.update(tags | {"track": f"{number}/{len(recorded)}"})
                _copy(target, recording, cover)
            archive.write(part, f"{number:02} {_file_name(prose.heading(chapter))}.mp3")


def _recorded(book: Book) -> list[tuple[BookChapter, Recording]]:
    found = [(chapter, chapter.recording) for chapter in book.chapters if chapter.recording]
    if not found:
        raise NothingRecorded
    return found


def _tags(book: Book, *, title: str) -> dict[str, str]:
    language = prose.language(book)
    tags = {
        "title": title,
        "artist": prose.line(book.author) or layout.PUBLISHER,
        "album_artist": prose.line(book.author) or layout.PUBLISHER,
        "album": prose.title(book),
        "composer": prose.line(book.narrator),
        "genre": "Audiobook",
        "date": str(layout.made_at(book).year),
        "comment": prose.line(book.synopsis),
        "language": "" if language == "und" else alpha3(language),
    }
    return {name: value for name, value in tags.items() if value}


def _file_name(heading: str) -> str:
    return " ".join(_UNSAFE.sub(" ", heading).split())[:80].rstrip(" .")


def _append(target: OutputContainer, stream: AudioStream, recording: Recording, at: int) -> int:
    """Add a recording behind the first `at` samples and return how many it has: it begins and ends with silence."""
    added = 0
    with _open(recording.compact, _AAC) as source:
        if source.streams.audio[0].codec_context.extradata != stream.codec_context.extradata:
            raise RecordingUnfit(f"the recording {recording.compact.name} is encoded unlike the first")
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream, packet.pts, packet.dts = stream, at + added, at + added
                target.mux(packet)
                added += _PACKET
    return added


def _mark(number: int, begin: int, end: int, rate: int, title: str) -> Any:
    return {
        "id": number,
        "start": begin,
        "end": end,
        "time_base": Fraction(1, rate),
        "metadata": {"title": title},
    }


def _add_cover(target: OutputContainer, cover: Path) -> None:
    """Add the cover as the stream that players show; audio streams must have been added before."""
    with av.open(str(cover)) as source:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.disposition = Disposition.attached_pic
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream, packet.pts, packet.dts = stream, 0, 0
                target.mux(packet)


def _open(path: Path, codecs: tuple[str, ...]) -> InputContainer:
    """Open a recording. Raises `RecordingUnfit` when it is encoded otherwise."""
    try:
        source = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise RecordingUnfit(f"the recording {path.name} cannot be read: {error}") from error
    if not source.streams.audio or source.streams.audio[0].codec_context.name not in codecs:
        source.close()
        raise RecordingUnfit(f"the recording {path.name} is no {codecs[0].upper()}")
    return source


def _copy(target: OutputContainer, recording: Recording, cover: Path) -> None:
    with _open(recording.path, _MP3) as source:
        stream = target.add_stream_from_template(source.streams.audio[0])
        _add_cover(target, cover)
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
