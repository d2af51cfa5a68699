"""What stands in rooms that are no studies: counters, beds, cabinets, benches, and the bridge of a ship."""

from providers.images.illustrator.canvas import (
    HIGH,
    WIDE,
    circle,
    ellipse,
    faded,
    line,
    mix,
    path,
    polygon,
    rect,
)
from providers.images.illustrator.look import Look, Stage, stars

FLOOR = 668.0


def counter(look: Look, x: float, wood: str) -> str:
    """Draw a bar or a kitchen's counter with its shelves of bottles and jars, and lamps over it."""
    rng, dark = look.rng, mix(wood, "#000000", 0.3)
    drawn = rect(x, 150, 440, 300, mix(dark, look.colours.near, 0.3))
    tones = ("#3f6b4a", "#8a5a2b", "#a8442f", "#c9a45a", "#4a6a86", "#d8cdb6")
    for shelf in range(3):
        y = 246 + shelf * 98
        at = x + 14.0
        while at < x + 410:
            wide, tall = rng.uniform(12, 22), rng.uniform(34, 72)
            tone = mix(rng.choice(tones), dark, 0.3)
            drawn += rect(at, y - tall, wide, tall, tone, 'rx="4"') + rect(
                at + wide * 0.3, y - tall - 15, wide * 0.4, 18, tone
            )
            at += wide + rng.uniform(3, 20)
        drawn += rect(x, y, 440, 9, wood)
    drawn += rect(x - 40, 534, 540, 22, mix(wood, look.colours.lamp, 0.16)) + rect(
        x - 24, 556, 508, FLOOR - 552, wood
    )
    drawn += "".join(rect(x - 6 + at * 120, 576, 100, 72, dark) for at in range(4))
    for at in (90, 330):
        drawn += line((x + at, 0), (x + at, 92), dark, 3) + path(
            f"M{x + at - 34} 122 Q{x + at} 62 {x + at + 34} 122 Z", dark
        )
        drawn += faded(circle(x + at, 128, 240, "url(#lamp)"), 0.7)
    return drawn + "".join(stool(x + at, wood) for at in (40, 190, 340))


def stool(x: float, wood: str) -> str:
    dark = mix(wood, "#000000", 0.4)
    return ellipse(x, 632, 30, 8, mix(wood, "#8a3b2e", 0.4)) + "".join(
        line((x + side * 16, 638), (x + side * 24, 722), dark, 5) for side in (-1, 1)
    )


def bed(look: Look, x: float, wood: str) -> str:
    """Draw a bed with its night table and a lamp."""
    rng, linen = look.rng, mix("#e6ddcb", look.colours.near, 0.25)
    cover = mix(rng.choice(("#7d3f3a", "#3c5a74", "#57704f")), look.colours.near, 0.2)
    drawn = path(f"M{x} 690 V470 Q{x + 30} 436 {x + 60} 470 V690 Z", wood) + rect(
        x + 30, 590, 420, 92, wood, 'rx="8"'
    )
    drawn += path(f"M{x + 40} 600 Q{x + 60} 552 {x + 150} 560 L{x + 160} 606 Z", linen)
    drawn += path(f"M{x + 120} 604 Q{x + 260} 556 {x + 450} 582 L{x + 456} 668 H{x + 120} Z", cover)
    drawn += rect(x + 440, 520, 24, 186, wood, 'rx="6"') + rect(x + 46, 680, 20, 34, wood)
    table = rect(x - 96, 576, 78, 120, wood) + rect(x - 104, 566, 94, 12, mix(wood, "#000000", 0.25))
    lamp = rect(x - 60, 510, 6, 56, wood) + polygon(
        [(x - 90, 512), (x - 76, 462), (x - 38, 462), (x - 24, 512)], mix(look.colours.lamp, linen, 0.3)
    )
    return drawn + table + lamp + faded(circle(x - 57, 490, 250, "url(#lamp)"), 0.8)


def cabinets(look: Look, x: float, wood: str) -> str:
    """Draw filing cabinets with their drawers, and boxes on them."""
    rng, metal = look.rng, mix(mix("#5f6b62", look.colours.near, 0.4), wood, 0.2)
    drawn = ""
    for place in range(4):
        left, top = x + place * 112, 250 + rng.choice((0, 0, 74))
        drawn += rect(left, top, 106, FLOOR - top, mix(metal, "#000000", 0.08 * (place % 2)))
        y = top + 8
        while y < FLOOR - 40:
            drawn += rect(left + 7, y, 92, 64, mix(metal, look.colours.light, 0.08)) + rect(
                left + 34, y + 14, 38, 16, "#d8cdb6"
            )
            drawn += rect(left + 38, y + 42, 30, 6, mix(metal, "#000000", 0.5), 'rx="3"')
            y += 74
        if rng.random() < 0.6:
            drawn += rect(left + 12, top - 46, 80, 46, mix("#8a6a45", look.colours.near, 0.35))
    return drawn


