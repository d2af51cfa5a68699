"""What every motif draws with: the sheet, colours, and shapes as SVG text."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

WIDTH, HEIGHT = 1600, 2400
Point = tuple[float, float]


@dataclass(frozen=True)
class Picture:
    """A drawn cover without its words, and how and where the words go on it."""

    svg: str
    ink: str
    accent: str
    style: str = "Regular"
    capitals: bool = False
    tracking: float = 0.0
    top: float = 190
    high: float = 620
    largest: float = 250
    wide: float = 1340
    author: float = 2270
    author_ink: str = ""


def mix(one: str, other: str, share: float) -> str:
    """Mix two `#rrggbb` colours; a share of 1 is the second."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(ground: str, dark: str, light: str) -> str:
    """Return whichever of two colours stands out from the ground."""
    red, green, blue = (int(ground[at : at + 2], 16) for at in (1, 3, 5))
    return dark if 0.3 * red + 0.6 * green + 0.1 * blue > 140 else light


def gradient(name: str, stops: Sequence[tuple[float, str, float]], *, across: bool = False) -> str:
    """Define a straight gradient of (offset, colour, opacity) stops, from top to bottom or across."""
    end = 'x2="1" y2="0"' if across else 'x2="0" y2="1"'
    return f'<linearGradient id="{name}" x1="0" y1="0" {end}>{_stops(stops)}</linearGradient>'


def glow(name: str, stops: Sequence[tuple[float, str, float]]) -> str:
    """Define a round gradient of (offset, colour, opacity) stops."""
    return f'<radialGradient id="{name}">{_stops(stops)}</radialGradient>'


def _stops(stops: Sequence[tuple[float, str, float]]) -> str:
    return "".join(
        f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{opacity}"/>'
        for at, colour, opacity in stops
    )


def rect(x: float, y: float, wide: float, high: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{fill}" {more}/>'


def sheet(fill: str) -> str:
    """Fill the whole sheet."""
    return rect(0, 0, WIDTH, HEIGHT, fill)


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


def moved(drawing: str, x: float, y: float, scale: float = 1.0) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.3f})">{drawing}</g>'


def ridge(
    rng: Random, left: float, right: float, *, sway: float, rough: float = 0.5, depth: int = 7
) -> list[Point]:
    """Return a skyline from one edge of the sheet to the other by midpoint displacement."""
    heights = [left, right]
    for _ in range(depth):
        between = [(a + b) / 2 + rng.uniform(-sway, sway) for a, b in pairwise(heights)]
        heights = [height for pair in zip(heights, between, strict=False) for height in pair] + [heights[-1]]
        sway *= rough
    step = WIDTH / (len(heights) - 1)
    return [(index * step, height) for index, height in enumerate(heights)]


def land(points: Sequence[Point], fill: str, bottom: float = HEIGHT) -> str:
    """Fill everything below a skyline."""
    return polygon([*points, (WIDTH, bottom), (0, bottom)], fill)


def height_at(points: Sequence[Point], x: float) -> float:
    """Return how high a skyline stands at x."""
    return min(points, key=lambda point: abs(point[0] - x))[1]


def stars(rng: Random, count: int, bottom: float, colour: str, *, clear: tuple[float, float] = (0, 0)) -> str:
    """Scatter stars above `bottom`, a few of them large, and none where the title stands."""
    drawn = ""
    for _ in range(count):
        x, y = rng.uniform(0, WIDTH), bottom * rng.random() ** 1.3
        size, opacity = rng.choice((1.6, 1.6, 2.2, 2.2, 3.0, 4.2)), rng.choice((0.35, 0.55, 0.8, 1.0))
        if not (clear[0] < y < clear[1] and abs(x - WIDTH / 2) < 690):
            drawn += circle(x, y, size, colour, f'fill-opacity="{opacity}"')
    return drawn


def branches(rng: Random, start: Point, angle: float, length: float, thick: float, colour: str) -> str:
    """Grow a bare tree; angles in radians, up is -pi/2."""
    if length < 17 or thick < 1:
        return ""
    end = (start[0] + math.cos(angle) * length, start[1] + math.sin(angle) * length)
    grown = line(start, end, colour, thick)
    for turn in (
        rng.uniform(-0.65, -0.2),
        rng.uniform(0.2, 0.65),
        *([rng.uniform(-0.2, 0.2)] * (length > 70)),
    ):
        grown += branches(rng, end, angle + turn, length * rng.uniform(0.66, 0.84), thick * 0.66, colour)
    return grown
