"""A book to listen to: one M4B with chapters, or an MP3 a chapter within the audiobook norm.

The norm is in the recordings (see `Sound`): loudness, silence before and after, a constant bit rate. What is
done here must not undo it: the MP3s are copied, not encoded again.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer, OutputContainer
from av.stream import Disposition

from books import layout, prose
from books.pictures import fit_cover
from domain.book import Book, BookChapter, Recording
from domain.errors import FabulaError
from domain.languages import alpha3

# Voices made by machines end at 12 kHz or below
_RATE, _BIT_RATE = 24_000, 48_000
_COVER = 1_000
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


class NothingRecorded(FabulaError):
    """No chapter of the book was read aloud."""


class RecordingUnfit(FabulaError):
    """A recording is not the MP3 that it should be."""


def m4b(book: Book, path: Path) -> None:
    """Write the recorded chapters as one M4B. Raises `NothingRecorded` and `RecordingUnfit`."""
    recorded = _recorded(book)
    # AAC's fast search for coefficients halves the time; speech at this rate sounds the same
    options = {"movflags": "+faststart", "brand": "M4B "}
    with (
        tempfile.TemporaryDirectory() as folder,
        av.open(str(path), "w", format="mp4", options=options) as target,
    ):
        stream = target.add_stream("aac", rate=_RATE, layout="mono", options={"aac_coder": "fast"})
        stream.bit_rate = _BIT_RATE
        if (language := prose.language(book)) != "und":
            stream.metadata["language"] = alpha3(language)
        target.metadata.update(_tags(book, title=prose.title(book)) | {"media_type": "2"})
        _add_cover(target, fit_cover(book, Path(folder), wide=_COVER))
        chapters: list[Any] = []
        at = 0
        for chapter, recording in recorded:
            begin = at
            for frame in _frames(recording):
                frame.pts = None
                at += frame.samples
                target.mux(stream.encode(frame))
            chapters.append(_mark(len(chapters), begin, at, prose.heading(chapter)))
        target.mux(stream.encode(None))
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


def _mark(number: int, begin: int, end: int, title: str) -> Any:
    return {
        "id": number,
        "start": begin,
        "end": end,
        "time_base": Fraction(1, _RATE),
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


def _open(recording: Recording) -> InputContainer:
    """Open a recording. Raises `RecordingUnfit` when it is no MP3."""
    try:
        source = av.open(str(recording.path))
    except (av.FFmpegError, OSError) as error:
        raise RecordingUnfit(f"the recording {recording.path.name} cannot be read: {error}") from error
    if not source.streams.audio or source.streams.audio[0].codec_context.name not in ("mp3", "mp3float"):
        source.close()
        raise RecordingUnfit(f"the recording {recording.path.name} is no MP3")
    return source


def _frames(recording: Recording) -> Iterator[AudioFrame]:
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=_RATE, frame_size=1024)
    with _open(recording) as source:
        for frame in source.decode(audio=0):
            yield from resampler.resample(frame)
        yield from resampler.resample(None)


def _copy(target: OutputContainer, recording: Recording, cover: Path) -> None:
    with _open(recording) as source:
        stream = target.add_stream_from_template(source.streams.audio[0])
        _add_cover(target, cover)
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
