"""Inside: a room with a window, and a vaulted hall with a light at its end."""

from providers.images.illustrator import furniture
from providers.images.illustrator.canvas import (
    HIGH,
    WIDE,
    circle,
    ellipse,
    faded,
    gradient,
    line,
    mix,
    path,
    polygon,
    rect,
    stroke,
    toned,
)
from providers.images.illustrator.look import Look, Stage, sky
from providers.images.illustrator.towns import skyline

FLOOR = 668.0


def room(look: Look) -> Stage:
    """Draw a room: a window with the sky in it, a lamp, and what the scene names: books, a fire, a clock."""
    rng, things = look.rng, look.scene.things
    if "orbit" in things:
        return furniture.bridge(look)
    wall, wood, warm = interior(look)
    left = rng.random() < 0.5
    window_x = (rng.uniform(330, 420) if left else rng.uniform(1110, 1210)) - 150
    parts = [walls(look, wall, wood), window(look, window_x, wall, wood)]
    other = WIDE - window_x - 300
    parts.append(furnished(look, other, wall, wood, warm))
    if "clock" in things:
        parts.append(clock(WIDE / 2 + rng.uniform(-40, 40), wall, wood, warm))
    if "piano" in things:
        parts.append(piano(WIDE / 2 - 130, wood))
    elif not things & {"fire", "counter", "bed", "bench"}:
        parts.append(desk(look, WIDE / 2 + (70 if left else -370), wood, warm))
    shine = polygon(
        [
            (window_x + 20, FLOOR),
            (window_x + 280, FLOOR),
            (window_x + (520 if left else 40), HIGH),
            (window_x + (140 if left else -330), HIGH),
        ],
        look.colours.light,
    )
    parts.append(faded(f'<g filter="url(#soft)">{shine}</g>', 0.1 if look.dark else 0.22))
    beside = -270 if "fire" in things else 0
    chair = armchair(look, (1290 + beside if left else 240 - beside) + rng.uniform(-30, 30), wood)
    before = "" if things & {"counter", "bed", "bench"} else chair
    return Stage("".join(parts), x=WIDE / 2 + (-190 if left else 190), y=812, tall=360, before=before)


def furnished(look: Look, x: float, wall: str, wood: str, warm: str) -> str:
    """Furnish the other half of a room with what it is for."""
    things = look.scene.things
    if "fire" in things:
        return fireplace(look, x + 150, wood, warm)
    if "counter" in things:
        return furniture.counter(look, x - 70, wood)
    if "bed" in things:
        return furniture.bed(look, x - 60, wood)
    if "books" not in things and "files" in things:
        return furniture.cabinets(look, x - 70, wood)
    if "bench" in things:
        return furniture.bench(look, x - 40, wood)
    if "books" in things or look.rng.random() < 0.5:
        return shelves(look, x - 60, wall, wood)
    return pictures(look, x, wall, wood)


def interior(look: Look) -> tuple[str, str, str]:
    """Return the colours of wall, wood and lamplight."""
    c, rng = look.colours, look.rng
    base = mix(c.near, c.middle, {"day": 0.62, "dawn": 0.46, "dusk": 0.3, "night": 0.3}[look.scene.time])
    wall = toned(mix(base, rng.choice(("#7a4a35", "#3f6157", "#6a5a80", "#86693d")), 0.35), light=0.95)
    return wall, mix(mix("#4a2c1c", c.near, 0.45), "#000000", 0.08), c.lamp


