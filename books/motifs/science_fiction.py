"""Science fiction: a great planet over the horizon of another, and one small light below."""

from random import Random

from books.motifs.canvas import (
    HEIGHT,
    WIDTH,
    Picture,
    circle,
    ellipse,
    gradient,
    height_at,
    land,
    line,
    mix,
    path,
    polygon,
    rect,
    ridge,
    sheet,
    stars,
)

# space, glow at the horizon, planet, its bands
_PALETTES = (
    ("#0d1230", "#e8735a", "#f2b279", "#c9563f"),
    ("#071f2b", "#2fa39a", "#f4dfb0", "#e0914f"),
    ("#1b0f33", "#d2578f", "#f6c6a8", "#a94a8f"),
    ("#0a1a20", "#d98f3e", "#8fc7bd", "#3d7f86"),
)


def draw(rng: Random) -> Picture:
    space, haze, planet, band = rng.choice(_PALETTES)
    x, y, radius = rng.choice((500, 800, 1100)), rng.uniform(1230, 1330), rng.uniform(400, 470)
    tilt = rng.choice((-1, 1)) * rng.uniform(14, 24)
    ringed = rng.random() < 0.65
    parts = [
        "<defs>",
        gradient("space", [(0, space, 1), (0.4, mix(space, haze, 0.14), 1), (0.82, haze, 1)]),
        gradient("dusk", [(0, mix(planet, "#ffffff", 0.25), 1), (1, mix(planet, band, 0.5), 1)]),
        f'<clipPath id="disc"><circle cx="{x}" cy="{y:.1f}" r="{radius:.1f}"/></clipPath>',
        "</defs>",
        sheet("url(#space)"),
        stars(rng, 260, 1500, mix(planet, "#ffffff", 0.7), clear=(150, 720)),
        *(circle(x, y, radius * reach, planet, 'fill-opacity="0.1"') for reach in (1.3, 1.19, 1.09)),
        circle(x, y, radius, "url(#dusk)"),
        f'<g clip-path="url(#disc)">{_bands(rng, x, y, radius, planet, band, space, tilt)}</g>',
        _ring(x, y, radius, tilt, mix(planet, "#ffffff", 0.4), band)
        if ringed
        else _moons(rng, x, y, radius, planet, space),
        _surface(rng, space, haze, planet),
    ]
    ink = mix(planet, "#ffffff", 0.72)
    return Picture(
        "".join(parts), ink=ink, accent=planet, capitals=True, tracking=0.08, top=160, high=560, largest=215
    )


def _bands(
    rng: Random, x: float, y: float, radius: float, planet: str, band: str, space: str, tilt: float
) -> str:
    drawn, at = "", -radius
    while at < radius:
        high = rng.uniform(0.05, 0.19) * radius
        colour = mix(planet, band, rng.uniform(0.0, 0.9))
        drawn += rect(
            x - 2 * radius,
            y + at,
            4 * radius,
            high + 1,
            colour,
            f'fill-opacity="{rng.uniform(0.35, 0.85):.2f}"',
        )
        at += high + rng.uniform(0.0, 0.07) * radius
    spot = ellipse(x - radius * 0.25, y + radius * 0.3, radius * 0.2, radius * 0.085, mix(band, space, 0.15))
    turned = f'<g transform="rotate({tilt:.1f} {x} {y:.1f})">{drawn}{spot}</g>'
    return turned + "".join(_night(x + step * 26, y, radius, space) for step in range(3))


def _night(x: float, y: float, radius: float, colour: str) -> str:
    """Darken all of a planet but a disc that is shifted towards its sun."""
    wide = radius * 1.12
    left, top = x - radius * 0.36 - wide, y - radius * 0.21
    around = (
        f"M{x - 2 * radius:.1f} {y - 2 * radius:.1f} h{4 * radius:.1f} v{4 * radius:.1f} h{-4 * radius:.1f} Z"
    )
    half = f"a{wide:.1f} {wide:.1f} 0 1 0"
    disc = f"M{left:.1f} {top:.1f} {half} {2 * wide:.1f} 0 {half} {-2 * wide:.1f} 0 Z"
    return path(f"{around} {disc}", colour, 'fill-rule="evenodd" fill-opacity="0.34"')


