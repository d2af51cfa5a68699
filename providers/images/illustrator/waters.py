"""The sea: open with a ship on it, or seen from a shore with a lighthouse, a pier or cliffs."""

from random import Random

from providers.images.illustrator.canvas import (
    HIGH,
    WIDE,
    faded,
    land,
    line,
    mix,
    moved,
    path,
    polygon,
    rect,
    ridge,
    rolling,
)
from providers.images.illustrator.lands import clump, water
from providers.images.illustrator.look import Look, Stage, birds, lightning, mist
from providers.images.illustrator.things import boat, cottage, lighthouse, rowing_boat

HORIZON = 505.0


def sea(look: Look) -> Stage:
    """Draw the sea; a storm raises it."""
    rng, things = look.rng, look.scene.things
    away = WIDE - look.x
    parts = [lightning(look)] if look.scene.weather == "storm" else []
    parts += [islands(look), water(look, HORIZON), mist(look, HORIZON, 120)]
    if "boat" in things or "lighthouse" not in things:
        parts.append(ship(look, away if "lighthouse" not in things else look.x + rng.uniform(-60, 60)))
    if look.scene.weather == "storm":
        parts.append(waves(look))
    if "lighthouse" in things:
        parts.append(headland(look, away))
    if look.scene.time != "night" or "birds" in things:
        parts.append(birds(look))
    shore, x, y = (pier if rng.random() < 0.4 and look.scene.weather != "storm" else rocks)(look)
    return Stage(
        "".join(parts) + shore, x=x, y=y, tall=172, before=clump(rng, look, 850) if rng.random() < 0.5 else ""
    )


def islands(look: Look) -> str:
    points = ridge(look.rng, HORIZON + 12, 46)
    return land([(x, min(y, HORIZON + 4)) for x, y in points], look.colours.at(0.12), HORIZON + 4)


def ship(look: Look, x: float) -> str:
    rng, c = look.rng, look.colours
    scale = rng.uniform(0.7, 1.25)
    y = HORIZON + 26 + 40 * scale
    tilt = rng.uniform(5, 12) * rng.choice((-1, 1)) if look.scene.weather == "storm" else rng.uniform(-2, 2)
    drawn = boat(c.at(0.75), mix(c.light, c.at(0.4), 0.3 if look.scene.time != "night" else 0.62))
    shadow = faded(path("M-60 12 H60 Q40 40 0 46 Q-40 40 -60 12 Z", c.at(0.8)), 0.35)
    return (
        f'<g transform="translate({x:.0f} {y:.0f}) rotate({tilt:.1f}) scale({scale:.2f})">{shadow}{drawn}</g>'
    )


def waves(look: Look) -> str:
    """Draw steep seas that lean one way, with foam torn from their crests."""
    rng, c, drawn = look.rng, look.colours, ""
    foam, lean = mix(c.light, c.low, 0.35), rng.choice((-1, 1))
    for row, depth, high in (
        (540, 0.3, 26),
        (575, 0.42, 40),
        (625, 0.56, 62),
        (695, 0.72, 84),
        (770, 0.9, 92),
    ):
        tone, x, shape, crests = c.at(depth), -200.0, "", ""
        while x < WIDE + 200:
            wide, tall = rng.uniform(1.7, 4.4) * high + 40, high * rng.uniform(0.35, 1.0)
            top, end = x + wide * (0.5 + 0.22 * lean), x + wide
            shape += curve(x, row, top, row - tall, end, row + rng.uniform(-6, 6), lean)
            crests += crest(rng, top, row - tall, wide, tall, foam, lean)
            x = end
        drawn += path(f"M-200 {row} {shape} V{HIGH} H-200 Z", tone) + crests
    return drawn


def curve(x: float, y: float, top: float, crest_y: float, end: float, end_y: float, lean: int) -> str:
    """Return the path over one wave: a long back and a hollow front."""
    back, front = (0.62, 0.25) if lean > 0 else (0.25, 0.62)
    return (
        f"C{x + (top - x) * back:.0f} {y:.0f} {x + (top - x) * 0.8:.0f} {crest_y:.0f} {top:.0f} "
        f"{crest_y:.0f} "
        f"C{top + (end - top) * 0.2:.0f} {crest_y:.0f} {end - (end - top) * front:.0f} {end_y:.0f} "
        f"{end:.0f} {end_y:.0f} "
    )


