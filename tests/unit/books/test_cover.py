import struct
import zlib

import pytest

from books.cover import cover
from books.lettering import covers, fit, width
from books.motifs import motif_of

GENRES = ("noir", "mystery", "science fiction", "fantasy", "literary")
LONG = "The Winding Account of Everything That Happened to the Clockmaker’s Daughter After the Flood and Before the War"


def pixels(png: bytes) -> list[bytes]:
    """Decode an RGBA picture into its rows."""
    at, packed, wide = 8, b"", struct.unpack_from(">I", png, 16)[0] * 4
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        packed += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    raw, rows = zlib.decompress(packed), [bytes(wide)]
    for start in range(0, len(raw), wide + 1):
        rows.append(unfiltered(raw[start], raw[start + 1 : start + 1 + wide], rows[-1]))
    return rows[1:]


def unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    out = bytearray(row)
    for i in range(len(out)):
        left, up, corner = (out[i - 4], above[i], above[i - 4]) if i > 3 else (0, above[i], 0)
        guess = left + up - corner
        paeth = min((left, up, corner), key=lambda value: abs(guess - value))
        out[i] = (out[i] + (0, left, up, (left + up) // 2, paeth)[kind]) & 0xFF
    return bytes(out)


def changed(one: bytes, other: bytes) -> list[int]:
    """Return how many bytes differ in each row."""
    return [
        sum(a != b for a, b in zip(*rows, strict=True))
        for rows in zip(pixels(one), pixels(other), strict=True)
    ]


def test_a_cover_is_1600_by_2400_and_the_same_every_time() -> None:
    png = cover("The Twelfth Gargoyle", genre="noir", seed="7")

    assert struct.unpack_from(">II", png, 16) == (1600, 2400)
    assert cover("Rain", genre="noir", wide=100) == cover("Rain", genre="noir", wide=100)


@pytest.mark.parametrize("genre", GENRES)
def test_even_the_longest_title_leaves_the_file_small(genre: str) -> None:
    assert len(LONG) <= 120
    assert len(cover(LONG, subtitle="A tale", genre=genre, seed="1")) < 400_000


@pytest.mark.parametrize("genre", GENRES)
def test_seeds_vary_the_picture(genre: str) -> None:
    assert len({cover("Rain", genre=genre, seed=str(seed), wide=100) for seed in range(8)}) > 4


@pytest.mark.parametrize("titles", [("HOUSE", "MOUSE"), ("Ночь", "Дочь"), ("Νύξ", "Νέα")])
@pytest.mark.parametrize("genre", ["noir", "mystery"])
def test_the_title_stands_on_the_cover_in_our_own_typeface(titles: tuple[str, str], genre: str) -> None:
    one, other = (cover(title, genre=genre, seed="7", wide=160) for title in titles)
    rows = changed(one, other)

    assert all(covers(title) and covers(title, style="Italic") for title in titles)
    assert sum(rows[10:80]) > 100
    assert sum(rows[80:]) == 0


@pytest.mark.parametrize(
    "title", ["", "x", "漢字の題名", "مرحبا", "🎉", "a" * 120, "b c " * 60, "<&\"'>\x00\ud800", "q" * 5_000]
)
def test_no_title_breaks_the_cover(title: str) -> None:
    assert cover(title, wide=100).startswith(b"\x89PNG")


def test_emoji_leave_no_boxes_beside_a_title() -> None:
    assert cover("🎉 Party ❤️👍🏽", seed="7", wide=100) == cover("Party", seed="7", wide=100)


@pytest.mark.parametrize("title", ["x", "Rain", "The Twelfth Gargoyle", LONG, "w" * 120, "漢字の題名" * 12])
def test_a_title_fits_its_box(title: str) -> None:
    setting = fit(title, wide=1340, high=620, largest=250, style="Regular", tracking=0.03)

    assert "".join(setting.lines).replace(" ", "") == title.replace(" ", "")
    assert all(width(line, tracking=0.03) * setting.size <= 1341 for line in setting.lines)
    assert len(setting.lines) * setting.size * 1.08 <= 621


@pytest.mark.parametrize(
    ("genre", "motif"),
    [
        ("Noir", "noir"),
        ("hard-boiled crime", "noir"),
        ("Cozy mystery", "mystery"),
        ("sci-fi", "science fiction"),
        ("Science Fiction", "science fiction"),
        ("fairy tale", "fantasy"),
        ("romance", "literary"),
        ("", "literary"),
    ],
)
def test_any_word_for_a_genre_finds_a_motif(genre: str, motif: str) -> None:
    assert motif_of(genre) == motif
