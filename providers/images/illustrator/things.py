"""Things that stand in a picture, drawn at (0, 0) or put on the ground at (x, y)."""

import math
from collections.abc import Sequence
from random import Random

from providers.images.illustrator.canvas import (
    WIDE,
    Point,
    branches,
    circle,
    ellipse,
    faded,
    height_at,
    line,
    mix,
    moved,
    path,
    polygon,
    rect,
    stroke,
)


def fir(rng: Random, tone: str) -> str:
    """Draw a fir tree of about 130 on the ground at (0, 0)."""
    drawn, y, wide = rect(-3, -14, 6, 16, tone), -8.0, 30 * rng.uniform(0.85, 1.15)
    for _ in range(6):
        drawn += path(
            f"M{-wide:.1f} {y:.1f} Q{-wide * 0.4:.1f} {y - 6:.1f} 0 {y - 36:.1f} Q{wide * 0.4:.1f} "
            f"{y - 6:.1f} {wide:.1f} {y:.1f} Q0 {y - 9:.1f} {-wide:.1f} {y:.1f} Z",
            tone,
        )
        y, wide = y - 18, wide * 0.8
    return drawn


def tree(rng: Random, x: float, y: float, scale: float, tone: str, lit: str, *, bare: bool = False) -> str:
    """Draw a broad tree, with leaves or without."""
    trunk = path(
        "M-13 4 Q-7 -30 -8 -70 L-22 -112 L-14 -114 L-2 -84 L6 -124 L13 -122 L8 -74 Q8 -30 15 4 Z", tone
    )
    if bare:
        boughs = "".join(
            branches(rng, (0, -70), -math.pi / 2 + turn, rng.uniform(62, 80), 11, tone)
            for turn in (-0.75, -0.25, 0.2, 0.7)
        )
        return moved(trunk + boughs, x, y, scale)
    crown = ""
    leaves = [(rng.gauss(0, 58), rng.gauss(-178, 36), rng.uniform(26, 52)) for _ in range(26)]
    for shade, dx, dy, share in (
        (tone, 0, 0, 1.0),
        (mix(tone, lit, 0.55), 8, -12, 0.72),
        (lit, 14, -22, 0.38),
    ):
        crown += "".join(circle(cx + dx, cy + dy, r * share, shade) for cx, cy, r in leaves)
    return moved(trunk + crown, x, y, scale)


def cottage(x: float, y: float, scale: float, tone: str, light: str, rng: Random) -> str:
    """Draw a house with lit windows and smoke over its chimney."""
    roof = mix(tone, "#000000", 0.22)
    drawn = rect(-58, -58, 116, 60, tone) + polygon([(-70, -56), (-44, -104), (46, -104), (70, -56)], roof)
    drawn += rect(24, -128, 15, 40, roof) + rect(-8, -36, 17, 38, roof)
    for place in (-40, 26):
        drawn += rect(place, -42, 17, 18, light) + line((place + 8.5, -42), (place + 8.5, -24), tone, 1.8)
        drawn += line((place, -33), (place + 17, -33), tone, 1.8)
    drawn += faded(circle(-31, -33, 46, "url(#lamp)"), 0.5)
    smoke = "".join(
        ellipse(
            32 + at * 7 + rng.uniform(-4, 4),
            -140 - at * 16,
            6 + at * 2.6,
            5 + at * 1.7,
            mix(tone, "#ffffff", 0.5),
            f'opacity="{0.34 - at * 0.045:.2f}"',
        )
        for at in range(7)
    )
    return moved(drawn + f'<g filter="url(#soft)">{smoke}</g>', x, y, scale)


