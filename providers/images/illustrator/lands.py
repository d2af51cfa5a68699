"""Open country: mountains, forest, fields, desert."""

import math
from random import Random

from providers.images.illustrator.canvas import (
    HIGH,
    WIDE,
    Point,
    branches,
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
    sheet,
    stroke,
)
from providers.images.illustrator.look import Look, Stage, birds, mist
from providers.images.illustrator.things import castle, church, cottage, fir, graves, pyramid, tree, windmill

_FIRS = 0.62


def mountains(look: Look) -> Stage:
    """Draw ranges behind ranges, snow on the highest, and a lake or a valley before them."""
    rng, c = look.rng, look.colours
    far, middle = ridge(rng, 430, 150), ridge(rng, 520, 120)
    parts = [land(far, c.at(0.12)), snowcaps(rng, far, mix(c.low, c.light, 0.55), 60), mist(look, 560, 160)]
    parts += [land(middle, c.at(0.32)), mist(look, 640, 150, 0.8)]
    if "castle" in look.scene.things:
        x = WIDE - look.x + rng.uniform(-60, 60)
        parts.append(castle(rng, x, height_at(middle, x) + 26, 1.15, c.at(0.42), c.lamp))
    lake = "lake" in look.scene.things or rng.random() < 0.5
    shore = 655.0
    parts.append(water(look, shore) if lake else land(rolling(rng, shore, 22), c.at(0.5)))
    near = rolling(rng, 735, 24)
    trees = "".join(
        moved(fir(rng, c.at(0.72)), x, height_at(near, x) + 14, rng.uniform(0.45, 0.85))
        for x in spread(rng, 26, clear=WIDE - look.x)
    )
    parts += [trees, land(near, c.at(0.84))]
    front = land(rolling(rng, 812, 12), c.at(1.0)) + clump(rng, look, 815)
    return Stage("".join(parts), x=WIDE - look.x, y=786, tall=150, before=front)


def snowcaps(rng: Random, skyline: list[Point], tone: str, deep: float) -> str:
    """Lay snow on what stands highest, ending in tongues."""
    top, edge = min(y for _, y in skyline), []
    for place in range(0, len(skyline), 3):
        x, y = skyline[place]
        edge.append((x, y + max(0.0, deep * (1 - (y - top) / 120)) * rng.uniform(0.3, 1.25)))
    return polygon([*skyline, *reversed(edge)], tone, 'fill-opacity="0.8"')


def water(look: Look, shore: float, bottom: float = HIGH) -> str:
    """Lay water under the sky: its colours turned over, and a path of light on it."""
    rng, c = look.rng, look.colours
    fill = gradient(
        "water",
        [
            (0, mix(c.low, c.middle, 0.35), 1),
            (0.35, mix(c.middle, c.near, 0.3), 1),
            (1, mix(c.top, c.near, 0.6), 1),
        ],
    )
    drawn = f"<defs>{fill}</defs>" + rect(0, shore, WIDE, bottom - shore, "url(#water)")
    glints = ""
    for _ in range(110):
        depth = rng.random() ** 1.5
        y = shore + 4 + depth * (bottom - shore)
        x = look.x + rng.gauss(0, 20 + 90 * depth)
        wide = rng.uniform(8, 30) * (0.5 + 1.6 * depth)
        glints += rect(
            x - wide / 2,
            y,
            wide,
            1.2 + 2.4 * depth,
            c.light,
            f'rx="1" opacity="{rng.uniform(0.15, 0.7):.2f}"',
        )
    for _ in range(60):
        depth = rng.random()
        y, wide = shore + 6 + depth * (bottom - shore), rng.uniform(30, 130) * (0.5 + depth)
        tone = mix(c.low, c.near, rng.choice((0.1, 0.6)))
        drawn += rect(rng.uniform(-40, WIDE), y, wide, 1 + 1.4 * depth, tone, 'rx="1" opacity="0.3"')
    faint = 0.35 if look.scene.weather in ("rain", "storm", "fog") else 0.9
    return drawn + faded(glints, faint)


def spread(rng: Random, count: int, *, clear: float = -1000, room: float = 190) -> list[float]:
    """Return places across the sheet, but for where room is kept."""
    places = [rng.uniform(-20, WIDE + 20) for _ in range(count)]
    return sorted(x for x in places if abs(x - clear) > room)


