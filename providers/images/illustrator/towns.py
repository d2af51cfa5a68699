"""Towns: a street between houses, the roofs above them, a village in its valley."""

from random import Random

from providers.images.illustrator.canvas import (
    HIGH,
    WIDE,
    circle,
    ellipse,
    faded,
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
    rolling,
    stroke,
)
from providers.images.illustrator.lands import clump, road, spread
from providers.images.illustrator.look import Look, Stage, birds, mist
from providers.images.illustrator.things import church, cottage, fir, lamppost, tree

VANISH, EYE = 0.5, 560.0


def lit_share(look: Look) -> float:
    """Return which share of the windows is lit."""
    return {"night": 0.42, "dusk": 0.34, "dawn": 0.16, "day": 0.0}[look.scene.time]


def skyline(look: Look, y: float, high: float, step: float, depth: float) -> str:
    """Draw a row of distant houses, towers and chimneys."""
    rng, tone, x, drawn = look.rng, look.colours.at(depth), -30.0, ""
    while x < WIDE:
        wide, tall = step * rng.uniform(0.6, 1.5), high * rng.uniform(0.35, 1.0)
        drawn += rect(x, y - tall, wide + 1, tall + 40, tone) + roof(rng, x, y - tall, wide, tone)
        for _ in range(int(tall * wide / 2600)):
            if rng.random() < lit_share(look):
                at = (x + rng.uniform(4, max(5, wide - 8)), y - rng.uniform(8, tall))
                drawn += rect(*at, 4.5, 6.5, look.colours.lamp, f'opacity="{rng.uniform(0.35, 0.95):.2f}"')
        x += wide
    return drawn


def roof(rng: Random, x: float, top: float, wide: float, tone: str) -> str:
    middle = x + wide / 2
    kind = rng.randrange(6)
    if kind == 0:
        return polygon([(x - 3, top + 1), (middle, top - wide * 0.5), (x + wide + 3, top + 1)], tone)
    if kind == 1:
        return polygon(
            [(x, top + 1), (x + wide * 0.15, top - 26), (x + wide * 0.85, top - 26), (x + wide, top + 1)],
            tone,
        ) + rect(middle, top - 50, 9, 30, tone)
    if kind == 2:
        return rect(middle - 3, top - 60, 6, 62, tone) + polygon(
            [(middle - 15, top), (middle, top - 44), (middle + 15, top)], tone
        )
    if kind == 3:
        return path(
            f"M{x + wide * 0.2:.0f} {top + 1:.0f} Q{middle:.0f} {top - wide * 0.6:.0f} {x + wide * 0.8:.0f} "
            f"{top + 1:.0f} Z",
            tone,
        )
    return rect(x + wide * 0.2, top - 17, 10, 18, tone) + rect(x + wide * 0.62, top - 26, 9, 28, tone)


def street(look: Look) -> Stage:
    """Draw a street that runs to its vanishing point, wet when it rains, with lamps along it."""
    rng, c = look.rng, look.colours
    vanish = WIDE * rng.uniform(0.4, 0.6)
    parts = [skyline(look, EYE + 6, 200, 70, 0.18), mist(look, EYE - 20, 180, 0.9), paving(look, vanish)]
    for side in (-1, 1):
        parts += [row(look, vanish, side)]
    parts.append(mist(look, EYE + 30, 150, 0.8))
    lamps = [(vanish - 96, EYE + 66, 0.5), (vanish + 128, EYE + 92, 0.66)]
    near = vanish + (330 if look.x < WIDE / 2 else -330)
    parts += [lamppost(x, y, s, c.at(0.8), c.lamp, lit=look.scene.time != "day") for x, y, s in lamps]
    parts.append(lamppost(near, EYE + 218, 1.42, c.at(1), c.lamp, lit=look.scene.time != "day"))
    parts.append(reflections(look, [(x, y, s) for x, y, s in [*lamps, (near, EYE + 218, 1.42)]]))
    if "tree" in look.scene.things:
        parts.append(tree(rng, WIDE - near, 800, 1.2, c.at(0.9), c.lit(0.85, 0.2), bare=True))
    return Stage("".join(parts), x=vanish + (vanish - near) * 0.28, y=EYE + 212, tall=225)


def paving(look: Look, vanish: float) -> str:
    """Lay the street: cobbles in perspective, with the sky in them."""
    rng, c = look.rng, look.colours
    fill = gradient(
        "paving",
        [
            (0, mix(c.low, c.near, 0.42), 1),
            (0.3, mix(c.middle, c.near, 0.6), 1),
            (1, mix(c.near, c.middle, 0.16), 1),
        ],
    )
    drawn = f"<defs>{fill}</defs>" + rect(0, EYE, WIDE, HIGH - EYE, "url(#paving)")
    y, step = EYE + 6, 4.0
    while y < HIGH:
        depth = (y - EYE) / (HIGH - EYE)
        drawn += line((0, y), (WIDE, y), c.near, 0.6 + depth, f'opacity="{0.1 + 0.25 * depth:.2f}"')
        stone = 18 + 90 * depth
        x = vanish - 40 * stone + rng.uniform(0, stone)
        while x < WIDE:
            if x > 0 and rng.random() < 0.06:
                drawn += ellipse(
                    x,
                    y + step * 0.4,
                    stone * 0.3,
                    step * 0.26,
                    mix(c.low, c.light, 0.4),
                    f'opacity="{rng.uniform(0.04, 0.2):.2f}"',
                )
            x += stone
        y, step = y + step, step * 1.16
    return drawn