def church(x: float, y: float, scale: float, tone: str, light: str) -> str:
    """Draw a church with its steeple."""
    roof = mix(tone, "#000000", 0.22)
    drawn = rect(-20, -62, 104, 64, tone) + polygon([(-26, -60), (6, -98), (70, -98), (92, -60)], roof)
    drawn += rect(-52, -118, 40, 120, tone) + polygon([(-57, -116), (-32, -200), (-7, -116)], roof)
    drawn += line((-32, -200), (-32, -220), roof, 2.6) + line((-38, -212), (-26, -212), roof, 2.6)
    for at in (8, 36, 64):
        drawn += path(f"M{at} -22 V-42 Q{at + 6} -52 {at + 12} -42 V-22 Z", light)
    return moved(drawn + path("M-39 -80 V-96 Q-32 -106 -25 -96 V-80 Z", light), x, y, scale)


def windmill(rng: Random, x: float, y: float, scale: float, tone: str) -> str:
    """Draw a windmill with its sails somewhere in their round."""
    dark, turn = mix(tone, "#000000", 0.2), rng.uniform(10, 70)
    drawn = polygon([(-30, 2), (-19, -112), (19, -112), (30, 2)], tone) + path(
        "M-22 -110 Q0 -146 22 -110 Z", dark
    )
    sails = "".join(
        f'<g transform="translate(0 -116) rotate({turn + 90 * at:.0f})">{line((0, 0), (0, -92), dark, 3)}'
        + "".join(line((0, -14 - 11 * bar), (17, -14 - 11 * bar), dark, 1.6) for bar in range(8))
        + f"{line((17, -14), (17, -92), dark, 1.6)}</g>"
        for at in range(4)
    )
    return moved(drawn + sails, x, y, scale)


def castle(rng: Random, x: float, y: float, scale: float, tone: str, light: str) -> str:
    """Draw a castle on its rock."""
    rock = mix(tone, "#000000", 0.12)
    left = [
        (-330 + at * 38 + rng.uniform(-9, 9), 190 - 184 * (at / 6) ** 0.7 + rng.uniform(-7, 7))
        for at in range(7)
    ]
    right = [
        (360 - at * 38 + rng.uniform(-9, 9), 190 - 178 * (at / 6) ** 0.8 + rng.uniform(-7, 7))
        for at in range(7)
    ]
    drawn = polygon([*left, (-60, -8), (70, -10), *reversed(right)], rock)
    towers = [(-110, 30, 96), (-62, 40, 150), (-8, 54, 118), (48, 34, 196), (92, 36, 112)]
    for at, wide, full in towers:
        high = full * rng.uniform(0.9, 1.1)
        drawn += rect(at, -high, wide, high + 16, tone) + merlons(at, -high, wide, tone)
        if rng.random() < 0.7:
            drawn += polygon(
                [(at - 5, -high), (at + wide / 2, -high - wide * 1.5), (at + wide + 5, -high)],
                mix(tone, "#000000", 0.22),
            )
            top = -high - wide * 1.5
            drawn += polygon(
                [(at + wide / 2, top - 22), (at + wide / 2 + 20, top - 15), (at + wide / 2, top - 8)], tone
            )
            drawn += line((at + wide / 2, top), (at + wide / 2, top - 22), tone, 1.6)
        for _ in range(3):
            drawn += rect(
                at + rng.uniform(6, wide - 10),
                -high + rng.uniform(20, high - 10),
                4.4,
                9,
                light,
                f'opacity="{rng.uniform(0.4, 1):.2f}"',
            )
    return moved(drawn, x, y, scale)


def merlons(x: float, y: float, wide: float, tone: str) -> str:
    count = max(3, round(wide / 11))
    return "".join(
        rect(x + wide * (at + 0.15) / count, y - 6, wide / count * 0.55, 8, tone) for at in range(count)
    )


def graves(rng: Random, ground: Sequence[Point], tone: str) -> str:
    """Set leaning stones and crosses along a hill."""
    drawn = ""
    for at in range(9):
        x = 180 + at * 135 + rng.uniform(-40, 40)
        stone = (
            path("M-13 6 V-26 Q-13 -40 0 -40 Q13 -40 13 -26 V6 Z", tone)
            if rng.random() < 0.6
            else rect(-3.5, -52, 7, 58, tone) + rect(-16, -40, 32, 7, tone)
        )
        y = height_at(ground, min(x, WIDE - 1.0)) + rng.uniform(30, 70)
        drawn += f'<g transform="translate({x:.0f} {y:.0f}) rotate({rng.uniform(-9, 9):.0f})">{stone}</g>'
    return drawn