def walls(look: Look, wall: str, wood: str) -> str:
    """Paper the wall, panel it below, and lay the floor."""
    rng, dark = look.rng, look.scene.time in ("night", "dusk")
    lamp = gradient(
        "wall", [(0, mix(wall, "#000000", 0.34), 1), (0.55, wall, 1), (1, mix(wall, "#000000", 0.12), 1)]
    )
    drawn = f"<defs>{lamp}</defs>" + rect(0, 0, WIDE, FLOOR, "url(#wall)")
    if rng.random() < 0.6:
        stripe = mix(wall, look.colours.light, 0.07)
        drawn += "".join(rect(x, 0, 26, 520, stripe, 'opacity="0.6"') for x in range(12, WIDE, 64))
    drawn += rect(0, 520, WIDE, FLOOR - 520, mix(wall, wood, 0.55)) + rect(
        0, 514, WIDE, 9, mix(wall, wood, 0.8)
    )
    for x in range(18, WIDE, 128):
        drawn += rect(x, 540, 104, 104, "none", f'stroke="{mix(wall, wood, 0.82)}" stroke-width="3"')
    floor = mix(wood, look.colours.low, 0.22 if not dark else 0.1)
    drawn += rect(0, FLOOR, WIDE, HIGH - FLOOR, floor) + rect(
        0, FLOOR - 12, WIDE, 14, mix(wood, "#000000", 0.2)
    )
    for at in range(-16, 17):
        drawn += line(
            (WIDE / 2 + at * 62, FLOOR + 2),
            (WIDE / 2 + at * 150, HIGH),
            mix(floor, "#000000", 0.35),
            2,
            'opacity="0.6"',
        )
    rug = mix(rng.choice(("#7d2f2a", "#2d4a66", "#43583a")), look.colours.near, 0.25)
    for grow, tone in ((0, rug), (-34, mix(rug, look.colours.light, 0.25)), (-46, rug)):
        drawn += ellipse(WIDE / 2, 800, 500 + grow, 62 + grow * 0.5, tone)
    return drawn


def window(look: Look, x: float, wall: str, wood: str) -> str:
    """Draw a tall window with the sky and the town in it, and curtains."""
    rng = look.rng
    y, wide, high = 96.0, 300.0, 390.0
    aside = x - look.x + wide * rng.uniform(0.35, 0.65)
    outside = f'<g transform="translate({aside:.0f} {y - 60:.0f})">{sky(look)}</g>'
    town = skyline(look, 600, 150, 60, 0.3)
    outside += f'<g transform="translate({-rng.uniform(0, 200):.0f} -112)">{town}</g>'
    clip = f'<clipPath id="pane"><rect x="{x}" y="{y}" width="{wide}" height="{high}"/></clipPath>'
    drawn = (
        rect(x - 16, y - 16, wide + 32, high + 32, mix(wood, wall, 0.2))
        + f'<defs>{clip}</defs><g clip-path="url(#pane)">{outside}</g>'
    )
    if look.scene.weather in ("rain", "storm"):
        for _ in range(70):
            at, down = x + rng.uniform(0, wide), y + rng.uniform(0, high - 30)
            drawn += line(
                (at, down),
                (at + rng.uniform(-2, 2), min(y + high, down + rng.uniform(6, 40))),
                mix(look.colours.low, "#ffffff", 0.5),
                1.3,
                'opacity="0.5"',
            )
    bars = "".join(rect(x + wide * at - 4, y, 8, high, mix(wood, wall, 0.15)) for at in (0.333, 0.667))
    bars += "".join(rect(x, y + high * at - 4, wide, 8, mix(wood, wall, 0.15)) for at in (0.33, 0.66))
    drawn += bars + rect(x - 34, y + high + 14, wide + 68, 18, mix(wood, wall, 0.35))
    cloth = mix(rng.choice(("#7f2d2b", "#2f5a4b", "#3b3f70", "#8a6a33")), look.colours.near, 0.28)
    for side in (-1, 1):
        at = x - 20 if side < 0 else x + wide + 20
        shape = (
            f"M{at - side * -26:.0f} {y - 34} Q{at + side * -64:.0f} {y + 190} {at - side * 8:.0f} "
            f"{y + 250} Q{at - side * -10:.0f} {y + 360} {at + side * 22:.0f} {y + high + 52:.0f} "
            f"H{at + side * 62:.0f} V{y - 34} Z"
        )
        drawn += path(shape, cloth) + stroke(
            f"M{at + side * 34:.0f} {y - 20} Q{at + side * 16:.0f} {y + 250} {at + side * 40:.0f} "
            f"{y + high + 46:.0f}",
            mix(cloth, "#000000", 0.3),
            5,
        )
    return drawn + rect(x - 92, y - 46, wide + 184, 16, wood, 'rx="8"')


