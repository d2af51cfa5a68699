"""How a picture looks all over: its colours, where its light stands, and its sky."""

import math
from dataclasses import dataclass
from random import Random

from providers.images.illustrator.canvas import (
    HIGH,
    WIDE,
    circle,
    ellipse,
    faded,
    glow,
    gradient,
    line,
    mix,
    path,
    rect,
    sheet,
    soft,
)
from providers.images.illustrator.palette import Colours
from providers.images.illustrator.reading import Scene

SRGB = 'color-interpolation-filters="sRGB"'


@dataclass(frozen=True)
class Look:
    """What every part of a picture shares. `x`, `y` is the sun or the moon."""

    scene: Scene
    colours: Colours
    rng: Random
    x: float
    y: float
    radius: float

    @property
    def dark(self) -> bool:
        return self.scene.time == "night"


@dataclass(frozen=True)
class Stage:
    """A place as it is drawn: what is behind the people and before them, and where they stand, how tall."""

    behind: str
    x: float
    y: float
    tall: float = 190
    before: str = ""


def look_at(scene: Scene, colours: Colours, rng: Random) -> Look:
    """Decide where the light stands."""
    x = WIDE * rng.choice((rng.uniform(0.16, 0.36), rng.uniform(0.62, 0.84)))
    heights = {"dawn": (380, 460), "day": (110, 230), "dusk": (390, 480), "night": (110, 250)}
    radius = {"dawn": 62, "day": 46, "dusk": 84, "night": 54}[scene.time]
    return Look(scene, colours, rng, x, rng.uniform(*heights[scene.time]), radius * rng.uniform(0.85, 1.25))


def definitions(look: Look) -> str:
    """Return the gradients and blurs that the parts refer to."""
    c = look.colours
    return (
        "<defs>"
        + "".join(
            (
                gradient("sky", [(0, c.top, 1), (0.45, c.middle, 1), (0.78, c.low, 1), (1, c.low, 1)]),
                glow("sun", c.light),
                glow("lamp", c.lamp),
                soft("shine", c.light),
                soft("flake", "#ffffff"),
                gradient("beam1", [(0, c.lamp, 0.42), (1, c.lamp, 0)], across=True),
                gradient("beam-1", [(0, c.lamp, 0), (1, c.lamp, 0.42)], across=True),
                glow("shadow", "#000000", 0.6),
                glow("fog", mix(c.low, "#ffffff", 0.2), 0.55),
                gradient("mist", [(0, c.low, 0), (0.5, c.low, 0.85), (1, c.low, 0)]),
                gradient("haze", [(0, c.low, 0), (1, c.low, 0.7)]),
                gradient("ground", [(0, c.near, 0), (1, mix(c.near, "#000000", 0.35), 0.85)]),
                f'<radialGradient id="vignette" cx="0.5" cy="0.46" r="0.75"><stop offset="0.55" stop-color="{c.near}" '
                f'stop-opacity="0"/><stop offset="1" stop-color="{mix(c.near, "#000000", 0.4)}" stop-opacity="0.55"/>'
                "</radialGradient>",
                # In sRGB: every pixel would be turned to linear light and back for the blur
                f'<filter id="soft" x="-50%" y="-50%" width="200%" height="200%" {SRGB}>'
                '<feGaussianBlur stdDeviation="5"/></filter>',
            )
        )
        + "</defs>"
    )


def sky(look: Look) -> str:
    """Draw the sky with what stands in it."""
    scene, rng = look.scene, look.rng
    drawn = sheet("url(#sky)")
    clear = scene.weather in ("clear", "snow", "cloudy")
    if look.dark and clear:
        drawn += stars(rng, 170 if scene.weather == "clear" else 60, look.colours.light)
    if scene.weather not in ("storm", "rain"):
        drawn += moon(look) if look.dark else sun(look)
    else:
        drawn += faded(circle(look.x, look.y, look.radius * 6, "url(#sun)"), 0.4)
    return drawn + clouds(look)


def stars(rng: Random, count: int, colour: str, bottom: float = 520) -> str:
    """Scatter stars, denser above, a few of them large."""
    drawn = ""
    for _ in range(count):
        x, y = rng.uniform(0, WIDE), bottom * rng.random() ** 1.4
        size = rng.choice((0.8, 0.8, 1.1, 1.1, 1.5, 2.2))
        drawn += circle(x, y, size, colour, f'fill-opacity="{rng.choice((0.35, 0.55, 0.8, 1.0))}"')
    return drawn


def sun(look: Look) -> str:
    faint = 0.45 if look.scene.weather in ("fog", "cloudy", "snow") else 0.85
    rays = faded(circle(look.x, look.y, look.radius * 7.5, "url(#sun)"), faint)
    return rays + circle(look.x, look.y, look.radius, mix(look.colours.light, "#ffffff", 0.25))


def moon(look: Look) -> str:
    """Draw a full moon with its seas, or a crescent."""
    rng, c, x, y, r = look.rng, look.colours, look.x, look.y, look.radius
    drawn = faded(circle(x, y, r * 6.5, "url(#sun)"), 0.4 if look.scene.weather == "fog" else 0.55)
    if rng.random() < 0.4:
        bite = f"M{x} {y - r} A{r} {r} 0 1 1 {x} {y + r} A{r * 1.25} {r * 1.25} 0 0 0 {x} {y - r} Z"
        turned = f'transform="rotate({rng.choice((-25, 20, 200))} {x:.0f} {y:.0f})"'
        return drawn + path(bite, mix(c.light, "#ffffff", 0.2), turned)
    drawn += circle(x, y, r, mix(c.light, "#ffffff", 0.15))
    for _ in range(7):
        turn, away, size = rng.uniform(0, math.tau), rng.uniform(0.1, 0.72) * r, rng.uniform(0.06, 0.2) * r
        drawn += circle(
            x + away * math.cos(turn), y + away * math.sin(turn), size, mix(c.light, c.middle, 0.22)
        )
    return drawn


