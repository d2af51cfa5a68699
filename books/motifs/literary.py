"""Literary: a field with one tree, a still life at a window, or cut paper."""

import math
from random import Random

from books.motifs.canvas import (
    HEIGHT,
    WIDTH,
    Picture,
    circle,
    ellipse,
    gradient,
    line,
    mix,
    moved,
    path,
    polygon,
    readable,
    rect,
    sheet,
)


def draw(rng: Random) -> Picture:
    return rng.choice((_field, _still_life, _cut_paper))(rng)


def _field(rng: Random) -> Picture:
    """Draw furrows that run to the horizon, a low sun and a tree."""
    sky, sun, corn, earth, ink = rng.choice(
        (
            ("#f3e6cf", "#e2703a", "#e3b04b", "#8a5a2b", "#3a2a1e"),
            ("#e9e4d8", "#d9534a", "#8fae7e", "#2f5d50", "#22332e"),
            ("#f6dccb", "#f2a65a", "#c96f4a", "#5b2e3b", "#3b1f2b"),
            ("#dfe7e6", "#f4b942", "#b9a44c", "#4b5d3a", "#26302a"),
        )
    )
    horizon, focus = 1500.0, rng.uniform(520, 1080)
    sun_x = focus + rng.choice((-1, 1)) * rng.uniform(160, 300)
    tree_x = WIDTH - sun_x + rng.uniform(-60, 60)
    parts = [
        "<defs>",
        gradient("sky", [(0, sky, 1), (0.62, mix(sky, sun, 0.3), 1)]),
        "</defs>",
        sheet("url(#sky)"),
        circle(sun_x, horizon - 150, 235, sun),
        path(
            f"M0 {horizon} Q400 {horizon - 95} 820 {horizon - 30} T{WIDTH} {horizon - 60} V{HEIGHT} H0 Z",
            mix(earth, sky, 0.45),
        ),
        rect(0, horizon, WIDTH, HEIGHT - horizon, corn),
        _furrows(focus, horizon, earth, corn),
        _crown(rng, tree_x, horizon + 46, ink, mix(ink, earth, 0.4)),
        _swifts(rng, ink),
        path(f"M0 2170 Q420 2110 820 2165 T{WIDTH} 2140 V{HEIGHT} H0 Z", mix(ink, earth, 0.15)),
    ]
    return Picture(
        "".join(parts),
        ink=ink,
        accent=mix(sun, ink, 0.3),
        top=170,
        high=640,
        largest=240,
        author=2290,
        author_ink=sky,
    )


def _furrows(focus: float, horizon: float, earth: str, corn: str) -> str:
    drawn = ""
    for row in range(-26, 27):
        near, wide = focus + row * 190, 95
        shade = mix(corn, earth, 0.35 + 0.5 * (row % 3 == 0))
        bow = focus + row * 26
        drawn += path(
            f"M{focus + row * 9} {horizon} Q{bow} {horizon + 190} {near} {HEIGHT} H{near + wide} "
            f"Q{bow + 14} {horizon + 190} {focus + row * 9 + 4} {horizon} Z",
            shade,
        )
    return drawn


def _crown(rng: Random, x: float, foot: float, ink: str, leaf: str) -> str:
    drawn = path(
        f"M{x - 15} {foot} Q{x - 5} {foot - 130} {x - 9} {foot - 270} H{x + 9} Q{x + 5} {foot - 130} {x + 17} {foot} Z",
        ink,
    )
    for turn, reach in ((-0.6, 150), (0.5, 140), (-0.1, 190)):
        drawn += line(
            (x, foot - 200), (x + reach * math.sin(turn), foot - 200 - reach * math.cos(turn)), ink, 9
        )
    for _ in range(46):
        turn, away = rng.uniform(0, math.tau), rng.random() ** 0.5
        size = rng.uniform(34, 68)
        drawn += ellipse(
            x + 165 * away * math.cos(turn), foot - 370 + 140 * away * math.sin(turn), size, size * 0.8,
            mix(ink, leaf, rng.random()),
        )  # fmt: skip
    return drawn + ellipse(x + 6, foot + 4, 150, 13, ink, 'fill-opacity="0.45"')