def pyramid(x: float, y: float, size: float, dark: str, lit: str, from_right: bool) -> str:
    """Draw a pyramid with one side in the light."""
    edge = x + size * (0.28 if from_right else -0.28)
    far = x + size if from_right else x - size
    return polygon([(x - size, y), (x, y - size * 0.95), (x + size, y)], dark) + polygon(
        [(edge, y), (x, y - size * 0.95), (far, y)], lit
    )


def boat(tone: str, sail: str) -> str:
    """Draw a sailing boat of about 150 whose water line is at (0, 0)."""
    hull = path("M-62 -16 H66 Q58 6 40 10 H-40 Q-56 4 -62 -16 Z", tone)
    mast = line((0, -14), (2, -150), tone, 3.2)
    sails = path("M7 -146 Q58 -92 54 -30 H7 Z", sail) + path(
        "M-3 -132 Q-34 -76 -46 -28 H-3 Z", mix(sail, tone, 0.22)
    )
    return hull + mast + sails + line((2, -150), (16, -158), tone, 2)


def rowing_boat(tone: str) -> str:
    """Draw a small open boat."""
    return path("M-58 -14 Q0 0 60 -16 Q50 8 30 9 H-30 Q-50 6 -58 -14 Z", tone) + line(
        (-8, -8), (-62, 14), tone, 2.4
    )


def lighthouse(x: float, y: float, scale: float, tone: str, pale: str, light: str, *, lit: bool) -> str:
    """Draw a banded lighthouse; its beam when it is lit."""
    drawn = ""
    if lit:
        for way, reach in ((-1, 900), (1, 620)):
            drawn += polygon([(0, -214), (way * reach, -300), (way * reach, -120)], f"url(#beam{way})")
        drawn += faded(circle(0, -214, 150, "url(#lamp)"), 0.95)
    drawn += polygon([(-31, 4), (-19, -190), (19, -190), (31, 4)], pale)
    for low, high in ((0.18, 0.36), (0.54, 0.72)):
        near, far = 31 - 12 * low, 31 - 12 * high
        drawn += polygon(
            [(-near, -190 * low), (-far, -190 * high), (far, -190 * high), (near, -190 * low)],
            mix(tone, "#a8382b", 0.45),
        )
    drawn += polygon([(4, 4), (4, -190), (19, -190), (31, 4)], tone, 'opacity="0.35"')
    drawn += rect(-25, -198, 50, 9, tone) + rect(-13, -228, 26, 30, light if lit else mix(pale, tone, 0.5))
    drawn += path("M-17 -228 Q0 -256 17 -228 Z", tone) + line((0, -244), (0, -258), tone, 2)
    drawn += line((-13, -213), (13, -213), tone, 1.6) + line((0, -228), (0, -198), tone, 1.6)
    return moved(drawn + path("M-7 4 V-20 Q0 -28 7 -20 V4 Z", tone), x, y, scale)


def lamppost(x: float, y: float, scale: float, tone: str, light: str, *, lit: bool) -> str:
    """Draw a street lamp of about 250."""
    glow = faded(circle(0, -236, 190, "url(#lamp)"), 0.85) if lit else ""
    post = polygon([(-7, 0), (-3.4, -30), (-2.4, -212), (2.4, -212), (3.4, -30), (7, 0)], tone) + rect(
        -9, -6, 18, 7, tone
    )
    lamp = polygon(
        [(-9, -218), (-14, -250), (14, -250), (9, -218)], light if lit else mix(tone, "#ffffff", 0.3)
    )
    cap = polygon([(-17, -250), (0, -266), (17, -250)], tone) + rect(-10, -219, 20, 6, tone)
    return moved(glow + post + lamp + cap + stroke("M-18 -196 H18", tone, 3), x, y, scale)
