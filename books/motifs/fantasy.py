"""Fantasy: mountains behind mountains, a great moon, and a castle on its rock."""

import math
from random import Random

from books.motifs.canvas import (
    HEIGHT,
    WIDTH,
    Picture,
    Point,
    circle,
    gradient,
    height_at,
    land,
    line,
    mix,
    moved,
    path,
    polygon,
    rect,
    ridge,
    sheet,
    stars,
)

# sky, haze, moon, gold
_PALETTES = (
    ("#14264f", "#e7b7a0", "#fbeed3", "#f0cf86"),
    ("#2a1b4a", "#e58f86", "#fde7c8", "#f3c77d"),
    ("#0f3a44", "#e8d9a6", "#fff6dc", "#f1d58c"),
    ("#33203a", "#f0a56b", "#fff0cf", "#f6cf8b"),
)
_FIR = (
    "M0 -190 L26 -128 L14 -132 L42 -78 L22 -84 L56 -18 H7 V14 H-7 V-18 H-56 "
    "L-22 -84 L-42 -78 L-14 -132 L-26 -128 Z"
)


def draw(rng: Random) -> Picture:
    sky, haze, moon, gold = rng.choice(_PALETTES)
    x, y, radius = rng.choice((620, 800, 980)), rng.uniform(1130, 1190), rng.uniform(330, 380)
    dark = mix(sky, "#000000", 0.45)
    parts = [
        "<defs>",
        gradient("sky", [(0, sky, 1), (0.3, mix(sky, haze, 0.25), 1), (0.68, haze, 1)]),
        gradient("mist", [(0, haze, 0), (1, haze, 0.6)]),
        "</defs>",
        sheet("url(#sky)"),
        stars(rng, 260, 1000, moon, clear=(200, 750)),
        *(circle(x, y, radius * reach, moon, 'fill-opacity="0.09"') for reach in (1.45, 1.28, 1.12)),
        _moon(rng, x, y, radius, moon, haze),
        _birds(rng, x, y, dark),
        _range(rng, 1570, 230, mix(haze, sky, 0.28), mix(haze, moon, 0.55)),
        _range(rng, 1730, 250, mix(haze, sky, 0.52), mix(haze, moon, 0.2)),
        rect(0, 1500, WIDTH, 420, "url(#mist)"),
        _rock(rng, x, mix(sky, haze, 0.16), gold),
        _valley(rng, sky, haze, dark),
        _frame(gold),
    ]
    return Picture(
        "".join(parts),
        ink=mix(gold, "#ffffff", 0.6),
        accent=gold,
        top=230,
        high=520,
        wide=1220,
        largest=225,
        author=2235,
    )


def _moon(rng: Random, x: float, y: float, radius: float, moon: str, haze: str) -> str:
    drawn = circle(x, y, radius, moon)
    for _ in range(9):
        size, turn, away = (
            rng.uniform(0.05, 0.17) * radius,
            rng.uniform(0, math.tau),
            rng.uniform(0.1, 0.75) * radius,
        )
        drawn += circle(x + away * math.cos(turn), y + away * math.sin(turn), size, mix(moon, haze, 0.28))
    return drawn


def _birds(rng: Random, x: float, y: float, colour: str) -> str:
    wings = "M-30 -10 Q-14 -22 0 0 Q14 -22 30 -10 Q14 -14 0 8 Q-14 -14 -30 -10 Z"
    near = x + rng.choice((-1, 1)) * 260
    return "".join(
        moved(
            path(wings, colour),
            near + rng.uniform(-150, 150),
            y - rng.uniform(60, 260),
            rng.uniform(0.5, 1.0),
        )
        for _ in range(6)
    )


def _range(rng: Random, foot: float, high: float, shade: str, snow: str) -> str:
    """Raise a row of peaks; each has a lit side and snow on its top."""
    drawn, x = rect(0, foot, WIDTH, HEIGHT - foot, shade), rng.uniform(-260, -120)
    while x < WIDTH + 200:
        wide, top = rng.uniform(0.9, 1.5) * high, foot - high * rng.uniform(0.8, 1.5)
        peak, left, right = (x + wide * 0.95, top), (x, foot + 4), (x + wide * 2, foot + 4)
        ledge = (peak[0] + wide * rng.uniform(-0.1, 0.15), foot + 4)
        drawn += polygon([left, peak, right], shade)
        drawn += polygon([left, peak, ledge], mix(shade, snow, 0.22))
        drawn += _snow(rng, peak, wide, (foot - top), snow)
        x += wide * rng.uniform(0.75, 1.15)
    return drawn