def bench(look: Look, x: float, wood: str) -> str:
    """Draw a long bench under a board of notices."""
    rng, drawn = (
        look.rng,
        rect(x - 12, 176, 410, 210, mix("#8a6a45", wood, 0.4))
        + rect(x, 188, 386, 186, mix("#b08d5f", wood, 0.35)),
    )
    for _ in range(11):
        at, y, size = x + rng.uniform(10, 330), rng.uniform(198, 320), rng.uniform(26, 46)
        paper = mix("#e6dcc4", look.colours.near, rng.uniform(0.05, 0.3))
        drawn += rect(
            at, y, size, size * 1.2, paper, f'transform="rotate({rng.uniform(-6, 6):.0f} {at:.0f} {y:.0f})"'
        )
    seat = "".join(rect(x - 40, 540 + row * 22, 470, 13, wood) for row in range(3)) + rect(
        x - 50, 618, 490, 18, mix(wood, look.colours.lamp, 0.12)
    )
    legs = "".join(rect(x - 30 + at * 215, 530, 16, 170, mix(wood, "#000000", 0.25)) for at in range(3))
    return drawn + legs + seat


def bridge(look: Look) -> Stage:
    """Draw the inside of a ship or a station: a wide window on the stars, and consoles before it."""
    rng, c = look.rng, look.colours
    hull = mix(mix(c.near, c.middle, 0.3), "#3c4658", 0.4)
    window = f"M180 130 H{WIDE - 180} L{WIDE - 90} 300 L{WIDE - 210} 500 H210 L90 300 Z"
    x, y, radius = rng.uniform(350, 1180), rng.uniform(330, 560), rng.uniform(150, 300)
    world = circle(x, y, radius, mix(c.low, c.light, 0.2)) + circle(
        x + radius * 0.34, y + radius * 0.1, radius * 0.96, "#070b1a", 'opacity="0.8"'
    )
    glow = faded(circle(x - radius * 0.5, y, radius * 1.9, "url(#sun)"), 0.5)
    drawn = (
        rect(0, 0, WIDE, HIGH, mix(hull, "#000000", 0.25))
        + f'<defs><clipPath id="pane">{path(window, "#fff")}</clipPath></defs>'
    )
    night = rect(0, 0, WIDE, 520, "#0a0e20") + stars(rng, 260, "#ffffff")
    drawn += f'<g clip-path="url(#pane)">{night}{glow}{world}</g>'
    drawn += f'<path d="{window}" fill="none" stroke="{hull}" stroke-width="30" stroke-linejoin="round"/>'
    drawn += "".join(line((at, 120), (at + lean, 510), hull, 16) for at, lean in ((520, -30), (1016, 30)))
    drawn += polygon([(0, 640), (WIDE, 640), (WIDE, HIGH), (0, HIGH)], mix(hull, "#000000", 0.38))
    for at in range(-9, 10):
        drawn += line((WIDE / 2 + at * 90, 640), (WIDE / 2 + at * 190, HIGH), mix(hull, "#000000", 0.6), 2)
    drawn += "".join(console(look, at, hull) for at in (120, 470, 820, 1170))
    strip = mix(c.light, "#ffffff", 0.3)
    drawn += rect(260, 58, WIDE - 520, 9, strip, 'rx="4"') + faded(
        ellipse(WIDE / 2, 62, 700, 90, "url(#sun)"), 0.35
    )
    return Stage(drawn, x=WIDE / 2 + rng.uniform(-140, 140), y=806, tall=330)


def console(look: Look, x: float, hull: str) -> str:
    """Draw a console with its screens lit."""
    rng = look.rng
    drawn = polygon(
        [(x, 560), (x + 246, 560), (x + 226, 700), (x + 20, 700)], mix(hull, "#000000", 0.12)
    ) + rect(x - 8, 548, 262, 16, hull)
    for at in (24, 134):
        tone = rng.choice(("#5fc2b4", "#e0a34a", "#6f9fe0", "#c9604a"))
        drawn += rect(x + at, 580, 88, 54, mix(tone, "#0a1018", 0.55), 'rx="4"')
        drawn += "".join(rect(x + at + 8, 590 + row * 12, rng.uniform(16, 70), 4, tone) for row in range(3))
        drawn += "".join(
            circle(x + at + 8 + place * 16, 656, 4, rng.choice((tone, hull))) for place in range(5)
        )
    return drawn
