"""What books with media cost: seconds of CPU for five scenes of about three minutes, memory for twenty."""

import re
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

import books
from books import prose
from domain.book import Book, BookChapter, BookPicture, Recording
from domain.media import COMPACT, Sound
from providers import speech
from tests import stories

WORDS, SCENES, MANY = 440, 5, 20


async def main() -> None:
    """Print CPU and size for five scenes, and the peak memory of a process of its own for five and for twenty."""
    text = stories.chapter_text(stories.outline_of().model_dump()["chapters"][0], words=WORDS)
    voice = speech.get(speech.OFFLINE)
    narrator = (await voice.narrators())[0].voice_id
    start = time.process_time()
    sound = await voice.speak(prose.read_aloud(chapter(1, text)), narrator)
    cpu = time.process_time() - start
    print(f"one scene: {WORDS} words, {sound.seconds:.0f} s of sound, made in {cpu:.1f} s of CPU\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = (book_of(count, text, sound, folder) for count in (SCENES, MANY))
        print(f"{'format':>8} {'CPU s':>6} {'MB':>6} {'peak MB':>8} {f'peak MB of {MANY}':>14}")
        for suffix in books.FORMATS:
            cpu, peak, size = alone(partial(made, few, folder / f"book{suffix}"))
            _, most, _ = alone(partial(made, many, folder / f"book{suffix}"))
            print(f"{suffix:>8} {cpu:>6.2f} {size / 1e6:>6.1f} {peak:>8.0f} {most:>14.0f}")


def alone(measured: partial[tuple[float, float, int]]) -> tuple[float, float, int]:
    """Run in a fresh process, whose peak is then its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measured).result()


def made(book: Book, path: Path) -> tuple[float, float, int]:
    """Write a book and return the seconds of CPU, the process's peak of memory in MB, and the file's size."""
    start = time.process_time()
    books.write(book, [path])
    cpu = time.process_time() - start
    return cpu, peak_memory(), path.stat().st_size


def peak_memory() -> float:
    """Return the most memory that this process had, in MB; `ru_maxrss` would count its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s*(\d+)", status)[0]) / 1000


def chapter(number: int, text: str) -> BookChapter:
    return BookChapter(number=number, title="The Fog Answers", text=text)


def book_of(count: int, text: str, sound: Sound, folder: Path) -> Book:
    """Return a book of so many scenes, each with a picture and a recording in files of its own."""
    chapters = []
    for number in range(1, count + 1):
        recording, picture = folder / f"{number}.mp3", folder / f"{number}.png"
        recording.write_bytes(sound.data)
        recording.with_suffix(COMPACT).write_bytes(sound.compact)
        draw(picture, number)
        chapters.append(
            BookChapter(
                number=number,
                title="The Fog Answers",
                text=text,
                recording=Recording(path=recording, seconds=sound.seconds, marks=sound.marks),
                picture=BookPicture(path=picture, alt="Fog"),
            )
        )
    return Book(
        title="The Fog Answers",
        identifier="6f1b2a44-3c5d-4e8a-9b7c-0d1e2f3a4b5c",
        modified=datetime(2026, 1, 1, tzinfo=UTC),
        chapters=chapters,
        genre="mystery",
        synopsis="Maren keeps a light. The fog wants it out.",
    )


def draw(path: Path, seed: int) -> None:
    """Draw a picture as large as services send, with as much in it as a photograph."""
    from PIL import Image

    noise = Image.frombytes("RGB", (224, 128), Random(seed).randbytes(224 * 128 * 3))
    noise.resize((1792, 1024), Image.Resampling.BICUBIC).save(path)
