"""The people of a picture as silhouettes. The same description gives the same figure in every scene."""

import re
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from providers.images.illustrator.canvas import ellipse, faded, line, mix, moved, path, rect, stroke
from providers.images.illustrator.look import Look, Stage

NAMED = {
    "red": "#b5352c", "scarlet": "#b5352c", "crimson": "#9c2334", "green": "#3c7a4b", "emerald": "#2f8058",
    "blue": "#2f5ea8", "navy": "#24406e", "yellow": "#dcae35", "golden": "#d9a63a", "orange": "#d9722e",
    "purple": "#6c3f8f", "violet": "#6c3f8f", "white": "#e8e4da", "grey": "#82868c", "gray": "#82868c",
    "brown": "#7a5233", "black": "#1b1b20", "pink": "#d47a94", "teal": "#2b7f80", "silver": "#aeb6bd",
}  # fmt: skip
COATS = ("#8f3b2e", "#2f5d6e", "#7a6a3a", "#5a3f6b", "#35604a", "#a06a35", "#3f4a78", "#7d3550")
WOMAN = "woman girl she her lady queen princess mother sister daughter wife widow witch aunt grandmother nun waitress"
MAN = (
    "man boy he his him king prince father brother son husband monk uncle grandfather wizard gentleman sailor"
)
CHILD = "child boy girl kid toddler young little daughter son"
OLD = "old elderly aged ancient grandmother grandfather widow wizened stooped"
LONG = (
    "coat overcoat trench-coat trenchcoat raincoat detective inspector robe professor doctor keeper captain"
)
CLOAKED = "cloak cloaked cape hooded hood wizard witch monk nun priest druid ghost robe robes"
HATS = {
    "fedora": "fedora detective hat gangster inspector journalist reporter",
    "top": "top-hat tophat magician gentleman banker",
    "cap": "cap sailor captain fisherman postman boy driver keeper conductor soldier newsboy",
    "hood": "hood hooded cloak cloaked monk nun druid thief wanderer",
    "pointed": "wizard witch sorcerer sorceress mage",
    "crown": "king queen prince princess crown",
    "helmet": "astronaut cosmonaut spacesuit pilot diver",
}
CARRIED = {
    "staff": "staff stick cane wizard shepherd stooped old elderly pilgrim",
    "lantern": "lantern keeper lamp watchman miner",
    "umbrella": "umbrella",
    "sword": "sword knight warrior swordsman",
    "bag": "bag suitcase doctor traveller satchel courier postman backpack",
}
_WORD = re.compile(r"[a-z-]+")


@dataclass(frozen=True)
class Features:
    """What a figure looks like. `tall` is a share of a grown person."""

    tall: float
    wide: float
    dress: str
    hat: str
    hair: str
    carries: str
    coat: str


def features_of(description: str) -> Features:
    """Return what a description says of a figure, and invent the rest of it, always alike."""
    words = set(_WORD.findall(description.lower()))
    rng = Random(int.from_bytes(sha256(description.strip().lower().encode()).digest()[:8], "big"))
    invented = Random(rng.random())
    child = bool(words & (set(CHILD.split()) - {"young", "daughter", "son"}))
    woman = says(words, WOMAN) or (not says(words, MAN) and invented.random() < 0.5)
    dress = "cloak" if says(words, CLOAKED) else "coat" if says(words, LONG) else ""
    dress = dress or ("gown" if woman and invented.random() < 0.6 else invented.choice(("coat", "jacket")))
    coat = next((NAMED[word] for word in _WORD.findall(description.lower()) if word in NAMED), "")
    hat = first(words, HATS) or (
        "" if invented.random() < 0.6 or woman else invented.choice(("fedora", "cap"))
    )
    hair = invented.choice(("long", "bun", "long", "bob") if woman else ("short", "short", "beard"))
    if says(words, "beard bearded"):
        hair = "beard"
    tall = (
        (0.64 if child else 1.0) * (0.93 if woman or says(words, OLD) else 1.0) * invented.uniform(0.96, 1.05)
    )
    tall *= 1.08 if says(words, "tall lanky giant") else 0.9 if says(words, "short small tiny") else 1.0
    wide = (
        1.18
        if says(words, "stout fat heavy burly broad plump")
        else 0.9
        if says(words, "thin slim gaunt")
        else 1.0
    )
    return Features(tall, wide, dress, hat, hair, first(words, CARRIED), coat or invented.choice(COATS))


