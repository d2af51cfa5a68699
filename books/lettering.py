"""Lettering: how wide a text is in our typeface, and how a title is broken and sized to fill a box."""

import struct
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FAMILY = "Fabula Serif"
FONT_FOLDER = Path(__file__).parent / "fonts"
FONTS = {style: FONT_FOLDER / f"FabulaSerif-{style}.otf" for style in ("Regular", "Italic")}
LEADING = 1.08
_LONGEST_PIECE = 20


@dataclass(frozen=True)
class Setting:
    """A text broken into lines, and the size in pixels that makes them fit."""

    lines: list[str]
    size: float


@cache
def _advances(style: str) -> dict[int, float]:
    """Read the advance widths, in em, of the characters that the font has (tables cmap and hmtx)."""
    data = FONTS[style].read_bytes()
    tables = {
        data[at : at + 4]: struct.unpack_from(">I", data, at + 8)[0]
        for at in range(12, 12 + 16 * struct.unpack_from(">H", data, 4)[0], 16)
    }
    units = struct.unpack_from(">H", data, tables[b"head"] + 18)[0]
    metrics = struct.unpack_from(">H", data, tables[b"hhea"] + 34)[0]
    widths = struct.unpack_from(">" + "Hh" * metrics, data, tables[b"hmtx"])[::2]
    found = glyphs(data, tables[b"cmap"] + struct.unpack_from(">I", data, tables[b"cmap"] + 8)[0])
    return {char: widths[min(glyph, metrics - 1)] / units for char, glyph in found.items()}


def glyphs(data: bytes, table: int) -> dict[int, int]:
    """Read a character map of format 4."""
    count = struct.unpack_from(">H", data, table + 6)[0] // 2
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{count}H", data, table + 14 + step * 2 * count + (2 if step else 0))
        for step in range(4)
    )
    found = {}
    for index, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for char in range(start, min(end, 0xFFFE) + 1):
            where = table + 16 + 6 * count + 2 * index + offset + 2 * (char - start)
            glyph = struct.unpack_from(">H", data, where)[0] if offset else char
            if glyph := (glyph + delta) % 0x10000 if glyph else 0:
                found[char] = glyph
    return found


def covers(text: str, *, style: str = "Regular") -> bool:
    """Say whether our typeface has every character of the text."""
    return all(ord(char) in _advances(style) for char in text)


def width(text: str, *, style: str = "Regular", tracking: float = 0.0) -> float:
    """Return the text's width in em; characters of other fonts are guessed, on the wide side."""
    advances = _advances(style)
    return sum(advances.get(ord(char), _guess(char)) + tracking for char in text)


def _guess(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    return 1.1 if unicodedata.east_asian_width(char) in "WF" else 0.75


def fit(text: str, *, wide: float, high: float, largest: float, style: str, tracking: float) -> Setting:
    """Break the text into the number of lines that lets it be set largest within the box."""
    pieces = _pieces(text)
    best = Setting([text], 0.0)
    for count in range(1, min(len(pieces), 9) + 1):
        lines = _broken(pieces, count, style, tracking)
        widest = max(width(line, style=style, tracking=tracking) for line in lines)
        size = min(largest, wide / widest, high / (len(lines) * LEADING))
        if size > best.size * 1.04:
            best = Setting(lines, size)
    return best


def _pieces(text: str) -> list[str]:
    """Return what may stand on a line of its own: words, wide characters, and parts of endless words."""
    found: list[str] = []
    for word in text.split():
        if any(unicodedata.east_asian_width(char) in "WF" for char in word):
            found += [*word[:-1], word[-1] + " "]
        else:
            parts = [word[at : at + _LONGEST_PIECE] for at in range(0, len(word), _LONGEST_PIECE)]
            found += [*parts[:-1], parts[-1] + " "]
    return found


def _broken(pieces: list[str], count: int, style: str, tracking: float) -> list[str]:
    """Break into at most `count` lines as even as can be: the least limit that needs no more lines."""
    widths = [width(piece, style=style, tracking=tracking) for piece in pieces]
    low, high = max(widths), sum(widths)
    for _ in range(24):
        limit = (low + high) / 2
        low, high = (limit, high) if len(_filled(pieces, widths, limit)) > count else (low, limit)
    return _filled(pieces, widths, high)


def _filled(pieces: list[str], widths: list[float], limit: float) -> list[str]:
    lines, room = [""], limit
    for piece, wide in zip(pieces, widths, strict=True):
        if wide > room and lines[-1]:
            lines, room = [*lines, ""], limit
        lines[-1] += piece
        room -= wide
    return [line.strip() for line in lines]
