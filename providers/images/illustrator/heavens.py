"""Space: a planet in the sky of another, ships, and whoever stands there."""

import math
from random import Random

from providers.images.illustrator.canvas import (
    WIDE,
    circle,
    ellipse,
    faded,
    glow,
    gradient,
    land,
    line,
    mix,
    moved,
    path,
    rect,
    ridge,
    rolling,
    sheet,
)
from providers.images.illustrator.look import Look, Stage, stars

NIGHT = '<stop offset="0.42" stop-color="DEEP" stop-opacity="0"/><stop offset="0.95" stop-color="DEEP"/>'
PLANETS = (
    ("#f2b279", "#c9563f"),
    ("#f4dfb0", "#e0914f"),
    ("#f6c6a8", "#a94a8f"),
    ("#8fc7bd", "#3d7f86"),
    ("#b9c6ef", "#5a62ad"),
)


def space(look: Look) -> Stage:
    """Draw a world under the stars with another over its horizon."""
    rng, c = look.rng, look.colours
    planet, band = rng.choice(PLANETS)
    deep = mix(mix(c.top, "#070a1c", 0.78), c.near, 0.2)
    fill = gradient(
        "deep", [(0, mix(deep, "#000000", 0.35), 1), (0.55, deep, 1), (0.95, mix(deep, band, 0.5), 1)]
    )
    shade = f'<radialGradient id="shade" cx="0.32" cy="0.36" r="0.78">{NIGHT.replace("DEEP", deep)}</radialGradient>'
    parts = [
        f"<defs>{fill}{glow('shine', planet)}{glow('cloud0', band)}{glow('cloud1', planet)}{shade}</defs>",
        sheet("url(#deep)"),
        nebula(rng),
        stars(rng, 330, "#ffffff", 640),
    ]
    ringed = "ring" in look.scene.things or rng.random() < 0.45
    radius = rng.uniform(150, 200) if ringed else rng.uniform(190, 270)
    x, y = WIDE - look.x, rng.uniform(290, 360)
    parts += [
        faded(circle(x, y, radius * 1.7, "url(#shine)"), 0.5),
        world(rng, x, y, radius, planet, band, deep, ringed),
    ]
    parts.append(moons(rng, look.x, planet, deep))
    soil = mix(mix(band, deep, 0.35), planet, 0.1)
    for height, rough, depth in ((600, 90, 0.2), (655, 70, 0.45), (720, 34, 0.68)):
        parts.append(land(ridge(rng, height, rough), mix(soil, mix(deep, "#000000", 0.4), depth)))
    plain = rolling(rng, 762, 12)
    parts += [
        base(look, look.x, 766, planet, deep),
        land(plain, mix(soil, mix(deep, "#000000", 0.5), 0.82)),
        craters(rng, deep),
    ]
    ship = rocket(mix(deep, "#dfe4ee", 0.7), band, planet)
    parts.append(
        f'<g transform="translate({look.x + (WIDE / 2 - look.x) * 0.5:.0f} {rng.uniform(160, 240):.0f}) '
        f'rotate({rng.uniform(35, 70):.0f}) scale(0.72)">{ship}</g>'
    )
    return Stage("".join(parts), x=WIDE / 2 + rng.uniform(-80, 80), y=806, tall=165)


def nebula(rng: Random) -> str:
    drawn, y = "", rng.uniform(60, 240)
    for at in range(12):
        x, wide = at * 140 + rng.uniform(-60, 60), rng.uniform(140, 320)
        drawn += ellipse(x, y + rng.uniform(-70, 70) + at * 14, wide, wide * 0.42, f"url(#cloud{at % 2})")
    return faded(drawn, 0.22)


def world(
    rng: Random, x: float, y: float, radius: float, planet: str, band: str, deep: str, ringed: bool
) -> str:
    """Draw a banded planet, its night side, and perhaps a ring."""
    tilt, clip = rng.uniform(-24, 24), '<clipPath id="disc">' + circle(x, y, radius, "#fff") + "</clipPath>"
    bands, at = "", -radius
    while at < radius:
        high = rng.uniform(0.05, 0.2) * radius
        bands += rect(
            x - 2 * radius,
            y + at,
            4 * radius,
            high + 1,
            mix(planet, band, rng.random()),
            f'opacity="{rng.uniform(0.35, 0.9):.2f}"',
        )
        at += high + rng.uniform(0, 0.07) * radius
    spot = ellipse(x - radius * 0.25, y + radius * 0.3, radius * 0.2, radius * 0.085, mix(band, deep, 0.2))
    night = circle(x, y, radius + 1, "url(#shade)")
    body = (
        circle(x, y, radius, planet)
        + f'<g transform="rotate({tilt:.0f} {x:.0f} {y:.0f})">{bands}{spot}</g>'
        + night
    )
    drawn = f'<defs>{clip}</defs><g clip-path="url(#disc)">{body}</g>'
    return drawn + (ring(x, y, radius, tilt, mix(planet, "#ffffff", 0.35)) if ringed else "")


