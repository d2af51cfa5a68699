"""Which letters the fonts of this machine have, for books in scripts that our typeface lacks."""

import struct
import unicodedata
from collections import Counter
from functools import lru_cache
from pathlib import Path

from books import lettering
from domain.errors import FabulaError

# What a book may lack: a foreign word here and there
_MOST_LACKING = 0.1
# Hebrew is in a font that typst brings along
_BROUGHT = frozenset(map(chr, range(0x590, 0x600)))


class FontMissing(FabulaError):
    """No font on this machine has the letters of the book."""


def check(text: str) -> None:
    """Raise `FontMissing` when over a tenth of a text's letters would be empty boxes in print."""
    found = Counter(char for char in text if unicodedata.category(char)[0] == "L")
    unknown = [char for char in found if not lettering.covers(char) and char not in _BROUGHT]
    if sum(found[char] for char in unknown) <= _MOST_LACKING * sum(found.values()):
        return
    lacking = set(unknown).difference(*map(_letters_of, _machine_fonts()))
    if sum(found[char] for char in lacking) > _MOST_LACKING * sum(found.values()):
        signs = " ".join(sorted(lacking, key=found.__getitem__, reverse=True)[:5])
        raise FontMissing(
            f"no font on this machine has letters such as {signs}: install one, such as Noto; an EPUB needs none"
        )


def is_legible(text: str) -> bool:
    """Tell whether the fonts of this machine have the letters of a text."""
    try:
        check(text)
    except FontMissing:
        return False
    return True


@lru_cache(maxsize=1)
def _machine_fonts() -> list[tuple[str, int]]:
    import typst

    fonts = typst.Fonts(include_embedded_fonts=False).fonts()
    return list(dict.fromkeys((str(font.path), font.index) for font in fonts if font.path))


@lru_cache(maxsize=64)
def _letters_of(font: tuple[str, int]) -> frozenset[str]:
    """Read the characters of a font from its table cmap; none of one that cannot be read."""
    try:
        return frozenset(map(chr, _characters(Path(font[0]).read_bytes(), font[1])))
    except (OSError, struct.error, KeyError, ValueError, IndexError):
        return frozenset()


def _characters(data: bytes, index: int) -> set[int]:
    start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
    count = struct.unpack_from(">H", data, start + 4)[0]
    records = (struct.unpack_from(">4s4xI", data, start + 12 + 16 * n) for n in range(count))
    cmap = dict(records)[b"cmap"]
    tables = struct.unpack_from(">H", data, cmap + 2)[0]
    found: set[int] = set()
    for number in range(tables):
        table = cmap + struct.unpack_from(">4xI", data, cmap + 4 + 8 * number)[0]
        match struct.unpack_from(">H", data, table)[0]:
            case 4:
                found |= set(lettering.glyphs(data, table))
            case 12:
                found |= _groups(data, table)
    return found


def _groups(data: bytes, table: int) -> set[int]:
    """Read a character map of format 12."""
    count = struct.unpack_from(">I", data, table + 12)[0]
    groups = (struct.unpack_from(">III", data, table + 16 + 12 * n) for n in range(count))
    return {char for first, last, glyph in groups for char in range(first, last + 1) if glyph or char > first}