def row(look: Look, vanish: float, side: int) -> str:
    """Draw the houses along one side, each a face towards the street and a face towards us."""
    rng, drawn = look.rng, ""
    bounds = [1.0, 0.62, 0.4, 0.26, 0.165, 0.1, 0.06]
    edge = vanish - 0 if side < 0 else WIDE - vanish
    reach = edge * 1.25
    for index in range(len(bounds) - 2, -1, -1):
        near, far = bounds[index], bounds[index + 1]
        tall = rng.uniform(560, 800)
        depth = 0.94 - 0.62 * (1 - far) ** 1.3
        drawn += house(look, vanish, side, near * reach, far * reach, tall / edge, depth, index)
    return drawn


def house(
    look: Look, vanish: float, side: int, near: float, far: float, tall: float, depth: float, index: int
) -> str:
    """Draw one house whose wall runs from `near` to `far`, measured from the vanishing point."""
    c, drop = look.colours, 0.42
    x1, x2 = vanish + side * near, vanish + side * far
    top1, top2, low1, low2 = EYE - near * tall, EYE - far * tall, EYE + near * drop, EYE + far * drop
    towards_light = (look.x - vanish) * side < 0
    plaster = look.rng.choice(("#a8674c", "#b9a06a", "#6f7f86", "#8c6f8a", "#7c8a63", "#a98a7a"))
    share = {"day": 0.42, "dawn": 0.24, "dusk": 0.2, "night": 0.08}[look.scene.time]
    wall = mix(c.lit(depth, 0.16 if towards_light and not look.dark else 0.04), plaster, share)
    drawn = polygon([(x1, top1), (x2, top2), (x2, low2), (x1, low1)], wall)
    if index:
        drawn += rect(min(x2, x2 - side * 1), top2, 2, low2 - top2, c.at(min(1.0, depth + 0.1)))
    cornice = mix(wall, c.near, 0.5)
    drawn += polygon([(x1, top1 - 9), (x2, top2 - 9 * far / near), (x2, top2 + 6), (x1, top1 + 9)], cornice)
    floors, columns = max(3, round((tall * 1.0) / 0.26)), 3 if index < 3 else 2
    for floor in range(floors):
        for column in range(columns):
            drawn += window(
                look, (vanish, side, near, far, tall, drop), (floor, floors, column, columns), wall
            )
    return drawn


def window(
    look: Look,
    wall_place: tuple[float, int, float, float, float, float],
    cell: tuple[int, int, int, int],
    wall: str,
) -> str:
    """Draw a window or, on the ground, a shop's, in the perspective of its wall."""
    rng, c = look.rng, look.colours
    vanish, side, near, far, tall, drop = wall_place
    floor, floors, column, columns = cell
    ground = floor == floors - 1

    def at(across: float, down: float) -> tuple[float, float]:
        reach = 1 / ((1 - across) / near + across / far)
        return vanish + side * reach, EYE - reach * tall + down * reach * (tall + drop)

    left, right = (column + 0.26) / columns, (column + 0.74) / columns
    top, low = (floor + 0.26) / floors, (floor + (0.97 if ground else 0.8)) / floors
    lit = rng.random() < lit_share(look) * (1.8 if ground else 1.0)
    tone = (
        mix(c.lamp, "#ff9d4a", rng.uniform(0, 0.35))
        if lit
        else mix(wall, c.low if look.scene.time == "day" else c.near, 0.42)
    )
    corners = [at(left, top), at(right, top), at(right, low), at(left, low)]
    middle = [at((left + right) / 2, top), at((left + right) / 2, low)]
    drawn = polygon(corners, tone, f'opacity="{rng.uniform(0.75, 1):.2f}"')
    size = near / 500
    drawn += line(middle[0], middle[1], wall, 2.6 * size) + line(
        at(left, (top + low) / 2), at(right, (top + low) / 2), wall, 2.2 * size
    )
    if lit and ground:
        x, y = at((left + right) / 2, low)
        drawn += faded(ellipse(x, y, 90 * size, 34 * size, "url(#lamp)"), 0.5)
    return drawn


def reflections(look: Look, lamps: list[tuple[float, float, float]]) -> str:
    """Let the lamps shine on wet stones."""
    if look.scene.time == "day":
        return ""
    rng, drawn = look.rng, ""
    strength = 0.75 if look.scene.weather in ("rain", "storm") else 0.35
    for x, y, scale in lamps:
        drawn += faded(ellipse(x, y + 12 * scale, 190 * scale, 34 * scale, "url(#lamp)"), 0.7)
        for _ in range(round(26 * scale)):
            down = rng.random() * 230 * scale
            wide = rng.uniform(6, 26) * scale * (0.4 + down / 120)
            drawn += rect(
                x - wide / 2 + rng.gauss(0, 5),
                y + 6 + down,
                wide,
                2.4 * scale,
                look.colours.lamp,
                f'rx="1" opacity="{rng.uniform(0.1, 0.6) * strength:.2f}"',
            )
    return drawn