def ring(x: float, y: float, radius: float, tilt: float, tone: str) -> str:
    drawn = ""
    for reach, wide, opacity in ((1.45, 9, 0.75), (1.58, 15, 0.5), (1.74, 6, 0.6)):
        rx, ry = radius * reach, radius * reach * 0.2
        front = f"M{x - rx:.0f} {y:.0f} A{rx:.0f} {ry:.0f} 0 0 0 {x + rx:.0f} {y:.0f}"
        drawn += f'<path d="{front}" fill="none" stroke="{tone}" stroke-width="{wide}" opacity="{opacity}"/>'
        for side in (-1, 1):
            edge = math.sqrt(max(0.0, 1 - (1 / reach) ** 2))
            end = (
                f"M{x + side * rx:.0f} {y:.0f} A{rx:.0f} {ry:.0f} 0 0 {int(side < 0)} {x + side * radius * 0.98:.0f} "
                f"{y - ry * edge * 1.02:.0f}"
            )
            drawn += (
                f'<path d="{end}" fill="none" stroke="{tone}" stroke-width="{wide}" opacity="{opacity}"/>'
            )
    return f'<g transform="rotate({tilt:.0f} {x:.0f} {y:.0f})">{drawn}</g>'


def moons(rng: Random, x: float, tone: str, deep: str) -> str:
    drawn = ""
    for _ in range(rng.randint(1, 3)):
        at, y, size = x + rng.uniform(-200, 200), rng.uniform(80, 380), rng.uniform(10, 34)
        drawn += circle(at, y, size, mix(tone, "#ffffff", 0.4)) + circle(
            at + size * 0.36, y - size * 0.12, size * 0.93, deep, 'opacity="0.72"'
        )
    return drawn


def base(look: Look, x: float, y: float, tone: str, deep: str) -> str:
    """Draw the domes of a settlement with their lights on."""
    metal = mix(deep, "#c9d2e0", 0.32)
    drawn = faded(circle(x, y - 20, 190, "url(#lamp)"), 0.5)
    for at, radius in ((-96, 44), (0, 74), (104, 52)):
        drawn += path(
            f"M{x + at - radius} {y + 12} A{radius} {radius} 0 0 1 {x + at + radius} {y + 12} Z", metal
        )
        drawn += path(
            f"M{x + at - radius * 0.8} {y - radius * 0.3} Q{x + at} {y - radius * 0.08} {x + at + radius * 0.8} "
            f"{y - radius * 0.3}",
            "none",
            f'stroke="{look.colours.lamp}" stroke-width="4" stroke-dasharray="9 7"',
        )
    return (
        drawn
        + line((x, y - 62), (x, y - 128), metal, 3)
        + circle(x, y - 130, 4, "#ff6a55")
        + rect(x - 100, y - 4, 210, 18, metal)
    )


def craters(rng: Random, deep: str) -> str:
    return "".join(
        ellipse(
            rng.uniform(0, WIDE),
            rng.uniform(786, 850),
            rng.uniform(20, 80),
            rng.uniform(4, 11),
            mix(deep, "#000000", 0.45),
            'opacity="0.6"',
        )
        for _ in range(14)
    )


def rocket(hull: str, band: str, light: str) -> str:
    """Draw a rocket that points up, with its flame below it."""
    flame = faded(f'<g filter="url(#soft)">{path("M-16 62 Q0 210 16 62 Z", light)}</g>', 0.9) + path(
        "M-8 62 Q0 130 8 62 Z", "#ffffff"
    )
    body = path("M0 -90 Q34 -40 26 60 H-26 Q-34 -40 0 -90 Z", hull) + path(
        "M0 -90 Q34 -40 26 60 H6 Q18 -40 0 -90 Z", mix(hull, "#000000", 0.35)
    )
    fins = path("M-26 18 L-52 78 L-22 60 Z M26 18 L52 78 L22 60 Z", band)
    return (
        flame
        + fins
        + body
        + circle(0, -22, 11, band)
        + circle(0, -22, 7.5, mix(light, "#ffffff", 0.5))
        + moved(rect(-26, 52, 52, 8, band), 0, 0)
    )
