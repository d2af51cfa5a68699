"""What every picture is drawn with: the sheet, colours, and shapes as SVG text."""

import colorsys
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random

WIDE, HIGH = 1536, 864
Point = tuple[float, float]


def mix(one: str, other: str, share: float) -> str:
    """Mix two `#rrggbb` colours; a share of 1 is the second."""
    share = min(1.0, max(0.0, share))
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def toned(colour: str, *, saturation: float = 1.0, light: float = 1.0) -> str:
    """Return a colour with its saturation and its lightness multiplied."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, depth = colorsys.rgb_to_hls(red, green, blue)
    made = colorsys.hls_to_rgb(hue, min(1.0, lightness * light), min(1.0, depth * saturation))
    return "#" + "".join(f"{round(part * 255):02x}" for part in made)


def gradient(name: str, stops: Sequence[tuple[float, str, float]], *, across: bool = False) -> str:
    """Define a straight gradient of (offset, colour, opacity) stops, from top to bottom or across."""
    end = 'x2="1" y2="0"' if across else 'x2="0" y2="1"'
    return f'<linearGradient id="{name}" x1="0" y1="0" {end}>{_stops(stops)}</linearGradient>'


def glow(name: str, colour: str, strength: float = 1.0) -> str:
    """Define a round gradient that fades as light does."""
    stops = ((0, 1.0), (0.12, 0.72), (0.3, 0.36), (0.55, 0.13), (0.8, 0.03), (1, 0.0))
    return f'<radialGradient id="{name}">{_stops([(at, colour, o * strength) for at, o in stops])}</radialGradient>'


def soft(name: str, colour: str) -> str:
    """Define a round gradient that is full but for its edge."""
    stops = ((0, 1.0), (0.4, 0.95), (0.62, 0.7), (0.82, 0.25), (1, 0.0))
    return f'<radialGradient id="{name}">{_stops([(at, colour, opacity) for at, opacity in stops])}</radialGradient>'


def _stops(stops: Sequence[tuple[float, str, float]]) -> str:
    return "".join(
        f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{opacity:.3f}"/>'
        for at, colour, opacity in stops
    )


def rect(x: float, y: float, wide: float, high: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{fill}" {more}/>'


def sheet(fill: str, more: str = "") -> str:
    """Fill the whole sheet."""
    return rect(0, 0, WIDE, HIGH, fill, more)


def circle(x: float, y: float, radius: float, fill: str, more: str = "") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" {more}/>'


def ellipse(x: float, y: float, wide: float, high: float, fill: str, more: str = "") -> str:
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{wide:.1f}" ry="{high:.1f}" fill="{fill}" {more}/>'


def path(data: str, fill: str, more: str = "") -> str:
    return f'<path d="{data}" fill="{fill}" {more}/>'


def polygon(points: Iterable[Point], fill: str, more: str = "") -> str:
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="{fill}" {more}/>'


def line(start: Point, end: Point, colour: str, wide: float, more: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{wide:.1f}" stroke-linecap="round" {more}/>'
    )


def stroke(data: str, colour: str, wide: float, more: str = "") -> str:
    """Draw along a path."""
    ends = 'stroke-linecap="round" stroke-linejoin="round"'
    return f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{wide:.1f}" {ends} {more}/>'


def moved(drawing: str, x: float, y: float, scale: float = 1.0, *, flipped: bool = False) -> str:
    across = -scale if flipped else scale
    return f'<g transform="translate({x:.1f} {y:.1f}) scale({across:.3f} {scale:.3f})">{drawing}</g>'


def faded(drawing: str, opacity: float) -> str:
    return f'<g opacity="{opacity:.3f}">{drawing}</g>'


def ridge(rng: Random, height: float, sway: float, *, rough: float = 0.5, depth: int = 7) -> list[Point]:
    """Return a skyline from one edge of the sheet to the other by midpoint displacement."""
    heights = [height + rng.uniform(-sway, sway) * 0.5 for _ in range(4)]
    for _ in range(depth):
        between = [(a + b) / 2 + rng.uniform(-sway, sway) for a, b in pairwise(heights)]
        heights = [each for pair in zip(heights, between, strict=False) for each in pair] + [heights[-1]]
        sway *= rough
    step = WIDE / (len(heights) - 1)
    return [(index * step, each) for index, each in enumerate(heights)]


def rolling(rng: Random, height: float, sway: float, *, waves: int = 3) -> list[Point]:
    """Return a soft skyline made of a few waves."""
    parts = [
        (rng.uniform(0.4, 1.0) * (wave + 1) * math.pi / WIDE, rng.uniform(0, math.tau), sway / (wave + 1))
        for wave in range(waves)
    ]
    return [
        (x, height + sum(high * math.sin(x * pace + turn) for pace, turn, high in parts))
        for x in range(0, WIDE + 25, 24)
    ]


def land(points: Sequence[Point], fill: str, bottom: float = HIGH) -> str:
    """Fill everything below a skyline."""
    return polygon([*points, (WIDE, bottom), (0, bottom)], fill)


def height_at(points: Sequence[Point], x: float) -> float:
    """Return how high a skyline stands at x."""
    for (x1, y1), (x2, y2) in pairwise(points):
        if x1 <= x <= x2:
            return y1 + (y2 - y1) * (x - x1) / max(x2 - x1, 0.01)
    return points[-1][1]


def branches(rng: Random, start: Point, angle: float, length: float, thick: float, colour: str) -> str:
    """Grow a bare tree; angles in radians, up is -pi/2."""
    if length < 9 or thick < 0.7:
        return ""
    end = (start[0] + math.cos(angle) * length, start[1] + math.sin(angle) * length)
    grown = line(start, end, colour, thick)
    turns = [rng.uniform(-0.6, -0.2), rng.uniform(0.2, 0.6), *([rng.uniform(-0.2, 0.2)] * (length > 40))]
    for turn in turns:
        grown += branches(rng, end, angle + turn, length * rng.uniform(0.68, 0.85), thick * 0.66, colour)
    return grown
