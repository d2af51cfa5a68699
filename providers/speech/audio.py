"""Audio work: whatever came in becomes one MP3 within the audiobook norm, and its compact twin for books.

The norm is ACX's: RMS -23 to -18 dB, peaks at most -3 dB, 192 kbit/s at a constant rate, 44.1 kHz, one channel.
Sound is decoded and encoded frame by frame, so that its length costs no memory.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, cast

import av
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from av.filter import Graph

from domain.errors import MediaFailed

RATE, BIT_RATE = 44_100, 192_000
# Voices made by machines end at 12 kHz or below; FFmpeg's fast search gives 64 kbit/s for 54 that are asked for.
COMPACT_RATE, COMPACT_BIT_RATE = 24_000, 54_000
RMS, LOWEST, HIGHEST, PEAK = -20.0, -22.5, -18.5, -3.0
CEILING = -4.0
LEAD, TAIL = 0.5, 1.0
LONGEST = 3_600.0
ROUNDS = 4
SILENT = -80.0
MEASURED = "n=44100:p=0"
ASTATS = "metadata=1:measure_perchannel=none:measure_overall=RMS_level+Peak_level"
Add = Callable[[av.AudioFrame | None], None]
MAGIC = [
    (b"ID3", 0, "mp3"),
    (b"WAVE", 8, "wav"),
    (b"OggS", 0, "ogg"),
    (b"fLaC", 0, "flac"),
    (b"ftyp", 4, "mp4"),
]


@dataclass(frozen=True)
class Part:
    """A piece of sound in any format that FFmpeg reads, and the silence after it in seconds."""

    file: IO[bytes]
    pause: float = 0.0


@dataclass(frozen=True)
class Levels:
    """How loud a sound is, in dB of full scale, and how long, in seconds."""

    rms: float
    peak: float
    seconds: float


@dataclass(frozen=True)
class Joined:
    """Parts as one MP3 and as AAC, and from when to when each of them sounds."""

    data: bytes
    compact: bytes
    seconds: float
    spans: list[tuple[float, float]]


def normalise(parts: Sequence[Part]) -> Joined:
    """Join parts to an MP3 within the norm. Raises `MediaFailed` when one is no sound, silent or endless."""
    source = Source(parts)
    found = measure(source.frames())
    if found.rms < SILENT:
        raise MediaFailed("the sound is silent")
    gain = RMS - found.rms
    for _ in range(ROUNDS):
        data, compact = encode(filtered(source.frames(), gain))
        made = levels(BytesIO(data))
        if LOWEST <= made.rms <= HIGHEST and made.peak <= PEAK:
            return Joined(data, compact, source.seconds, source.spans)
        gain += RMS - made.rms
    raise MediaFailed(f"the sound stays at {made.rms:.1f} dB RMS, {made.peak:.1f} dB peak")


class Source:
    """Parts as one stream of frames, which can be read more than once."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.seconds = 0.0
        self.spans: list[tuple[float, float]] = []

    def frames(self) -> Iterator[av.AudioFrame]:
        """Yield mono 16-bit frames at 44.1 kHz: the lead, each part and its pause, the tail."""
        self.spans, at = [], 0
        for frame in self._all():
            if isinstance(frame, str):
                self._note(frame, at / RATE)
                continue
            frame.pts, at = at, at + frame.samples
            yield frame
        self.seconds = at / RATE

    def _note(self, edge: str, seconds: float) -> None:
        if edge == "start":
            self.spans.append((seconds, seconds))
        else:
            self.spans[-1] = (self.spans[-1][0], seconds)

    def _all(self) -> Iterator[av.AudioFrame | str]:
        yield from silence(LEAD)
        for part in self.parts:
            yield "start"
            yield from decode(part.file)
            yield "end"
            yield from silence(part.pause)
        yield from silence(TAIL)


def decode(file: IO[bytes]) -> Iterator[av.AudioFrame]:
    """Yield a file's sound as mono 16-bit frames at 44.1 kHz. Raises `MediaFailed`."""
    resampler, total = AudioResampler("s16", "mono", RATE), 0
    try:
        with av.open(file, "r", format=sniff(file), metadata_errors="ignore") as container:
            for frame in container.decode(container.streams.audio[0]):
                for each in resampler.resample(frame):
                    total += each.samples
                    yield each
                if total > LONGEST * RATE:
                    raise MediaFailed(f"the sound is longer than {LONGEST / 60:.0f} minutes")
            yield from resampler.resample(None)
    except (FFmpegError, IndexError) as error:
        raise MediaFailed(f"what came is no sound: {type(error).__name__}") from error
    if not total:
        raise MediaFailed("the sound is empty")