def clump(rng: Random, look: Look, y: float) -> str:
    """Draw grass and stalks along the front edge, thick in the corners."""
    drawn, tone = "", mix(look.colours.near, "#000000", 0.25)
    for _ in range(150):
        x = rng.choice((rng.uniform(-10, 330), rng.uniform(WIDE - 330, WIDE + 10), rng.uniform(0, WIDE)))
        tall, lean = rng.uniform(12, 46), rng.uniform(-14, 14)
        base = max(y, HIGH - 40) + rng.uniform(4, 30)
        drawn += stroke(
            f"M{x:.0f} {base:.0f} q{lean * 0.2:.1f} {-tall * 0.6:.0f} {lean:.1f} {-tall:.0f}",
            tone,
            rng.uniform(1.2, 2.6),
        )
    return drawn


def forest(look: Look) -> Stage:
    """Draw trunks behind trunks, paler with distance, with light falling between them."""
    rng, c = look.rng, look.colours
    parts = [
        sheet(mix(c.low, c.light, 0.2), 'opacity="0.5"'),
        circle(look.x, 380, 760, "url(#sun)"),
    ]
    firs = look.scene.weather == "snow" or rng.random() < _FIRS
    for depth, count, wide, ground in ((0.14, 34, 13, 560), (0.3, 22, 22, 620), (0.52, 13, 40, 680)):
        floor = rolling(rng, ground, 14)
        clear = -1000 if depth < 0.5 else WIDE - look.x
        for x in spread(rng, count, clear=clear, room=230):
            base = height_at(floor, x) + 12
            if firs and depth < 0.5:
                parts.append(moved(fir(rng, c.at(depth)), x, base, rng.uniform(2.2, 3.4) * (0.7 + depth)))
            else:
                parts.append(
                    trunk(
                        rng, x, base, wide * rng.uniform(0.7, 1.3), c.at(depth), c.lit(depth, 0.3), look.x > x
                    )
                )
        parts += [land(floor, c.at(depth + 0.05)), mist(look, ground, 190, 0.8)]
    parts += [rays(look), land(rolling(rng, 745, 16), c.at(0.78))]
    trail = WIDE - look.x
    parts.append(
        path(
            f"M{trail - 30} 742 Q{trail + 40} 775 {trail - 120} 870 H{trail + 190} Q{trail + 110} "
            f"780 {trail + 26} 742 Z",
            c.lit(0.62, 0.12),
            'opacity="0.7"',
        )
    )
    side = -20 if look.x > WIDE / 2 else WIDE + 20
    front = trunk(
        rng,
        side + rng.uniform(-10, 60) * (1 if side < 0 else -1),
        880,
        120,
        c.at(1),
        c.at(0.9),
        look.x > WIDE / 2,
    )
    front += trunk(rng, WIDE - side + rng.uniform(-30, 30), 890, 84, c.at(1), c.at(0.9), look.x > WIDE / 2)
    front += canopy(rng, look) + land(rolling(rng, 826, 14), c.at(1)) + ferns(rng, look)
    return Stage("".join(parts), x=trail, y=792, tall=185, before=front)


def trunk(rng: Random, x: float, y: float, wide: float, tone: str, lit: str, from_right: bool) -> str:
    """Draw a trunk that leaves the sheet above, a few boughs, and its lit edge."""
    top, lean = wide * 0.62, rng.uniform(-26, 26)
    body = (
        f"M{x - wide * 0.85:.0f} {y:.0f} Q{x - wide / 2:.0f} {y - 40:.0f} {x - wide / 2 + lean * 0.3:.0f} "
        f"{y - 150:.0f} L{x - top / 2 + lean:.0f} -10 H{x + top / 2 + lean:.0f} L{x + wide / 2 + lean * 0.3:.0f} "
        f"{y - 150:.0f} Q{x + wide / 2:.0f} {y - 40:.0f} {x + wide * 0.85:.0f} {y:.0f} Z"
    )
    drawn = path(body, tone)
    side = 1 if from_right else -1
    drawn += faded(
        stroke(
            f"M{x + side * wide * 0.36 + lean * 0.3:.0f} {y - 160:.0f} L{x + side * top * 0.36 + lean:.0f} 0",
            lit,
            wide * 0.16,
        ),
        0.6,
    )
    for _ in range(2):
        at = rng.uniform(60, y - 260)
        way = rng.choice((-1, 1))
        drawn += branches(
            rng,
            (x + lean * (1 - at / y), at),
            -math.pi / 2 + way * rng.uniform(0.6, 1.2),
            min(wide * 1.5, 58),
            min(wide * 0.17, 7),
            tone,
        )
    return drawn