def _swifts(rng: Random, ink: str) -> str:
    wings = "M-34 -6 Q-12 -16 0 0 Q12 -16 34 -6 Q14 -8 0 10 Q-14 -8 -34 -6 Z"
    x, y = rng.uniform(400, 1200), rng.uniform(960, 1080)
    return "".join(
        moved(path(wings, ink), x + rng.uniform(-190, 190), y + rng.uniform(-90, 90), rng.uniform(0.5, 0.9))
        for _ in range(5)
    )


def _still_life(rng: Random) -> Picture:
    """Draw a jug with a branch and some fruit on a table, in the light of a window."""
    wall, table, jug, fruit, ink = rng.choice(
        (
            ("#d8c3a5", "#8e5b3f", "#2f4858", "#e9a23b", "#2b211c"),
            ("#c9d3cc", "#46627f", "#f2ede1", "#e2725b", "#1e2a33"),
            ("#e8b4a0", "#7b3f48", "#f4e9d8", "#e8b23a", "#3a1c24"),
            ("#b9c4a5", "#5a4a3a", "#dfe6e4", "#d9663f", "#262b1f"),
        )
    )
    edge, x = 1900.0, rng.choice((560, 1040))
    side = 1 if x < WIDTH / 2 else -1
    lit = mix(wall, "#ffffff", 0.42)
    slope = side * 150
    panes = "".join(
        polygon([(px, py), (px + 265, py - 40), (px + 265 + slope, py + 335), (px + slope, py + 375)], lit)
        for px in (430 - slope, 720 - slope)
        for py in (980, 1345)
    )
    parts = [
        sheet(wall),
        panes,
        rect(0, edge, WIDTH, HEIGHT - edge, table),
        rect(0, edge, WIDTH, 16, mix(table, "#ffffff", 0.22)),
        polygon(
            [(x - 150, 2056), (x + 150, 2056), (x + side * 700, 2150), (x + side * 420, 2156)],
            mix(table, "#000000", 0.3),
        ),
        _branch(rng, x, mix(jug, ink, 0.75), fruit),
        _jug(x, jug, ink),
        _fruits(rng, x + side * 330, fruit, table, ink),
    ]
    return Picture(
        "".join(parts),
        ink=ink,
        accent=mix(fruit, ink, 0.35),
        top=150,
        high=600,
        largest=240,
        author=2290,
        author_ink=mix(table, "#ffffff", 0.75),
    )


def _jug(x: float, colour: str, ink: str) -> str:
    body = (
        f"M{x - 66} 1560 C{x - 60} 1640 {x - 205} 1720 {x - 190} 1880 C{x - 180} 1990 {x - 130} 2050 {x - 100} 2062 "
        f"H{x + 100} C{x + 130} 2050 {x + 180} 1990 {x + 190} 1880 C{x + 205} 1720 {x + 60} 1640 {x + 66} 1560 Z"
    )
    shade = (
        f"M{x + 20} 1560 C{x + 20} 1640 {x + 120} 1720 {x + 112} 1880 C{x + 104} 1990 {x + 60} 2050 {x + 20} 2062 "
        f"H{x + 100} C{x + 130} 2050 {x + 180} 1990 {x + 190} 1880 C{x + 205} 1720 {x + 60} 1640 {x + 66} 1560 Z"
    )
    handle = f"M{x - 62} 1600 C{x - 210} 1570 {x - 270} 1720 {x - 180} 1800"
    return (
        path(handle, "none", f'stroke="{mix(colour, ink, 0.2)}" stroke-width="34" stroke-linecap="round"')
        + path(body, colour)
        + path(shade, mix(colour, ink, 0.3))
        + ellipse(x, 1560, 66, 17, mix(colour, ink, 0.7))
        + path(
            f"M{x - 176} 1800 Q{x} 1850 {x + 176} 1800",
            "none",
            f'stroke="{mix(colour, ink, 0.45)}" stroke-width="9"',
        )
    )


def _branch(rng: Random, x: float, green: str, bloom: str) -> str:
    drawn = ""
    for lean, long in ((-0.5, 560), (-0.12, 700), (0.3, 620), (0.62, 430)):
        tip = (x + long * math.sin(lean), 1560 - long * math.cos(lean))
        bend = (x + long * 0.2 * math.sin(lean), 1560 - long * 0.6)
        drawn += path(
            f"M{x} 1570 Q{bend[0]:.1f} {bend[1]:.1f} {tip[0]:.1f} {tip[1]:.1f}",
            "none",
            f'stroke="{green}" stroke-width="8"',
        )
        for step in range(3, 11):
            share = step / 10
            at = [
                (1 - share) ** 2 * a + 2 * share * (1 - share) * b + share**2 * c
                for a, b, c in zip((x, 1570), bend, tip, strict=True)
            ]
            drawn += _leaf(
                at[0], at[1], math.degrees(lean) + (55 if step % 2 else -55), rng.uniform(0.7, 1.1), green
            )
        drawn += circle(*tip, 30, bloom) + circle(tip[0], tip[1], 11, mix(bloom, green, 0.7))
    return drawn