def says(words: set[str], known: str) -> bool:
    return bool(words & set(known.split()))


def first(words: set[str], kinds: dict[str, str]) -> str:
    return next((kind for kind, known in kinds.items() if says(words, known)), "")


def people(look: Look, stage: Stage) -> str:
    """Draw the scene's people where the stage has room for them, with the light on their edge."""
    count = len(look.scene.people)
    if not count:
        return ""
    step = stage.tall * look.rng.uniform(0.5, 0.62)
    places = [stage.x + (index - (count - 1) / 2) * step for index in range(count)]
    drawn = ""
    for description, x in zip(look.scene.people, places, strict=True):
        y = stage.y + look.rng.uniform(-4, 8)
        drawn += person(look, features_of(description), x, y, stage.tall, x < stage.x or count == 1)
    return drawn


def person(look: Look, features: Features, x: float, y: float, tall: float, flipped: bool) -> str:
    c, scale = look.colours, tall * features.tall / 100
    dark = mix(c.near, "#000000", 0.18)
    bright = look.scene.indoors or look.scene.time == "day"
    coat = mix(dark, features.coat, 0.62 if bright else 0.42)
    rim = mix(c.lamp if look.scene.indoors else c.light, coat, 0.25)
    side = 1.0 if look.x > x else -1.0
    side = -side if flipped else side
    walking = look.rng.random() < 0.4 and not look.scene.indoors
    edge = moved(figure(features, rim, rim, walking), side * 0.9, -0.5)
    shadow = faded(f'<g filter="url(#soft)">{ellipse(0, 0, 19, 2.6, mix(dark, "#000000", 0.5))}</g>', 0.55)
    drawn = shadow + edge + figure(features, dark, coat, walking)
    return moved(drawn + carried(features, look, dark), x, y, scale, flipped=flipped)


def figure(features: Features, dark: str, coat: str, walking: bool) -> str:
    """Draw a person of height 100 who stands on (0, 0)."""
    w = features.wide
    parts = [legs(features, dark, walking), trunk(features, dark, coat, w), head(features, dark, coat)]
    return "".join(parts)


def legs(features: Features, dark: str, walking: bool) -> str:
    if features.dress in ("gown", "cloak"):
        return rect(-5, -4, 4, 4, dark) + rect(1.5, -4, 4, 4, dark)
    if walking:
        return path(
            "M-6 -48 L2 -48 L-6 -24 L-11 -1 H-17 L-12 -24 Z M-2 -48 L7 -48 L9 -24 L13 0 H7 L3 -22 Z", dark
        )
    return path("M-7 -48 H0 L-1 -2 L-8 0 L-9 -2 L-6 -4 Z M0 -48 H7 L6 -4 L10 -2 L9 0 H2 Z", dark)


def trunk(features: Features, dark: str, coat: str, w: float) -> str:
    shapes = {
        "gown": f"M{-7.5 * w} -80 Q0 -84 {7.5 * w} -80 L{6 * w} -58 Q{11 * w} -28 {18 * w} -3 Q0 2 {-18 * w} -3 "
        f"Q{-11 * w} -28 {-6 * w} -58 Z",
        "cloak": f"M{-5 * w} -84 Q0 -87 {5 * w} -84 C{17 * w} -72 {17 * w} -30 {19 * w} -3 Q0 3 {-19 * w} -3 "
        f"C{-17 * w} -30 {-17 * w} -72 {-5 * w} -84 Z",
        "coat": f"M{-9 * w} -80 Q0 -85 {9 * w} -80 L{9.5 * w} -56 L{13.5 * w} -19 Q0 -15 {-13.5 * w} -19 L{-9.5 * w} -56 Z",
        "jacket": f"M{-9.5 * w} -80 Q0 -85 {9.5 * w} -80 L{9 * w} -44 Q0 -41 {-9 * w} -44 Z",
    }
    drawn = path(shapes[features.dress], coat)
    if features.dress != "cloak":
        drawn += stroke(f"M{-8.5 * w} -77 Q{-13 * w} -64 {-12 * w} -46", coat, 5.2)
        arm = (
            f"M{8.5 * w} -77 Q{14 * w} -66 {15 * w} -52"
            if features.carries
            else f"M{8.5 * w} -77 Q{13 * w} -64 {12 * w} -46"
        )
        drawn += stroke(arm, coat, 5.2)
    if features.dress == "coat":
        drawn += stroke("M0 -78 V-20", mix(coat, dark, 0.7), 0.9)
        drawn += path("M-4 -82 L0 -72 L4 -82 L6.5 -79 L1 -66 L-1 -66 L-6.5 -79 Z", mix(coat, dark, 0.55))
    if features.dress == "gown":
        drawn += stroke(f"M{-6 * w} -58 H{6 * w}", mix(coat, dark, 0.7), 1.4)
    return drawn