def canopy(rng: Random, look: Look) -> str:
    """Hang leaves into the picture from above, thick at its corners."""
    drawn = ""
    for depth, count, reach in ((0.62, 260, 150), (0.84, 240, 110), (1.0, 200, 80)):
        for _ in range(count):
            x = rng.uniform(-20, WIDE + 20)
            edge = abs(x - WIDE / 2) / (WIDE / 2)
            y = rng.uniform(-20, 1) + reach * (0.2 + edge**1.6 * 1.5) * rng.random()
            size = rng.uniform(7, 24)
            turn = f'transform="rotate({rng.uniform(-50, 50):.0f} {x:.0f} {y:.0f})"'
            drawn += ellipse(x, y, size, size * 0.5, look.colours.at(depth), turn)
    return drawn


def rays(look: Look) -> str:
    """Let beams of light fall in from the sun's side."""
    if look.scene.weather in ("rain", "storm", "snow"):
        return ""
    rng, drawn = look.rng, ""
    fill = gradient("ray", [(0, look.colours.light, 0.42), (1, look.colours.light, 0)])
    for _ in range(5):
        x, wide, way = (
            look.x + rng.uniform(-160, 160),
            rng.uniform(26, 90),
            (WIDE / 2 - look.x) * rng.uniform(0.4, 0.9),
        )
        drawn += polygon(
            [(x, -20), (x + wide * 0.5, -20), (x + way + wide * 1.6, 760), (x + way, 760)], "url(#ray)"
        )
    return f"<defs>{fill}</defs>" + faded(f'<g filter="url(#soft)">{drawn}</g>', 0.28 if look.dark else 0.5)


def ferns(rng: Random, look: Look) -> str:
    drawn, tone = "", mix(look.colours.near, "#000000", 0.3)
    for x in (rng.uniform(40, 300), rng.uniform(300, 520), rng.uniform(1050, 1260), rng.uniform(1260, 1500)):
        for _ in range(6):
            lean, tall = rng.uniform(-95, 95), rng.uniform(46, 96)
            frond = (
                f"M0 0 Q{lean * 0.3:.0f} {-tall:.0f} {lean:.0f} {-tall * 0.8:.0f} Q{lean * 0.45:.0f} "
                f"{-tall * 0.62:.0f} 6 0 Z"
            )
            drawn += moved(path(frond, tone), x, 872)
    return drawn


def fields(look: Look) -> Stage:
    """Draw hills that roll to the horizon, a road between them, and what stands there."""
    rng, c, things = look.rng, look.colours, look.scene.things
    far, middle, near = rolling(rng, 500, 26), rolling(rng, 560, 34), rolling(rng, 640, 30)
    parts = [land(ridge(rng, 470, 40), c.at(0.08)), land(far, c.at(0.2)), mist(look, 530, 110)]
    parts += [hedges(rng, far, c.at(0.3)), land(middle, c.at(0.36)), hedges(rng, middle, c.at(0.48))]
    home = WIDE - look.x + rng.uniform(-150, 150)
    parts.append(standing(look, home, height_at(middle, home) + 10, c.at(0.5)))
    parts += [land(near, c.at(0.58)), furrows(rng, near, look), road(look, near)]
    x = look.x + rng.uniform(-60, 60)
    if "graves" in things:
        parts.append(graves(rng, near, c.at(0.8)))
    tall = rng.uniform(1.0, 1.35)
    parts.append(
        tree(
            rng,
            x,
            height_at(near, x) + 46,
            tall,
            c.at(0.82),
            c.lit(0.8, 0.22),
            bare=look.scene.weather == "snow" or look.scene.mood in ("eerie", "sad"),
        )
    )
    if "birds" in things or look.scene.time != "night":
        parts.append(birds(look))
    front = (
        land(rolling(rng, 822, 12), c.at(0.98))
        + (blossoms(rng, look) if "flowers" in things else "")
        + clump(rng, look, 820)
    )
    return Stage("".join(parts), x=WIDE / 2 + (WIDE / 2 - look.x) * 0.35, y=792, tall=165, before=front)


def standing(look: Look, x: float, y: float, tone: str) -> str:
    """Draw the building that the scene names, else a cottage."""
    things, rng, lamp = look.scene.things, look.rng, look.colours.lamp
    if "castle" in things:
        return castle(rng, x, y + 10, 1.0, tone, lamp)
    if "church" in things:
        return church(x, y + 6, 1.1, tone, lamp)
    if "windmill" in things:
        return windmill(rng, x, y + 6, 1.15, tone)
    return cottage(
        x, y + 4, 0.85, tone, lamp if look.scene.time != "day" else mix(tone, look.colours.light, 0.5), rng
    )


