"""The cover: a genre's motif with the title set on it."""

import html
import subprocess
import sys
from pathlib import Path
from random import Random
from unicodedata import category

from books import lettering, motifs, prose
from books.coverage import is_legible
from books.lettering import FAMILY, FONTS, LEADING
from books.motifs import framed
from books.motifs.canvas import HEIGHT, WIDTH, Picture
from domain.errors import FabulaError

PROGRAM = Path(__file__).with_name("cover_program.py")
TIMEOUT = 120.0
LONGEST_TITLE, _SHORT = 120, 60
_MARGIN = 130


class CoverFailed(FabulaError):
    """The cover could not be drawn."""


def cover(
    title: str,
    *,
    subtitle: str = "",
    author: str = "Fabula",
    genre: str = "",
    seed: str = "",
    wide: int = WIDTH,
    picture: Path | None = None,
) -> bytes:
    """Return a cover as PNG, two wide by three high; the same arguments give the same picture.

    Raises `CoverFailed`. A picture, a JPEG, takes the place of the genre's motif.
    Titles in scripts other than Latin, Greek and Cyrillic are set in whatever fonts the machine has; what these lack
    is left out.
    """
    words = _letters(title) + _letters(subtitle) + _letters(author)
    known = all(lettering.covers(words, style=style) for style in FONTS)
    drawn = cover_svg(title, subtitle=subtitle, author=author, genre=genre, seed=seed, picture=picture)
    return _rendered(drawn, wide, system_fonts=not known)


def _rendered(svg: str, wide: int, *, system_fonts: bool) -> bytes:
    """Render by a program of its own: resvg would hold up this whole process for seconds."""
    size = [str(wide), str(wide * HEIGHT // WIDTH)]
    fonts = [FAMILY, str(int(system_fonts)), *map(str, FONTS.values())]
    command = [sys.executable, "-I", str(PROGRAM), *size, *fonts]
    try:
        done = subprocess.run(command, input=svg.encode(), capture_output=True, timeout=TIMEOUT, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise CoverFailed(f"the cover was not drawn after {TIMEOUT:.0f} s") from None
    if done.returncode:
        raise CoverFailed(
            f"the cover could not be drawn: {done.stderr.decode(errors='replace').strip()[-200:]}"
        )
    return done.stdout


def cover_svg(
    title: str,
    *,
    subtitle: str = "",
    author: str = "Fabula",
    genre: str = "",
    seed: str = "",
    picture: Path | None = None,
) -> str:
    """Return a cover as SVG, whose words need our typeface."""
    title, subtitle, author = (_letters(text) for text in (title or "Untitled", subtitle, author))
    shown, subtitle, author = (text if is_legible(text) else "" for text in (title, subtitle, author))
    drawn = framed.draw(picture) if picture else motifs.draw(genre, Random(seed or title))
    words = _words(drawn, _shortened(shown), subtitle, author)
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawn.svg}{words}</svg>'


def _letters(text: str) -> str:
    """Return the text on one line without emoji, which few fonts have; a text of nothing else keeps them."""
    line = prose.line(text)
    kept = "".join(char for char in line if lettering.covers(char) or not _is_emoji(char))
    return " ".join(kept.split()) or line


def _is_emoji(char: str) -> bool:
    return category(char) in ("So", "Sk") or char == "\ufe0f"


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


def _words(picture: Picture, title: str, subtitle: str, author: str) -> str:
    short = len(title) <= _SHORT
    title = title.upper() if picture.capitals and short else title
    joined = title.upper() == title.lower()
    tracking = picture.tracking if short and not joined else 0.0
    setting = lettering.fit(
        title,
        wide=picture.wide,
        high=picture.high,
        largest=picture.largest,
        style=picture.style,
        tracking=tracking,
    )
    step = setting.size * LEADING
    first = picture.top + (picture.high - step * len(setting.lines)) / 2 + setting.size * 0.82
    drawn = "".join(
        _text(line, first + step * index, setting.size, picture.ink, picture.style, tracking)
        for index, line in enumerate(setting.lines)
    )
    if subtitle:
        below = first + step * (len(setting.lines) - 1) + max(setting.size * 0.62, 96)
        drawn += _small(subtitle, below, 62, picture.accent, "Italic", 0.0)
    return drawn + _small(
        author.upper(), picture.author, 50, picture.author_ink or picture.ink, "Regular", 0.32
    )


def _small(text: str, y: float, largest: float, colour: str, style: str, tracking: float) -> str:
    wide = lettering.width(text, style=style, tracking=tracking)
    return _text(text, y, min(largest, (WIDTH - 2 * _MARGIN) / max(wide, 0.1)), colour, style, tracking)


def _text(text: str, y: float, size: float, colour: str, style: str, tracking: float) -> str:
    """Set a line in the middle; the tracking after the last letter is not part of its width."""
    more = ' font-style="italic"' if style == "Italic" else ""
    more += f' letter-spacing="{tracking * size:.2f}"' if tracking else ""
    return (
        f'<text x="{WIDTH / 2 + tracking * size / 2:.1f}" y="{y:.1f}" text-anchor="middle" fill="{colour}" '
        f'font-family="{FAMILY}" font-size="{size:.1f}"{more}>'
        f"{html.escape(text)}</text>"
    )