def _leaf(x: float, y: float, turn: float, scale: float, colour: str) -> str:
    return (
        f'<path d="M0 0 C-34 -34 -30 -84 0 -112 C30 -84 34 -34 0 0 Z" fill="{colour}" '
        f'transform="translate({x:.1f} {y:.1f}) rotate({turn:.1f}) scale({scale:.2f})"/>'
    )


def _fruits(rng: Random, x: float, fruit: str, table: str, ink: str) -> str:
    drawn = ""
    for at, size in ((x - 96, 84), (x + 100, 92), (x + 8, 88)):
        y = 2034 - size * 0.4 + (30 if at == x + 8 else 0) + rng.uniform(-6, 6)
        colour = mix(fruit, ink, rng.uniform(0.0, 0.12))
        drawn += ellipse(at + 26, y + size * 0.88, size * 1.1, size * 0.2, mix(table, "#000000", 0.35))
        drawn += circle(at, y, size, mix(colour, ink, 0.28)) + circle(
            at - size * 0.1, y - size * 0.08, size * 0.86, colour
        )
        drawn += ellipse(
            at - size * 0.35, y - size * 0.4, size * 0.2, size * 0.13, mix(colour, "#ffffff", 0.5)
        )
        drawn += line((at, y - size * 0.9), (at + 8, y - size * 1.2), ink, 8)
    return drawn


def _cut_paper(rng: Random) -> Picture:
    """Lay sheets of coloured paper, and leaves and discs cut out of others."""
    paper, *colours, ink = rng.choice(
        (
            ("#f4ead8", "#1f6f78", "#e07a3f", "#f0b94a", "#2b3a55", "#1f2937"),
            ("#efe7dd", "#c8553d", "#588b8b", "#f2c57c", "#4a3b52", "#2a2230"),
            ("#f5efe0", "#3d5a40", "#d98f5c", "#a8442f", "#e8c468", "#25301f"),
        )
    )
    rng.shuffle(colours)
    base, second, third, fourth = colours
    drawn = sheet(paper)
    for column, colour in enumerate((base, second, third)):
        left = 150 + column * 440
        drawn += rect(left, 900 + (column % 2) * 110, 420, 1180 - (column % 2) * 110, colour)
    drawn += circle(rng.choice((360, 800, 1240)), 1130, 185, fourth)
    for column in range(3):
        drawn += moved(
            _seaweed(rng, paper if column != 1 else mix(paper, fourth, 0.12)),
            360 + column * 440,
            2060,
            rng.uniform(0.92, 1.06),
        )
    drawn += path(
        f"M0 2040 Q400 {1960 + rng.uniform(-30, 30):.0f} 800 2036 T{WIDTH} 2000 V{HEIGHT} H0 Z", fourth
    )
    return Picture(
        drawn,
        ink=ink,
        accent=base,
        top=130,
        high=640,
        largest=240,
        author=2290,
        author_ink=readable(fourth, ink, paper),
    )


def _seaweed(rng: Random, colour: str) -> str:
    """Cut a frond; (0, 0) is its foot."""
    drawn = path("M-14 0 C-40 -240 34 -420 -8 -760 H8 C56 -420 -10 -240 16 0 Z", colour)
    for step in range(9):
        y, reach = -90 - step * 76, 150 * math.sin(0.5 + step * 0.27) + rng.uniform(-14, 14)
        for side in (-1, 1):
            drawn += path(
                f"M0 {y + 40} C{side * reach * 0.4} {y + 34} {side * reach * 0.9} {y + 10} {side * reach} {y - 70} "
                f"C{side * reach * 1.12} {y - 106} {side * reach * 0.86} {y - 112} {side * reach * 0.78} {y - 74} "
                f"C{side * reach * 0.6} {y - 20} {side * reach * 0.3} {y - 12} 0 {y - 8} Z",
                colour,
            )
    return drawn