def _ring(x: float, y: float, radius: float, tilt: float, light: str, band: str) -> str:
    """Draw the rings behind the planet, then their nearer half in front of it."""
    drawn = ""
    for reach, wide, colour in ((1.42, 30, band), (1.55, 52, light), (1.72, 22, light), (1.84, 8, band)):
        across, high = radius * reach, radius * reach * 0.2
        near = f"M{x - across:.1f} {y:.1f} A{across:.1f} {high:.1f} 0 0 0 {x + across:.1f} {y:.1f}"
        drawn += path(near, "none", f'stroke="{colour}" stroke-width="{wide}" stroke-opacity="0.92"')
        for start, sweep in ((-1, 1), (1, 0)):
            edge = x + start * across
            inner = x + start * radius * 0.985
            rise = high * (1 - (radius * 0.985 / across) ** 2) ** 0.5
            far = f"M{edge:.1f} {y:.1f} A{across:.1f} {high:.1f} 0 0 {sweep} {inner:.1f} {y - rise:.1f}"
            drawn += path(far, "none", f'stroke="{colour}" stroke-width="{wide}" stroke-opacity="0.92"')
    return f'<g transform="rotate({tilt:.1f} {x} {y:.1f})">{drawn}</g>'


def _moons(rng: Random, x: float, y: float, radius: float, planet: str, space: str) -> str:
    drawn = ""
    for reach, size in ((1.35, 58), (1.75, 30), (0.72, 40)):
        side = -1 if x > WIDTH / 2 else 1
        at = (x + side * radius * reach, y - radius * rng.uniform(0.35, 0.9))
        drawn += circle(*at, size, mix(planet, "#ffffff", 0.5))
        drawn += path(
            f"M{at[0]} {at[1] - size} A{size} {size} 0 0 1 {at[0]} {at[1] + size} "
            f"A{size * 1.5} {size * 1.5} 0 0 0 {at[0]} {at[1] - size} Z",
            space,
            'fill-opacity="0.6"',
        )
    return drawn


def _surface(rng: Random, space: str, haze: str, light: str) -> str:
    """Raise mesas in the distance and dunes before them, with a beacon on the last."""
    drawn = _mesas(rng, mix(haze, space, 0.42))
    shades = (0.6, 0.76, 0.9)
    dunes = [
        ridge(rng, y + rng.uniform(-60, 60), y + rng.uniform(-60, 60), sway=70, rough=0.42)
        for y in (1860, 1990, 2120)
    ]
    for dune, shade in zip(dunes[:2], shades, strict=False):
        drawn += land(dune, mix(haze, space, shade))
    x = rng.uniform(430, 1170)
    drawn += _beacon(x, height_at(dunes[1], x), mix(space, "#000000", 0.2), light)
    return drawn + land(dunes[2], mix(space, "#000000", 0.25))


def _mesas(rng: Random, colour: str) -> str:
    points, x = [(0.0, 1830.0)], 0.0
    while x < WIDTH:
        top = 1830 - rng.choice((20, 60, 130, 210)) * rng.uniform(0.6, 1.1)
        wide = rng.uniform(60, 220)
        points += [(x + 14, top), (x + wide, top), (x + wide + 22, 1830)]
        x += wide + rng.uniform(30, 140)
    return polygon([*points, (WIDTH, 1830), (WIDTH, HEIGHT), (0, HEIGHT)], colour)


def _beacon(x: float, y: float, black: str, light: str) -> str:
    """Stand a small rocket of the old kind on its fins, with a figure looking up at it."""
    ship = path(
        f"M{x} {y - 250} C{x + 46} {y - 190} {x + 40} {y - 90} {x + 26} {y - 34} H{x - 26} "
        f"C{x - 40} {y - 90} {x - 46} {y - 190} {x} {y - 250} Z",
        black,
    )
    fins = path(f"M{x - 34} {y - 110} Q{x - 92} {y - 60} {x - 78} {y + 14} L{x - 22} {y - 36} Z", black)
    fins += path(f"M{x + 34} {y - 110} Q{x + 92} {y - 60} {x + 78} {y + 14} L{x + 22} {y - 36} Z", black)
    fins += rect(x - 7, y - 40, 14, 60, black)
    port = circle(x, y - 168, 13, light) + circle(x, y - 128, 8, light)
    person = circle(x - 178, y - 62, 10, black) + rect(x - 188, y - 52, 20, 44, black, 'rx="8"')
    legs = line((x - 183, y - 12), (x - 184, y + 24), black, 8) + line(
        (x - 173, y - 12), (x - 171, y + 24), black, 8
    )
    return ship + fins + port + person + legs