def hedges(rng: Random, skyline: list[Point], tone: str) -> str:
    drawn = ""
    for x in spread(rng, 44):
        y = height_at(skyline, x)
        drawn += ellipse(x, y, rng.uniform(7, 24), rng.uniform(5, 15), tone)
    return drawn


def furrows(rng: Random, skyline: list[Point], look: Look) -> str:
    """Plough the near field towards a vanishing point."""
    drawn, focus = "", look.x
    for row in range(-16, 17):
        x = focus + row * 115
        top = height_at(skyline, min(WIDE - 1.0, max(0.0, focus + row * 22)))
        drawn += path(
            f"M{focus + row * 22:.0f} {top + 4:.0f} Q{focus + row * 50:.0f} {top + 90:.0f} {x:.0f} "
            f"870 h34 Q{focus + row * 50 + 14:.0f} {top + 90:.0f} {focus + row * 22 + 4:.0f} {top + 4:.0f} "
            f"Z",
            look.colours.lit(0.66, 0.1 + 0.1 * (row % 2)),
        )
    return faded(drawn, 0.5)


def road(look: Look, skyline: list[Point]) -> str:
    c, end = look.colours, WIDE / 2 + (WIDE / 2 - look.x) * 0.3
    top = height_at(skyline, end)
    way = (
        f"M{end - 7:.0f} {top + 2:.0f} Q{end + 90:.0f} {top + 60:.0f} {end - 30:.0f} {top + 110:.0f} "
        f"T{end - 170:.0f} 870 H{end + 150:.0f} Q{end + 40:.0f} {top + 150:.0f} {end + 60:.0f} "
        f"{top + 112:.0f} Q{end + 140:.0f} {top + 60:.0f} {end + 7:.0f} {top + 2:.0f} Z"
    )
    return path(way, mix(c.at(0.4), c.light, 0.32))


def blossoms(rng: Random, look: Look) -> str:
    tones = ("#e8796a", "#f3c45b", "#f4efe4", "#c98bc0")
    return "".join(
        circle(
            x := rng.uniform(0, WIDE),
            y := rng.uniform(815, 860),
            rng.uniform(3, 6),
            mix(rng.choice(tones), look.colours.near, 0.25),
        )
        + line((x, y), (x, y + 14), look.colours.near, 1.2)
        for _ in range(60)
    )


def desert(look: Look) -> Stage:
    """Draw dunes with a lit and a dark side."""
    rng, c = look.rng, look.colours
    sand = "#d9a05f"
    parts = [land(ridge(rng, 500, 26), c.at(0.1))]
    if "pyramid" in look.scene.things:
        parts += [
            pyramid(x, 585, size, mix(c.at(0.25), sand, 0.4), c.lit(0.2, 0.5), look.x > x)
            for x, size in ((WIDE - look.x, 240), (WIDE - look.x + 260, 150))
        ]
    for place, depth in ((545, 0.2), (600, 0.36), (665, 0.52), (735, 0.66)):
        parts.append(
            dune(
                rng, place, mix(c.at(depth), sand, 0.5), mix(c.lit(depth, 0.55), sand, 0.4), look.x > WIDE / 2
            )
        )
        parts.append(mist(look, place + 40, 90, 0.5))
    front = land(rolling(rng, 826, 18), mix(c.at(0.95), sand, 0.12))
    return Stage("".join(parts), x=WIDE - look.x, y=770, tall=120, before=front)


def dune(rng: Random, y: float, dark: str, lit: str, from_right: bool) -> str:
    """Draw a dune whose crest divides light and shade."""
    crest = rng.uniform(0.3, 0.7) * WIDE
    peak = y - rng.uniform(30, 80)
    whole = (
        f"M-20 {y + 30} Q{crest * 0.5:.0f} {y + 16} {crest:.0f} {peak:.0f} Q{(crest + WIDE) / 2:.0f} "
        f"{y - 6} {WIDE + 20} {y + 24} V{HIGH} H-20 Z"
    )
    bend = 120 if from_right else -120
    side = WIDE + 20 if from_right else -20
    shape = (
        f"M{crest:.0f} {peak:.0f} Q{crest + bend:.0f} {y + 70:.0f} {crest - bend * 0.4:.0f} "
        f"{HIGH} H{side} V{y + 24} Q{(crest + side) / 2:.0f} {y + 6:.0f} {crest:.0f} {peak:.0f} "
        f"Z"
    )
    return path(whole, dark) + path(shape, lit, 'opacity="0.75"')
