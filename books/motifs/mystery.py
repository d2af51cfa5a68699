"""Mystery: a keyhole in a papered wall, and behind it a house with one window lit."""

import math
from random import Random

from books.motifs.canvas import (
    HEIGHT,
    WIDTH,
    Picture,
    branches,
    circle,
    gradient,
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

# wall, brass, night, moonlight
_PALETTES = (
    ("#3d1420", "#d9a860", "#12202e", "#cfd9d2"),
    ("#12322b", "#d8b26a", "#171b33", "#e2dcc0"),
    ("#1a2340", "#d6b277", "#0f2a30", "#d9e4d6"),
    ("#33203d", "#dcae74", "#14222c", "#e4d8c4"),
)
_X, _Y, _R = 800, 1330, 385
_KEYHOLE = f"M{_X - 158} {_Y + 300} A{_R} {_R} 0 1 1 {_X + 158} {_Y + 300} L{_X + 300} 2090 H{_X - 300} Z"
_DAMASK = (
    "M100 12 C122 46 150 60 150 92 C150 120 124 128 114 112 C128 110 128 92 114 92 C104 92 100 104 100 118 "
    "C100 104 96 92 86 92 C72 92 72 110 86 112 C76 128 50 120 50 92 C50 60 78 46 100 12 Z "
    "M100 128 C112 150 140 150 152 134 C150 166 118 172 108 196 C104 206 102 218 100 232 "
    "C98 218 96 206 92 196 C82 172 50 166 48 134 C60 150 88 150 100 128 Z"
)


def draw(rng: Random) -> Picture:
    wall, brass, night, moonlight = rng.choice(_PALETTES)
    parts = [
        "<defs>",
        gradient("night", [(0, mix(night, "#000000", 0.25), 1), (0.62, mix(night, moonlight, 0.3), 1)]),
        gradient("fog", [(0, moonlight, 0), (0.5, moonlight, 0.5), (1, moonlight, 0)]),
        gradient(
            "brass",
            [(0, mix(brass, "#ffffff", 0.3), 1), (0.5, brass, 1), (1, mix(brass, "#000000", 0.45), 1)],
        ),
        _paper(wall, brass),
        f'<clipPath id="hole"><path d="{_KEYHOLE}"/></clipPath>',
        "</defs>",
        sheet(wall),
        sheet("url(#paper)"),
        path(
            _KEYHOLE,
            "none",
            'stroke="#000000" stroke-width="96" stroke-linejoin="round" stroke-opacity="0.28"',
        ),
        path(_KEYHOLE, "none", 'stroke="url(#brass)" stroke-width="64" stroke-linejoin="round"'),
        path(
            _KEYHOLE,
            "none",
            f'stroke="{mix(brass, "#000000", 0.55)}" stroke-width="14" stroke-linejoin="round"',
        ),
        f'<g clip-path="url(#hole)">{_scene(rng, night, moonlight, brass)}</g>',
    ]
    ink = mix(brass, "#ffffff", 0.62)
    return Picture("".join(parts), ink=ink, accent=brass, style="Italic", top=130, high=620, largest=260)


def _paper(wall: str, brass: str) -> str:
    figure = path(_DAMASK, mix(wall, brass, 0.11))
    figures = figure + moved(figure, 100, 125) + moved(figure, -100, 125) + moved(figure, 100, -125)
    figures += moved(figure, -100, -125)
    tile = 'width="200" height="250" patternUnits="userSpaceOnUse" patternTransform="scale(2)"'
    return f'<pattern id="paper" {tile}>{figures}</pattern>'


def _scene(rng: Random, night: str, moonlight: str, brass: str) -> str:
    black = mix(night, "#000000", 0.55)
    moon = (_X + rng.choice((-165, 165)), rng.uniform(1100, 1170), rng.uniform(95, 125))
    drawn = sheet("url(#night)") + stars(rng, 90, 1500, moonlight)
    drawn += circle(moon[0], moon[1], moon[2] * 1.55, moonlight, 'fill-opacity="0.13"') + circle(
        *moon, moonlight
    )
    drawn += land(ridge(rng, 1520, 1540, sway=80), mix(night, moonlight, 0.2))
    drawn += rect(0, 1380, WIDTH, 240, "url(#fog)")
    for x, lean in ((_X - rng.uniform(290, 320), 0.12), (_X + rng.uniform(290, 320), -0.12)):
        drawn += branches(rng, (x, 1660), lean - math.pi / 2, rng.uniform(95, 115), 15, black)
    drawn += moved(_house(rng, black, mix(brass, "#ffe08a", 0.5)), _X, 1618, rng.uniform(0.88, 0.98))
    drawn += path(f"M0 1690 Q{_X} 1520 {WIDTH} 1690 V{HEIGHT} H0 Z", black)
    drawn += _path_to_the_door(mix(night, moonlight, 0.42))
    drawn += rect(0, 1570, WIDTH, 190, "url(#fog)") + rect(
        0, 1800, WIDTH, 240, "url(#fog)", 'fill-opacity="0.7"'
    )
    return drawn + _fence(black)


def _house(rng: Random, black: str, lamp: str) -> str:
    """Draw a gabled house with a tower; (0, 0) is the middle of its foot."""
    tall = rng.choice((360, 410, 450))
    side = rng.choice((-1, 1))
    walls = rect(-170, -210, 340, 240, black)
    gables = polygon([(-195, -205), (-85, -335), (25, -205)], black) + polygon(
        [(-20, -205), (90, -300), (195, -205)], black
    )
    at = side * 105
    tower = rect(at - 46, -tall, 92, tall, black) + polygon(
        [(at - 66, -tall + 4), (at, -tall - 150), (at + 66, -tall + 4)], black
    )
    tower += line((at, -tall - 140), (at, -tall - 205), black, 5) + circle(at, -tall - 172, 8, black)
    chimney = rect(-side * 120 - 18, -352, 36, 130, black) + rect(-side * 120 - 24, -362, 48, 16, black)
    lit = rng.randrange(3)
    frames = [(at, -tall + 62), (-side * 85, -225), (-side * 40, -120), (side * 40, -120)]
    windows = "".join(_window(x, y, black, lamp, lit=index == lit) for index, (x, y) in enumerate(frames))
    return walls + gables + chimney + tower + windows


def _window(x: float, y: float, black: str, lamp: str, *, lit: bool) -> str:
    pane = f"M{x - 17} {y + 34} v-42 q0 -20 17 -20 q17 0 17 20 v42 Z"
    bars = line((x, y - 28), (x, y + 34), black, 4) + line((x - 17, y + 2), (x + 17, y + 2), black, 4)
    shine = circle(x, y, 74, lamp, 'fill-opacity="0.16"') if lit else ""
    return path(pane, lamp if lit else mix(black, lamp, 0.1)) + bars + shine


def _path_to_the_door(colour: str) -> str:
    return path(
        "M790 1606 C850 1680 700 1750 778 1830 C850 1905 690 1990 670 2110 H930 C930 2000 940 1910 860 1830 "
        "C790 1750 880 1680 810 1606 Z",
        colour,
        'fill-opacity="0.5"',
    )


def _fence(black: str) -> str:
    drawn = rect(400, 2020, 260, 10, black) + rect(940, 2020, 260, 10, black)
    for x in (*range(420, 670, 34), *range(945, 1200, 34)):
        drawn += rect(x, 1975, 8, HEIGHT, black) + polygon(
            [(x - 5, 1978), (x + 4, 1952), (x + 13, 1978)], black
        )
    return drawn