def shelves(look: Look, x: float, wall: str, wood: str) -> str:
    """Draw bookshelves, filled."""
    rng, wide, top = look.rng, 420.0, 92.0
    drawn = rect(x, top, wide, FLOOR - top, wood) + rect(
        x - 10, top - 18, wide + 20, 22, mix(wood, "#000000", 0.2)
    )
    step = (FLOOR - top - 22) / 5
    tones = ("#8d3b2f", "#2f5a66", "#b08a45", "#4d5b35", "#5b3d63", "#c9b48a", "#37456e", "#7c5233")
    for shelf in range(5):
        y = top + 14 + shelf * step
        drawn += rect(x + 12, y, wide - 24, step - 14, mix(wood, "#000000", 0.45))
        at = x + 16.0
        while at < x + wide - 34:
            thick, tall = rng.uniform(9, 24), step * rng.uniform(0.58, 0.84)
            if rng.random() < 0.09:
                at += thick * 1.6
                continue
            tone = mix(rng.choice(tones), wood, 0.3 if look.scene.time != "night" else 0.48)
            book = rect(at, y + step - 14 - tall, thick, tall, tone) + rect(
                at, y + step - tall, thick, 3, mix(tone, "#ffffff", 0.3)
            )
            drawn += book
            at += thick + 1.2
    return drawn


def fireplace(look: Look, x: float, wood: str, warm: str) -> str:
    """Draw a hearth with its fire, a mantelpiece and a mirror."""
    rng, stone = look.rng, mix(look.colours.middle, wood, 0.55)
    drawn = faded(circle(x, 610, 520, "url(#lamp)"), 0.75)
    drawn += rect(x - 178, 420, 356, FLOOR - 420, stone) + rect(
        x - 204, 398, 408, 26, mix(stone, "#000000", 0.25)
    )
    drawn += path(f"M{x - 116} {FLOOR} V520 Q{x} 446 {x + 116} 520 V{FLOOR} Z", mix(wood, "#000000", 0.7))
    for tone, size in (("#d9481f", 1.0), ("#f28a2e", 0.74), ("#ffd36e", 0.44)):
        for at in (-46, -8, 36):
            high = rng.uniform(66, 112) * size
            drawn += path(
                f"M{x + at - 26 * size:.0f} {FLOOR - 8} Q{x + at - 30 * size:.0f} {FLOOR - high * 0.5:.0f} "
                f"{x + at + rng.uniform(-9, 9):.0f} {FLOOR - high:.0f} Q{x + at + 30 * size:.0f} "
                f"{FLOOR - high * 0.4:.0f} "
                f"{x + at + 26 * size:.0f} {FLOOR - 8} Z",
                tone,
            )
    drawn += rect(x - 90, FLOOR - 16, 180, 13, mix(wood, "#000000", 0.4), 'rx="6"')
    frame = ellipse(x, 268, 104, 118, mix("#b8923f", wood, 0.3)) + ellipse(
        x, 268, 90, 104, mix(look.colours.low, wood, 0.45)
    )
    candles = "".join(
        rect(x + at - 5, 356, 10, 42, "#e9dfc6")
        + ellipse(x + at, 346, 4, 9, warm)
        + faded(circle(x + at, 346, 56, "url(#lamp)"), 0.7)
        for at in (-152, 152)
    )
    return drawn + frame + candles


def pictures(look: Look, x: float, wall: str, wood: str) -> str:
    """Hang pictures over a sideboard."""
    rng, c, drawn = look.rng, look.colours, ""
    for at, y, wide, high in ((20, 150, 150, 190), (200, 190, 110, 130), (205, 345, 100, 90)):
        drawn += rect(x + at - 9, y - 9, wide + 18, high + 18, mix("#a5823d", wood, 0.35)) + rect(
            x + at, y, wide, high, mix(c.low, wall, 0.25)
        )
        horizon = y + high * rng.uniform(0.45, 0.7)
        drawn += rect(x + at, horizon, wide, y + high - horizon, mix(c.middle, c.near, 0.45)) + circle(
            x + at + wide * rng.uniform(0.25, 0.75), horizon - high * 0.14, high * 0.1, c.light
        )
    return (
        drawn
        + rect(x - 30, 560, 400, FLOOR - 552, wood)
        + rect(x - 42, 548, 424, 16, mix(wood, "#000000", 0.25))
    )