def head(features: Features, dark: str, coat: str) -> str:
    drawn = rect(-2.4, -87, 4.8, 7, dark) + ellipse(0, -92, 5, 6.3, dark)
    if features.hair == "long":
        drawn += path(
            "M-5.8 -93 Q-6 -99.5 0 -99.5 Q6 -99.5 5.8 -93 L7.5 -76 Q3 -73 0 -75 Q-3 -73 -7.5 -76 Z", dark
        )
    elif features.hair == "bun":
        drawn += ellipse(0, -95, 5.6, 5.2, dark) + ellipse(-4.5, -98.5, 3.2, 3, dark)
    elif features.hair == "bob":
        drawn += path("M-6.4 -86 Q-7.5 -99.5 0 -99.5 Q7.5 -99.5 6.4 -86 Z", dark)
    elif features.hair == "beard":
        drawn += path("M-4.6 -90 Q-4 -80 0 -79 Q4 -80 4.6 -90 Z", dark)
    return drawn + hat(features.hat, dark, coat)


def hat(kind: str, dark: str, coat: str) -> str:
    hats = {
        "fedora": ellipse(0, -96.5, 9.5, 1.7, dark)
        + path("M-5.6 -96.5 L-4.6 -102.5 Q-2 -104.5 0 -102.8 Q2 -104.5 4.6 -102.5 L5.6 -96.5 Z", dark),
        "top": ellipse(0, -96.5, 8, 1.4, dark) + rect(-4.8, -108, 9.6, 12, dark),
        "cap": path("M-5.8 -95.5 Q-6.5 -101 0 -101 Q6.5 -101 5.8 -95.5 L9.5 -95 L9 -94 L-5.8 -94.6 Z", dark),
        "hood": path("M-7.5 -84 Q-9.5 -100.5 0 -101.5 Q9.5 -100.5 7.5 -84 Q0 -80 -7.5 -84 Z", coat),
        "pointed": path("M-10.5 -95.5 Q0 -98.5 10.5 -95.5 L4 -98 L1.5 -117 L-4.5 -98 Z", dark),
        "crown": path("M-5 -97 L-6 -104 L-3 -100.5 L0 -105 L3 -100.5 L6 -104 L5 -97 Z", "#c9a24a"),
        "helmet": ellipse(0, -92, 8.6, 9, coat) + ellipse(1.6, -92, 5.4, 5.4, mix(coat, "#ffffff", 0.45)),
    }
    return hats.get(kind, "")


def carried(features: Features, look: Look, dark: str) -> str:
    """Draw what the figure has in its hand."""
    x = 15 * features.wide
    if features.carries == "staff":
        return line((x + 2, -68), (x + 4, 0), dark, 1.6)
    if features.carries == "lantern":
        light = faded(ellipse(x, -42, 30, 30, "url(#lamp)"), 0.9)
        return (
            light
            + stroke(f"M{x} -52 V-46", dark, 1)
            + rect(x - 2.6, -46, 5.2, 8, look.colours.lamp)
            + rect(x - 3.2, -47, 6.4, 1.6, dark)
        )
    if features.carries == "umbrella":
        dome = f"M{x - 21} -98 Q{x - 18} -117 {x - 2} -117 Q{x + 14} -117 {x + 17} -98 Q{x + 7} -101 {x - 2} -98 Q{x - 11} -101 {x - 21} -98 Z"
        return stroke(f"M{x} -52 L{x - 2} -114", dark, 1.3) + path(dome, mix(dark, features.coat, 0.25))
    if features.carries == "sword":
        return line((x, -50), (x + 13, -14), mix(dark, "#ffffff", 0.45), 1.4) + line(
            (x - 1, -45), (x + 5, -48), dark, 1.8
        )
    if features.carries == "bag":
        return rect(x - 5, -44, 11, 13, mix(dark, "#6b4a2f", 0.5), 'rx="1.6"') + stroke(
            f"M{x - 2} -44 Q{x} -50 {x + 3} -44", dark, 1.2
        )
    return ""