def clouds(look: Look) -> str:
    """Draw long clouds, lit from below at dusk and dawn, heavy ones in bad weather."""
    rng, c, weather = look.rng, look.colours, look.scene.weather
    heavy = weather in ("storm", "rain")
    count = {"clear": 4, "cloudy": 11, "rain": 14, "storm": 18, "snow": 8, "fog": 3}[weather]
    drawn = ""
    for number in range(count):
        y = rng.uniform(30, 300 if heavy else 430)
        tone = mix(c.middle, c.light, 0.35) if not heavy else mix(c.top, c.near, rng.uniform(0.15, 0.5))
        # Its edge is a gradient: a blur would cost ten times as much
        drawn += f"<defs>{soft(f'cloud{number}', tone)}</defs>"
        drawn += faded(
            cloud(rng, rng.uniform(-100, WIDE), y, heavy, f"url(#cloud{number})"),
            rng.uniform(0.22, 0.5) + 0.2 * heavy,
        )
    return drawn


def cloud(rng: Random, x: float, y: float, heavy: bool, fill: str) -> str:
    wide, high = rng.uniform(180, 460), rng.uniform(14, 30) * (2.2 if heavy else 1)
    drawn = ""
    for _ in range(7):
        at = rng.uniform(-0.42, 0.42)
        size = (1 - abs(at) * 1.7) * rng.uniform(0.7, 1.2)
        drawn += ellipse(x + at * wide, y - size * high * 0.35, wide * 0.2 + 10, high * size + 10, fill)
    return drawn + ellipse(x, y, wide * 0.52 + 10, high * 0.42 + 10, fill)


def mist(look: Look, y: float, high: float = 130, strength: float = 0.6) -> str:
    """Lay a band of mist between two layers."""
    thick = {"fog": 1.0, "snow": 0.6, "rain": 0.55}.get(
        look.scene.weather, 0.16 if look.scene.time == "day" else 0.35
    )
    return faded(rect(0, y - high / 2, WIDE, high, "url(#mist)"), strength * thick)


def birds(look: Look) -> str:
    """Let a few birds cross the sky."""
    rng, drawn = look.rng, ""
    x, y = rng.uniform(300, 1200), rng.uniform(120, 300)
    for _ in range(rng.randint(4, 8)):
        at_x, at_y, size = x + rng.uniform(-150, 150), y + rng.uniform(-60, 60), rng.uniform(7, 14)
        wing = (
            f"M{-size} {-size * 0.5} Q{-size * 0.4} {-size * 0.7} 0 0 Q{size * 0.4} {-size * 0.7} "
            f"{size} {-size * 0.5}"
        )
        drawn += (
            f'<g transform="translate({at_x:.0f} {at_y:.0f})"><path d="{wing}" fill="none" '
            f'stroke="{look.colours.at(0.8)}" stroke-width="2.2" stroke-linecap="round"/></g>'
        )
    return drawn


def weather(look: Look) -> str:
    """Draw what falls from the sky before everything else."""
    return {"rain": rain, "storm": rain, "snow": snow, "fog": fog}.get(look.scene.weather, lambda _: "")(look)


def rain(look: Look) -> str:
    rng, tone = look.rng, mix(look.colours.low, "#ffffff", 0.55)
    lean, drawn = rng.choice((-1, 1)) * rng.uniform(0.12, 0.26), ""
    for _ in range(340):
        x, y, long = rng.uniform(-60, WIDE + 60), rng.uniform(-40, HIGH), rng.uniform(14, 46)
        opacity = rng.uniform(0.08, 0.34)
        drawn += line(
            (x, y), (x + lean * long, y + long), tone, rng.choice((0.9, 1.2, 1.7)), f'opacity="{opacity:.2f}"'
        )
    return drawn


def snow(look: Look) -> str:
    rng, drawn = look.rng, ""
    for _ in range(330):
        size = rng.choice((1.2, 1.2, 1.8, 1.8, 2.6, 3.6))
        drawn += circle(
            rng.uniform(0, WIDE),
            rng.uniform(0, HIGH),
            size,
            "#ffffff",
            f'opacity="{rng.uniform(0.4, 0.95):.2f}"',
        )
    near = "".join(
        circle(rng.uniform(0, WIDE), rng.uniform(0, HIGH), 1.5 * rng.uniform(6, 12), "url(#flake)")
        for _ in range(20)
    )
    return drawn + faded(near, 0.4)


def fog(look: Look) -> str:
    rng, drawn = look.rng, ""
    for _ in range(7):
        wide, y = rng.uniform(500, 1100), rng.uniform(430, 800)
        drawn += ellipse(rng.uniform(0, WIDE), y, wide, rng.uniform(40, 110), "url(#fog)")
    return drawn


def lightning(look: Look) -> str:
    """Let lightning strike, beside the middle."""
    rng, x, y = look.rng, look.x, 40.0
    points = [(x, y)]
    while y < 430:
        x, y = x + rng.uniform(-38, 38), y + rng.uniform(24, 56)
        points.append((x, y))
    data = "M" + " L".join(f"{px:.0f} {py:.0f}" for px, py in points)
    bolt = f'<path d="{data}" fill="none" stroke="#ffffff" stroke-linejoin="round" '
    flash = faded(circle(x, 260, 420, "url(#sun)"), 0.55)
    return f'{flash}{bolt}stroke-width="14" opacity="0.25" filter="url(#soft)"/>{bolt}stroke-width="3.4"/>'