def desk(look: Look, x: float, wood: str, warm: str) -> str:
    """Draw a desk with a lamp, papers and an inkwell."""
    dark = mix(wood, "#000000", 0.25)
    glow = faded(circle(x + 74, 470, 330, "url(#lamp)"), 0.85 if look.scene.time != "day" else 0.25)
    drawn = (
        glow
        + rect(x, 560, 320, 18, dark)
        + rect(x + 12, 578, 92, 150, wood)
        + rect(x + 216, 578, 92, 150, wood)
    )
    for side in (12, 216):
        for at in range(3):
            drawn += rect(x + side + 9, 588 + at * 45, 74, 36, mix(wood, "#000000", 0.16)) + circle(
                x + side + 46, 606 + at * 45, 3.4, "#b8923f"
            )
    lamp = (
        rect(x + 71, 486, 6, 74, dark)
        + ellipse(x + 74, 558, 30, 6, dark)
        + path(
            f"M{x + 34} 492 Q{x + 40} 440 {x + 74} 438 Q{x + 108} 440 {x + 114} 492 Z",
            mix("#2f6a54", warm, 0.3),
        )
    )
    lamp += rect(x + 36, 490, 76, 5, warm)
    papers = polygon([(x + 150, 558), (x + 168, 544), (x + 250, 544), (x + 240, 558)], "#e7dcc3") + rect(
        x + 262, 540, 18, 20, dark
    )
    return drawn + papers + lamp + stroke(f"M{x + 272} 540 Q{x + 286} 512 {x + 300} 500", "#e7dcc3", 3)


def armchair(look: Look, x: float, wood: str) -> str:
    """Draw the back of an armchair before everything, out of the way."""
    cloth = mix(
        mix(look.rng.choice(("#6d2a26", "#29463c", "#2f3558")), look.colours.near, 0.4), "#000000", 0.2
    )
    back = path(
        f"M{x - 120} 900 V690 Q{x - 124} 640 {x - 70} 634 Q{x} 618 {x + 70} 634 Q{x + 124} "
        f"640 {x + 120} 690 V900 Z",
        cloth,
    )
    arms = rect(x - 168, 740, 62, 170, mix(cloth, "#000000", 0.16), 'rx="28"') + rect(
        x + 106, 740, 62, 170, mix(cloth, "#000000", 0.16), 'rx="28"'
    )
    return (
        back
        + arms
        + stroke(
            f"M{x - 106} 690 Q{x - 108} 652 {x - 64} 648 Q{x} 634 {x + 64} 648 Q{x + 108} 652 {x + 106} 690",
            mix(cloth, look.colours.lamp, 0.3),
            3,
        )
    )


def clock(x: float, wall: str, wood: str, warm: str) -> str:
    """Hang a pendulum clock."""
    drawn = rect(x - 38, 150, 76, 230, wood, 'rx="6"') + polygon(
        [(x - 46, 152), (x, 112), (x + 46, 152)], mix(wood, "#000000", 0.2)
    )
    drawn += (
        circle(x, 196, 30, "#efe6cf")
        + line((x, 196), (x, 176), wood, 3)
        + line((x, 196), (x + 14, 204), wood, 3)
    )
    return (
        drawn
        + rect(x - 26, 240, 52, 128, mix(wood, "#000000", 0.45))
        + line((x, 240), (x + 6, 338), "#c9a24a", 2.4)
        + circle(x + 6, 340, 10, "#c9a24a")
    )


def piano(x: float, wood: str) -> str:
    """Draw an upright piano."""
    dark = mix(wood, "#000000", 0.45)
    drawn = (
        rect(x, 486, 300, 210, dark)
        + rect(x - 10, 474, 320, 16, wood)
        + rect(x - 6, 584, 312, 26, mix(dark, "#000000", 0.2))
    )
    drawn += rect(x + 8, 580, 284, 9, "#efe8d8")
    return (
        drawn
        + "".join(rect(x + 14 + at * 14, 580, 6, 6, dark) for at in range(20))
        + rect(x + 110, 520, 80, 50, "#e4dac2")
    )


