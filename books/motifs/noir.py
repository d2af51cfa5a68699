"""Noir: a wet street between dark houses, a lamp, and somebody who waits."""

from random import Random

from books.motifs.canvas import (
    HEIGHT,
    WIDTH,
    Picture,
    circle,
    ellipse,
    glow,
    gradient,
    line,
    mix,
    moved,
    path,
    polygon,
    rect,
    sheet,
)

# night, haze over the horizon, light
_PALETTES = (
    ("#0b1118", "#2f4450", "#f0b44c"),
    ("#120d14", "#5a3340", "#ee6a4a"),
    ("#08120f", "#2d5148", "#e9d27a"),
    ("#0d0e1c", "#3d3f6b", "#f2c078"),
)
_HORIZON, _QUAY = 1730, 1945
_MAN = (
    "M30 40 Q30 12 43 12 Q50 18 57 12 Q70 12 70 40 Z M12 42 Q50 30 88 42 Q50 56 12 42 Z "
    "M36 44 H64 V56 Q60 72 50 74 Q40 72 36 56 Z "
    "M50 68 C32 70 18 80 14 102 L8 194 L22 196 L24 150 L16 268 L84 268 L76 150 L78 196 L92 194 "
    "L86 102 C82 80 68 70 50 68 Z M32 264 H47 V330 H28 Q27 324 34 320 Z M53 264 H68 V320 Q74 324 72 330 H53 Z"
)


def draw(rng: Random) -> Picture:
    night, haze, light = rng.choice(_PALETTES)
    moon = (rng.choice((620, 800, 980)), rng.uniform(1180, 1280), rng.uniform(330, 400))
    parts = [
        "<defs>",
        gradient("sky", [(0, night, 1), (0.45, mix(night, haze, 0.45), 1), (0.74, haze, 1)]),
        glow("halo", [(0, light, 0.55), (0.55, light, 0.16), (1, light, 0)]),
        gradient("cone", [(0, light, 0.75), (1, light, 0.06)]),
        gradient("street", [(0, mix(night, haze, 0.7), 1), (0.25, mix(night, haze, 0.3), 1), (1, night, 1)]),
        gradient("paving", [(0, mix(night, haze, 0.42), 1), (1, mix(night, "#000000", 0.3), 1)]),
        "</defs>",
        sheet("url(#sky)"),
        circle(moon[0], moon[1], moon[2] * 1.9, "url(#halo)"),
        circle(*moon, mix(light, "#ffffff", 0.12)),
        _skyline(rng, mix(night, haze, 0.62), 560, 90),
        _skyline(rng, mix(night, haze, 0.34), 380, 130),
        rect(0, _HORIZON, WIDTH, HEIGHT - _HORIZON, "url(#street)"),
        _reflections(rng, moon[0], light),
        _quay(rng, moon[0], night, haze, light),
        _canyon(rng, night, haze, light),
        _lamp(rng, night, light),
        _rain(rng, mix(haze, "#ffffff", 0.7)),
    ]
    ink = mix(light, "#ffffff", 0.78)
    return Picture("".join(parts), ink=ink, accent=light, capitals=True, tracking=0.03, top=170, high=640)


def _skyline(rng: Random, colour: str, high: float, step: float) -> str:
    drawn, x = "", -40.0
    while x < WIDTH:
        wide, top = step * rng.uniform(0.7, 1.5), _HORIZON - high * rng.uniform(0.35, 1.0)
        drawn += rect(x, top, wide + 2, _HORIZON - top + 10, colour) + _roof(rng, x, top, wide, colour)
        x += wide
    return drawn


def _roof(rng: Random, x: float, top: float, wide: float, colour: str) -> str:
    middle = x + wide / 2
    kind = rng.randrange(5)
    if kind == 0:
        return polygon([(x, top + 1), (middle, top - wide * 0.55), (x + wide, top + 1)], colour)
    if kind == 1:
        tank = rect(middle - 24, top - 78, 48, 44, colour) + polygon(
            [(middle - 30, top - 76), (middle, top - 104), (middle + 30, top - 76)], colour
        )
        return (
            tank
            + line((middle - 18, top), (middle - 18, top - 40), colour, 5)
            + line((middle + 18, top), (middle + 18, top - 40), colour, 5)
        )
    if kind == 2:
        return rect(x + wide * 0.2, top - 46, wide * 0.6, 48, colour) + line(
            (middle, top - 40), (middle, top - 150), colour, 4
        )
    if kind == 3:
        return rect(x + wide * 0.62, top - 42, wide * 0.14, 44, colour)
    return ""