def sniff(file: IO[bytes]) -> str:
    """Return the format of a sound by its first bytes; a playlist, which could name other files, is none."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    for magic, at, name in MAGIC:
        if head[at : at + len(magic)] == magic:
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0xF6 == 0xF0 else "mp3"
    raise MediaFailed("what came is no sound")


def silence(seconds: float) -> Iterator[av.AudioFrame]:
    """Yield silence."""
    left = round(seconds * RATE)
    while left > 0:
        frame = av.AudioFrame("s16", "mono", min(left, RATE))
        frame.sample_rate = RATE
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        left -= frame.samples
        yield frame


def filtered(frames: Iterator[av.AudioFrame], gain: float) -> Iterator[av.AudioFrame]:
    """Yield frames louder by so many dB, with their peaks held below the ceiling."""
    ceiling = 10 ** (CEILING / 20)
    limiter = f"limit={ceiling:.4f}:level=false:attack=4:release=60:latency=true"
    return through(frames, ("volume", f"{gain:.2f}dB"), ("alimiter", limiter))


def through(frames: Iterator[av.AudioFrame], *filters: tuple[str, str]) -> Iterator[av.AudioFrame]:
    """Yield what FFmpeg's filters make of the frames."""
    graph = Graph()
    graph.link_nodes(
        graph.add_abuffer(sample_rate=RATE, format="s16", layout="mono", time_base=None),
        *(graph.add(name, settings) for name, settings in filters),
        graph.add("aformat", f"sample_fmts=s16:sample_rates={RATE}:channel_layouts=mono"),
        graph.add("abuffersink"),
    ).configure()
    for frame in frames:
        graph.push(frame)
        yield from drained(graph)
    graph.push(None)
    yield from drained(graph)


def drained(graph: Graph) -> Iterator[av.AudioFrame]:
    while True:
        try:
            yield cast(av.AudioFrame, graph.pull())
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def measure(frames: Iterator[av.AudioFrame]) -> Levels:
    """Return how loud frames are, over all of them."""
    samples, said = 0, {}
    # The filter tells its measures with every frame, so they are made few.
    for frame in through(frames, ("asetnsamples", MEASURED), ("astats", ASTATS)):
        samples += frame.samples
        said = frame.metadata
    if not samples:
        raise MediaFailed("the sound is empty")
    rms, peak = (number(said.get(f"lavfi.astats.Overall.{name}_level")) for name in ("RMS", "Peak"))
    return Levels(rms, peak, samples / RATE)


def number(said: Any) -> float:
    value = float(said or "-inf")
    return value if math.isfinite(value) else -200.0


def levels(file: IO[bytes]) -> Levels:
    """Return how loud and how long a file is."""
    return measure(decode(file))


def silences(file: IO[bytes], *, below: float = -45.0, least: float = 0.12) -> list[tuple[float, float]]:
    """Return from when to when a file is silent."""
    found, start = [], None
    for frame in through(decode(file), ("silencedetect", f"noise={below}dB:duration={least}")):
        said = frame.metadata
        if "lavfi.silence_start" in said:
            start = float(said["lavfi.silence_start"])
        if "lavfi.silence_end" in said and start is not None:
            found.append((start, float(said["lavfi.silence_end"])))
            start = None
    return found


def encode(frames: Iterator[av.AudioFrame]) -> tuple[bytes, bytes]:
    """Return frames as MP3, and as AAC in MP4."""
    whole, small = BytesIO(), BytesIO()
    with mp3(whole) as add, aac(small) as add_compact:
        for frame in frames:
            add(frame)
            add_compact(frame)
    return whole.getvalue(), small.getvalue()


def compact(file: IO[bytes]) -> bytes:
    """Return a file's sound as AAC in MP4. Raises `MediaFailed`."""
    out = BytesIO()
    with aac(out) as add:
        for frame in decode(file):
            add(frame)
    return out.getvalue()


def mp3(out: IO[bytes]) -> AbstractContextManager[Add]:
    return encoder(out, "mp3", "libmp3lame", RATE, BIT_RATE, compression_level="7")


def aac(out: IO[bytes]) -> AbstractContextManager[Add]:
    return encoder(out, "mp4", "aac", COMPACT_RATE, COMPACT_BIT_RATE, aac_coder="fast")


@contextmanager
def encoder(out: IO[bytes], form: str, codec: str, rate: int, bit_rate: int, **options: str) -> Iterator[Add]:
    """Give what adds frames to a file, which is whole when the context ends."""
    with av.open(out, "w", format=form) as container:
        stream = cast(Any, container.add_stream(codec, rate=rate, layout="mono", options=options))
        stream.bit_rate = bit_rate

        def add(frame: av.AudioFrame | None) -> None:
            container.mux(stream.encode(frame))

        yield add
        add(None)