def hall(look: Look) -> Stage:
    """Draw arches behind arches with the light at their end; rails run in where a train is named."""
    rng, c, things = look.rng, look.colours, look.scene.things
    x, y = WIDE * rng.uniform(0.4, 0.6), 480.0
    stone = mix(mix(c.near, c.middle, 0.5), "#6b5d4d", 0.2)
    orbit = "orbit" in things
    pointed = rng.random() < 0.5 and not orbit and "train" not in things
    parts = [rect(0, 0, WIDE, HIGH, mix(c.low, c.light, 0.5)), faded(circle(x, y, 420, "url(#sun)"), 1.0)]
    depths = (0.13, 0.2, 0.3, 0.46, 0.7, 1.06)
    for index, size in enumerate(depths):
        share = index / (len(depths) - 1)
        tone = mix(mix(c.low, stone, 0.5 + 0.4 * share), mix(c.near, "#000000", 0.15), share**1.2)
        parts.append(arch(x, y, size, tone, mix(tone, c.light, 0.3 * (1 - share)), pointed=pointed))
        if index in (2, 3, 4):
            parts.append(strips(look, x, y, size) if orbit else torches(look, x, y, size))
    floor = mix(stone, c.near, 0.55)
    reach = 470
    parts.insert(2, polygon([(x - 60, y + 52), (x + 60, y + 52), (x + 900, HIGH), (x - 900, HIGH)], floor))
    ground = polygon(
        [(x - 44, y + 50), (x + 44, y + 50), (x + reach, HIGH), (x - reach, HIGH)], mix(floor, c.light, 0.2)
    )
    parts.append(faded(ground, 0.5))
    parts.append(rails(look, x, y) if "train" in things and not orbit else tiles(look, x, y))
    parts.append(faded(ellipse(x, y + 150, 230, 250, "url(#shine)"), 0.22))
    return Stage("".join(parts), x=x + rng.choice((-1, 1)) * 60, y=770, tall=235)


def arch(x: float, y: float, size: float, tone: str, edge: str, *, pointed: bool) -> str:
    """Draw a wall with an arched opening around the vanishing point."""
    half, spring, top, base = 420 * size, y - 190 * size, y - 620 * size, y + 400 * size
    curve = (
        f"V{spring:.0f} Q{x - half:.0f} {top + 140 * size:.0f} {x:.0f} {top:.0f} Q{x + half:.0f} "
        f"{top + 140 * size:.0f} {x + half:.0f} {spring:.0f} V{base:.0f}"
        if pointed
        else f"V{spring:.0f} A{half:.0f} {half:.0f} 0 0 1 {x + half:.0f} {spring:.0f} V{base:.0f}"
    )
    opening = f"M{x - half:.0f} {base:.0f} {curve}"
    wall = f"M-10 -10 H{WIDE + 10} V{HIGH + 10} H-10 Z {opening} V{HIGH + 20} H{x - half:.0f} Z"
    return path(wall, tone, 'fill-rule="evenodd"') + stroke(opening, edge, 9 * size + 1.5)


def torches(look: Look, x: float, y: float, size: float) -> str:
    drawn = ""
    for side in (-1, 1):
        at, up = x + side * 500 * size, y - 90 * size
        drawn += faded(circle(at, up, 230 * size, "url(#lamp)"), 0.8) + ellipse(
            at, up, 9 * size, 20 * size, look.colours.lamp
        )
        drawn += rect(at - 4 * size, up + 16 * size, 8 * size, 44 * size, look.colours.near)
    return drawn


def strips(look: Look, x: float, y: float, size: float) -> str:
    """Light a bulkhead of a ship or a station."""
    drawn = ""
    for side in (-1, 1):
        at = x + side * 480 * size
        drawn += ellipse(at, y - 60 * size, 120 * size, 320 * size, "url(#sun)", 'opacity="0.5"')
        drawn += rect(
            at - 5 * size,
            y - 260 * size,
            10 * size,
            400 * size,
            mix(look.colours.light, "#ffffff", 0.4),
            'rx="4"',
        )
    return drawn


def rails(look: Look, x: float, y: float) -> str:
    drawn, c = "", look.colours
    for at in range(22):
        depth = (at / 21) ** 2.2
        down, half = y + 56 + depth * (HIGH - y), 20 + depth * 330
        drawn += rect(x - half, down, 2 * half, 2 + 15 * depth, mix(c.near, "#5a3d28", 0.35))
    for side in (-1, 1):
        drawn += polygon(
            [
                (x + side * 11, y + 52),
                (x + side * 13, y + 52),
                (x + side * 262, HIGH),
                (x + side * 236, HIGH),
            ],
            mix(c.light, c.near, 0.35),
        )
    return drawn


def tiles(look: Look, x: float, y: float) -> str:
    drawn, tone = "", look.colours.near
    for at in range(-9, 10):
        drawn += line((x + at * 9, y + 52), (x + at * 110, HIGH), tone, 1.6, 'opacity="0.4"')
    for at in range(12):
        down = y + 52 + (at / 11) ** 2 * (HIGH - y - 52)
        drawn += line((0, down), (WIDE, down), tone, 1.2 + at * 0.12, 'opacity="0.32"')
    return drawn