def _canyon(rng: Random, night: str, haze: str, light: str) -> str:
    """Stand two rows of houses at the sides, the nearer ones taller and darker."""
    drawn = ""
    for wide, top, shade, seen in ((470, 1180, 0.2, 170), (300, 930, 0.06, 300)):
        colour = mix(mix(night, "#000000", 0.3), haze, shade)
        for left in (True, False):
            roof = top + rng.uniform(-60, 60)
            x = 0 if left else WIDTH - wide
            drawn += rect(x, roof, wide, HEIGHT - roof, colour)
            drawn += rect(x if left else x - 16, roof - 22, wide + 16, 30, colour)
            glass = wide - seen + 44 if left else WIDTH - wide + 44
            drawn += _windows(
                rng, glass, roof + 90, seen - 88, HEIGHT - 90 - roof, mix(colour, light, 0.07), light
            )
    return drawn


def _windows(rng: Random, x: float, top: float, wide: float, high: float, dark: str, light: str) -> str:
    drawn, columns = "", max(1, round(wide / 100))
    for row in range(int(high // 150)):
        for column in range(columns):
            at = (x + (column + 0.5) * wide / columns - 26, top + row * 150)
            drawn += _window(*at, light) if rng.random() < 0.2 else rect(*at, 52, 92, dark)
    return drawn


def _window(x: float, y: float, light: str) -> str:
    blind = "".join(rect(x, y + 14 * slat, 52, 4, mix(light, "#000000", 0.45)) for slat in range(4))
    return rect(x, y, 52, 92, light) + blind + rect(x + 24, y, 4, 92, mix(light, "#000000", 0.6))


def _reflections(rng: Random, x: float, light: str) -> str:
    drawn = ""
    for step in range(17):
        wide = rng.uniform(0.35, 1.0) * (170 + step * 5)
        y = _HORIZON + 10 + step * 11 + step * step * 0.15
        drawn += ellipse(
            x + rng.uniform(-40, 40),
            y,
            wide,
            3 + step * 0.16,
            light,
            f'fill-opacity="{0.7 - step * 0.025:.2f}"',
        )
    return drawn


def _quay(rng: Random, x: float, night: str, haze: str, light: str) -> str:
    """Lay wet paving in front of the water, with a little of the light in it."""
    drawn = rect(0, _QUAY, WIDTH, HEIGHT - _QUAY, "url(#paving)")
    drawn += rect(0, _QUAY, WIDTH, 9, mix(haze, light, 0.25)) + rect(
        0, _QUAY + 9, WIDTH, 14, mix(night, haze, 0.12)
    )
    for step in range(15):
        y, wide = _QUAY + 55 + step * 26, rng.uniform(30, 190)
        drawn += ellipse(
            x + rng.uniform(-170, 170), y, wide, 4, light, f'fill-opacity="{0.2 - step * 0.01:.2f}"'
        )
    return drawn


def _lamp(rng: Random, night: str, light: str) -> str:
    """Hang a lamp over the waiting figure, whose shadow falls towards us."""
    black = mix(night, "#000000", 0.5)
    x = rng.choice((560, 1040))
    reach = 150 if x < WIDTH / 2 else -150
    figure = x + reach
    cone = polygon(
        [(figure - 26, 1335), (figure + 26, 1335), (figure + 250, 2010), (figure - 250, 2010)], "url(#cone)"
    )
    pole = path(
        f"M{x} 2060 V1340 Q{x} 1280 {x + reach * 0.5} 1280 H{figure}",
        "none",
        f'stroke="{black}" stroke-width="15"',
    )
    head = path(f"M{figure - 52} 1338 Q{figure} 1238 {figure + 52} 1338 Z", black) + ellipse(
        figure, 1338, 40, 12, mix(light, "#ffffff", 0.6)
    )
    pool = ellipse(figure, 2012, 265, 36, light, 'fill-opacity="0.42"')
    shadow = polygon(
        [(figure - 26, 2016), (figure + 26, 2016), (figure + 120, 2215), (figure - 40, 2215)],
        black,
        'fill-opacity="0.75"',
    )
    base = rect(x - 20, 2010, 40, 56, black)
    return cone + pool + shadow + moved(path(_MAN, black), figure - 52, 1685, 1.02) + pole + base + head


def _rain(rng: Random, colour: str) -> str:
    drawn = ""
    for _ in range(230):
        x, y, long = rng.uniform(-100, WIDTH + 200), rng.uniform(-60, HEIGHT), rng.uniform(50, 150)
        opacity = f'stroke-opacity="{rng.choice((0.10, 0.16, 0.26))}"'
        drawn += line((x, y), (x - long * 0.2, y + long), colour, rng.choice((1.6, 2.4)), opacity)
    return drawn