def crest(rng: Random, x: float, y: float, wide: float, tall: float, foam: str, lean: int) -> str:
    """Draw the foam on a crest and what the wind takes of it."""
    half = wide * 0.13
    drawn = path(
        f"M{x - half:.0f} {y + tall * 0.16:.0f} Q{x:.0f} {y - 4:.0f} {x + half:.0f} {y + tall * 0.16:.0f} "
        f"Q{x + lean * half * 0.3:.0f} {y + tall * 0.06:.0f} {x - half:.0f} {y + tall * 0.16:.0f} Z",
        foam,
        'opacity="0.8"',
    )
    for _ in range(4):
        at = x + lean * rng.uniform(0, half * 2.2)
        drawn += line(
            (at, y + rng.uniform(-8, 6)),
            (at + lean * rng.uniform(6, 22), y + rng.uniform(-8, 8)),
            foam,
            1.3,
            'opacity="0.5"',
        )
    return drawn


def headland(look: Look, x: float) -> str:
    """Draw a rock in the sea with the lighthouse on it, and the keeper's house."""
    rng, c = look.rng, look.colours
    side = 1 if x > WIDE / 2 else -1
    far = WIDE + 40 if side > 0 else -40
    top, rock = 470.0, [(x - side * 210, 650.0)]
    for at in range(9):
        rock.append(
            (
                x - side * (170 - at * 24) + rng.uniform(-9, 9),
                640 - (640 - top) * (at / 8) ** 0.6 + rng.uniform(-8, 8),
            )
        )
    rock += [
        (x + side * 120, top - 4),
        (x + side * 230, top + 40),
        (far, top + 10),
        (far, 700),
        (x - side * 260, 700),
    ]
    drawn = polygon(rock, c.at(0.6)) + polygon(
        [(px + side * 26, py + 24) for px, py in rock[:-3]] + rock[-3:], c.at(0.7)
    )
    lit = look.scene.time in ("night", "dusk", "dawn") or look.scene.weather in ("fog", "storm")
    pale = mix(c.light, c.at(0.4), 0.35 if look.scene.time != "night" else 0.68)
    tower = lighthouse(x, top + 6, rng.uniform(1.1, 1.3), c.at(0.72), pale, c.lamp, lit=lit)
    house = cottage(x + side * 120, top + 14, 0.62, c.at(0.66), c.lamp if lit else pale, rng)
    foam = "".join(
        rect(
            x - side * 230 + rng.uniform(-60, 330) * side,
            690 + rng.uniform(-6, 14),
            rng.uniform(20, 90),
            2.4,
            mix(c.light, c.low, 0.3),
            'rx="1" opacity="0.6"',
        )
        for _ in range(12)
    )
    return house + tower + drawn + foam


def rocks(look: Look) -> tuple[str, float, float]:
    """Draw a rocky shore to stand on; return it and where one stands."""
    rng, c = look.rng, look.colours
    x = look.x + (WIDE / 2 - look.x) * rng.uniform(0.2, 0.5)
    points = rolling(rng, 792, 16)
    stones = "".join(
        boulder(
            rng,
            rng.uniform(0, WIDE),
            rng.uniform(786, 850),
            rng.uniform(26, 80),
            c.at(rng.uniform(0.82, 1.0)),
        )
        for _ in range(20)
    )
    return land(points, c.at(0.9)) + stones, x, 800


def boulder(rng: Random, x: float, y: float, size: float, tone: str) -> str:
    points = [(-1.0, 0.3), (-0.85, -0.2), (-0.4, -0.5), (0.15, -0.56), (0.7, -0.3), (1.0, 0.3)]
    shape = [
        (x + px * size * rng.uniform(0.85, 1.1), y + py * size * rng.uniform(0.7, 1.1)) for px, py in points
    ]
    return polygon(shape, tone)


def pier(look: Look) -> tuple[str, float, float]:
    """Draw a wooden pier with a boat tied to it; return it and where one stands."""
    rng, c = look.rng, look.colours
    side = -1 if look.x > WIDE / 2 else 1
    start = WIDE + 30 if side > 0 else -30
    end, y = WIDE / 2 - side * rng.uniform(20, 160), 752.0
    deck = polygon([(start, y - 6), (end, y), (end - side * 14, y + 16), (start, y + 26)], c.at(0.86))
    for at in range(24):
        plank = start + (end - start) * at / 24
        deck += line((plank, y - 4), (plank - side * 6, y + 22), c.at(0.98), 1.6)
    posts = "".join(
        rect(start + (end - start) * at / 6 - 6, y - (26 if at % 2 else -4), 11, 110, c.at(0.96))
        for at in range(7)
    )
    tied = moved(rowing_boat(c.at(0.92)), end - side * 130, y + 58, 1.35, flipped=side > 0)
    return posts + deck + tied, end + side * 190, y + 8