def rooftops(look: Look) -> Stage:
    """Draw a town from above its roofs."""
    rng, c = look.rng, look.colours
    parts = [land(ridge(rng, 500, 30), c.at(0.06))]
    for y, high, step, depth in ((560, 230, 62, 0.16), (620, 210, 86, 0.3), (690, 190, 122, 0.48)):
        parts += [skyline(look, y, high, step, depth), mist(look, y, 140, 0.8)]
    if look.scene.time != "night":
        parts.append(birds(look))
    parts.append(gables(look))
    left = rng.random() < 0.5
    ridge_y = 742.0
    roof_x = rng.uniform(380, 560) if left else rng.uniform(960, 1150)
    parts.append(
        polygon(
            [(roof_x - 560, 900), (roof_x - 330, ridge_y), (roof_x + 330, ridge_y), (roof_x + 560, 900)],
            c.at(0.94),
        )
    )
    for at in range(5):
        row_y, half = ridge_y + 14 + at * 26, 340 + at * 40
        parts.append(line((roof_x - half, row_y), (roof_x + half, row_y), c.at(0.8), 1.4, 'opacity="0.6"'))
    parts.append(line((roof_x - 330, ridge_y), (roof_x + 330, ridge_y), c.lit(0.8, 0.35), 3))
    parts += [
        rect(roof_x + 190, ridge_y - 84, 54, 90, c.at(0.98)),
        rect(roof_x + 184, ridge_y - 92, 66, 12, c.at(1)),
    ]
    parts += [rect(roof_x + 198 + at * 16, ridge_y - 110, 9, 20, c.at(1)) for at in range(3)]
    return Stage("".join(parts), x=roof_x - 60, y=ridge_y + 1, tall=170)


def gables(look: Look) -> str:
    """Draw the nearest gables with their windows."""
    rng, c, drawn, x = look.rng, look.colours, "", -60.0
    while x < WIDE:
        wide, top = rng.uniform(150, 240), rng.uniform(660, 730)
        tone = c.at(rng.uniform(0.62, 0.74))
        drawn += polygon(
            [(x, 900), (x, top + 60), (x + wide / 2, top - 40), (x + wide, top + 60), (x + wide, 900)], tone
        )
        drawn += stroke(
            f"M{x - 6:.0f} {top + 66:.0f} L{x + wide / 2:.0f} {top - 42:.0f} L{x + wide + 6:.0f} "
            f"{top + 66:.0f}",
            mix(tone, c.near, 0.6),
            8,
        )
        lit = rng.random() < lit_share(look) * 1.9
        pane = c.lamp if lit else mix(tone, c.low, 0.3)
        for place in (0.3, 0.58):
            drawn += rect(x + wide * place, top + 74, wide * 0.13, 38, pane) + line(
                (x + wide * (place + 0.065), top + 74), (x + wide * (place + 0.065), top + 112), tone, 2.4
            )
        x += wide * rng.uniform(0.95, 1.2)
    return drawn


def village(look: Look) -> Stage:
    """Draw a village in its valley, around its church."""
    rng, c = look.rng, look.colours
    parts = [
        land(ridge(rng, 440, 110), c.at(0.12)),
        mist(look, 540, 130),
        land(rolling(rng, 560, 26), c.at(0.28)),
    ]
    hill = rolling(rng, 640, 16)
    parts.append(
        "".join(
            moved(fir(rng, c.at(0.36)), x, height_at(hill, x) - 20, rng.uniform(0.4, 0.7))
            for x in spread(rng, 18)
        )
    )
    parts.append(land(hill, c.at(0.42)))
    centre = WIDE - look.x
    light = c.lamp if look.scene.time != "day" else mix(c.light, c.at(0.3), 0.4)
    houses = sorted((rng.uniform(0, 80), centre + rng.gauss(0, 250)) for _ in range(12))
    parts.append(church(centre + 20, 640, 1.0, c.at(0.48), light))
    for down, x in houses:
        depth = 0.46 + down / 320
        parts.append(cottage(x, 640 + down, 0.55 + down / 260, c.at(depth), light, rng))
    parts += [land(rolling(rng, 742, 14), c.at(0.76)), road(look, rolling(rng, 742, 14))]
    parts.append(tree(rng, look.x, 790, 1.15, c.at(0.9), c.lit(0.86, 0.2), bare=look.scene.weather == "snow"))
    parts.append(faded(circle(centre, 660, 330, "url(#lamp)"), 0.28 if look.scene.time != "day" else 0.0))
    front = land(rolling(rng, 828, 10), c.at(1)) + clump(rng, look, 824)
    return Stage("".join(parts), x=WIDE / 2 + (WIDE / 2 - look.x) * 0.15, y=796, tall=165, before=front)