def _snow(rng: Random, peak: Point, wide: float, high: float, snow: str) -> str:
    reach = rng.uniform(0.22, 0.36)
    left, right = peak[0] - wide * 0.95 * reach, peak[0] + wide * 1.05 * reach
    foot = peak[1] + high * reach
    teeth = [
        (left + (right - left) * step / 6, foot + (high * 0.07 if step % 2 else -high * 0.06))
        for step in range(1, 6)
    ]
    return polygon([peak, (left, foot), *teeth, (right, foot)], snow)


def _rock(rng: Random, x: float, colour: str, light: str) -> str:
    """Set a castle on a crag that stands before the moon."""
    at = x + rng.choice((-1, 1)) * rng.uniform(40, 120)
    crag = polygon(
        [
            (at - 430, 2000), (at - 300, 1800), (at - 235, 1745), (at - 190, 1600), (at - 150, 1560),
            (at - 120, 1490), (at + 130, 1480), (at + 165, 1570), (at + 215, 1620), (at + 240, 1760),
            (at + 330, 1830), (at + 450, 2000),
        ],
        colour,
    )  # fmt: skip
    towers = ((-100, 64, 200, 90), (-30, 84, 330, 130), (52, 60, 250, 100), (112, 48, 150, 76))
    castle = rect(at - 118, 1390, 246, 120, colour)
    for middle, wide, tall, spire in towers:
        castle += _tower(at + middle, 1492, wide, tall * rng.uniform(0.88, 1.15), spire, colour, light)
    return crag + castle


def _tower(x: float, foot: float, wide: float, tall: float, spire: float, colour: str, light: str) -> str:
    top, half = foot - tall, wide / 2
    drawn = rect(x - half, top, wide, tall, colour) + rect(x - half - 7, top - 6, wide + 14, 22, colour)
    drawn += polygon([(x - half - 10, top - 4), (x, top - spire - 40), (x + half + 10, top - 4)], colour)
    drawn += line((x, top - spire - 30), (x, top - spire - 76), colour, 4)
    drawn += polygon([(x, top - spire - 78), (x + 34, top - spire - 66), (x, top - spire - 54)], colour)
    return drawn + path(f"M{x - 6} {top + 66:.1f} v-20 q6 -12 12 0 v20 z", light)


def _valley(rng: Random, sky: str, haze: str, dark: str) -> str:
    """Lay wooded hills before the mountains."""
    drawn = ""
    for foot, shade, scale in (
        (1790, mix(sky, haze, 0.3), 0.42),
        (1930, mix(sky, dark, 0.2), 0.7),
        (2080, dark, 1.05),
    ):
        hill = ridge(rng, foot + rng.uniform(-30, 30), foot + rng.uniform(-30, 30), sway=75, rough=0.42)
        drawn += land(hill, shade) + _wood(rng, hill, shade, scale)
    return drawn


def _wood(rng: Random, ground: list[Point], colour: str, scale: float) -> str:
    drawn, x = "", -20.0
    while x < WIDTH + 40:
        size = scale * rng.uniform(0.55, 1.15)
        drawn += moved(path(_FIR, colour), x, height_at(ground, x) + 18 * scale, size)
        x += rng.uniform(22, 80) * scale
    return drawn


def _frame(gold: str) -> str:
    """Frame the sheet with two rules and a diamond at each corner."""
    rules = rect(52, 52, WIDTH - 104, HEIGHT - 104, "none", f'stroke="{gold}" stroke-width="7"')
    rules += rect(74, 74, WIDTH - 148, HEIGHT - 148, "none", f'stroke="{gold}" stroke-width="2.5"')
    for x in (74, WIDTH - 74):
        for y in (74, HEIGHT - 74):
            rules += moved(path("M0 -34 L34 0 L0 34 L-34 0 Z", gold), x, y)
            rules += moved(path("M0 -14 L14 0 L0 14 L-14 0 Z", "#ffffff", 'fill-opacity="0.55"'), x, y)
    return rules
