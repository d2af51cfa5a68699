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
WORN = {
    "trenchcoat trench-coat raincoat detective inspector": "#9a8258",
    "astronaut cosmonaut spacesuit": "#d5dae2",
    "knight": "#8d949e",
    "monk": "#5d4632",
    "nun widow priest": "#26262c",
    "wizard": "#3d3f78",
    "bedouin": "#d8cdb6",
}
SKINS = ("#e3b08b", "#c98f6b", "#a8714c", "#7d4e33", "#efc5a4")
HAIRS = ("#2a1d18", "#4b2f1f", "#7a4a26", "#b08440", "#1c1a20")
HAIR = "hair haired curls plait plaits braid beard moustache"
LOCKS = {
    "black": "#1c1a20", "dark": "#2a1d18", "brown": "#4b2f1f", "chestnut": "#6a3b1f", "red": "#8f3f1c",
    "auburn": "#7a3a20", "fair": "#c79a52", "blonde": "#c79a52", "blond": "#c79a52", "golden": "#c79a52",
    "grey": "#a9a7a2", "gray": "#a9a7a2", "silver": "#c4c4c4", "white": "#dedbd4", "iron-grey": "#8d8c89",
}  # fmt: skip
COATS = ("#8f3b2e", "#2f5d6e", "#7a6a3a", "#5a3f6b", "#35604a", "#a06a35", "#3f4a78", "#7d3550")
WOMAN = "woman girl she her lady queen princess mother sister daughter wife widow witch aunt grandmother nun waitress"
MAN = "knight fisherman postman farmer conductor soldier man boy he his him king prince father brother son husband"
MAN += " monk uncle grandfather wizard gentleman sailor"
CHILD = "child boy girl kid toddler"
STOUT, SLIM = "stout fat heavy burly broad plump round", "thin slim gaunt spare slight lean"
UNIFORM = "uniform overalls knight astronaut cosmonaut spacesuit soldier"
OLD = "sixty seventy eighty ninety old elderly aged ancient grandmother grandfather widow wizened stooped"
LONG = (
    "coat overcoat trench-coat trenchcoat raincoat detective inspector robe professor doctor keeper captain"
)
CLOAKED = "habit cloak cloaked cape hooded hood wizard witch monk nun priest druid ghost robe robes"
HATS = {
    "fedora": "fedora detective hat gangster inspector journalist reporter",
    "top": "top-hat tophat magician gentleman banker",
    "cap": "cap sailor captain fisherman postman boy driver keeper conductor soldier newsboy",
    "hood": "hood hooded cloak cloaked monk nun druid thief wanderer",
    "pointed": "wizard witch sorcerer sorceress mage",
    "crown": "king queen prince princess crown",
    "helm": "knight",
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
    skin: str
    locks: str

    def tones(self, dark: str, share: float) -> "Tones":
        """Return the colours to draw with, so far from the dark as the light allows."""
        coat, skin, locks = (mix(dark, tone, share) for tone in (self.coat, self.skin, self.locks))
        return Tones(dark, coat, skin, locks)


@dataclass(frozen=True)
class Tones:
    """The colours of a figure in its light."""

    dark: str
    coat: str
    skin: str
    locks: str


def features_of(description: str) -> Features:
    """Return what a description says of a figure, and invent the rest of it, always alike."""
    said = _WORD.findall(description.lower())
    words = set(said)
    rng = Random(int.from_bytes(sha256(description.strip().lower().encode()).digest()[:8], "big"))
    woman = says(words, WOMAN) or (not says(words, MAN) and rng.random() < 0.5)
    hat = "" if woman or rng.random() < 0.6 else rng.choice(("fedora", "cap"))
    hair = rng.choice(("long", "bun", "long", "bob") if woman else ("short", "short", "beard"))
    return Features(
        tall=height(words, woman) * rng.uniform(0.96, 1.05),
        wide=1.18 if says(words, STOUT) else 0.9 if says(words, SLIM) else 1.0,
        dress=dressed(words, rng, woman),
        hat=first(words, HATS) or hat,
        hair="beard" if says(words, "beard bearded") else "short" if says(words, "cropped bald") else hair,
        carries=first(words, CARRIED),
        coat=coloured(said, words) or rng.choice(COATS),
        skin=rng.choice(SKINS),
        locks=hair_colour(said) or ("#c9c6c0" if says(words, OLD) else rng.choice(HAIRS)),
    )


def height(words: set[str], woman: bool) -> float:
    tall = 0.64 if says(words, CHILD) else 0.93 if woman or says(words, OLD) else 1.0
    return tall * (
        1.08 if says(words, "tall lanky giant") else 0.9 if says(words, "short small tiny") else 1.0
    )


def dressed(words: set[str], rng: Random, woman: bool) -> str:
    chance = rng.random()
    for dress, known in (
        ("jacket", UNIFORM),
        ("cloak", CLOAKED),
        ("gown", "dress gown skirt"),
        ("coat", LONG),
    ):
        if says(words, known):
            return dress
    return "gown" if woman and chance < 0.6 else ("coat", "jacket")[chance < 0.5]


def coloured(said: list[str], words: set[str]) -> str:
    """Return the colour of somebody's clothes: the first that is not of hair or eyes."""
    for place, word in enumerate(said):
        if word in NAMED and not says(set(said[place + 1 : place + 3]), f"{HAIR} eyes eyed"):
            return NAMED[word]
    return next((tone for known, tone in WORN.items() if says(words, known)), "")


def hair_colour(said: list[str]) -> str:
    for place, word in enumerate(said):
        if word in LOCKS and says(set(said[place + 1 : place + 3]), HAIR):
            return LOCKS[word]
    return ""


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
    tones = features.tones(dark, 0.66 if bright else 0.4)
    rim = mix(c.lamp if look.scene.indoors else c.light, tones.coat, 0.25)
    side = 1.0 if (look.x > x) != flipped else -1.0
    walking = look.rng.random() < 0.4 and not look.scene.indoors
    edge = moved(figure(features, Tones(rim, rim, rim, rim), walking), side * 0.9, -0.5)
    shadow = ellipse(0, 0, 24, 3.4, "url(#shadow)")
    drawn = shadow + edge + figure(features, tones, walking)
    return moved(drawn + carried(features, look, tones), x, y, scale, flipped=flipped)


def figure(features: Features, tones: Tones, walking: bool) -> str:
    """Draw a person of height 100 who stands on (0, 0)."""
    behind = ""
    if features.hair == "long" and features.hat not in ("hood", "helm", "helmet"):
        behind = path(
            "M-6 -94 Q-6.5 -100 0 -100 Q6.5 -100 6 -94 L8.5 -75 Q4 -71 0 -73 Q-4 -71 -8.5 -75 Z", tones.locks
        )
    parts = [behind, legs(features, tones.dark, walking), trunk(features, tones), head(features, tones)]
    return "".join(parts)


def legs(features: Features, dark: str, walking: bool) -> str:
    if features.dress in ("gown", "cloak"):
        return rect(-5, -4, 4, 4, dark) + rect(1.5, -4, 4, 4, dark)
    if walking:
        return path(
            "M-6 -48 L2 -48 L-6 -24 L-11 -1 H-17 L-12 -24 Z M-2 -48 L7 -48 L9 -24 L13 0 H7 L3 -22 Z", dark
        )
    return path("M-7 -48 H0 L-1 -2 L-8 0 L-9 -2 L-6 -4 Z M0 -48 H7 L6 -4 L10 -2 L9 0 H2 Z", dark)


def trunk(features: Features, tones: Tones) -> str:
    w, dark, coat = features.wide, tones.dark, tones.coat
    shapes = {
        "gown": f"M{-7.5 * w} -80 Q0 -84 {7.5 * w} -80 L{6 * w} -58 Q{11 * w} -28 {18 * w} -3 "
        f"Q0 2 {-18 * w} -3 Q{-11 * w} -28 {-6 * w} -58 Z",
        "cloak": f"M{-5 * w} -84 Q0 -87 {5 * w} -84 C{17 * w} -72 {17 * w} -30 {19 * w} -3 Q0 3 {-19 * w} -3 "
        f"C{-17 * w} -30 {-17 * w} -72 {-5 * w} -84 Z",
        "coat": (
            f"M{-9 * w} -80 Q0 -85 {9 * w} -80 L{9.5 * w} -56 L{13.5 * w} -19 Q0 -15 {-13.5 * w} "
            f"-19 L{-9.5 * w} -56 Z"
        ),
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
        drawn += ellipse(-12 * w, -43, 2.3, 2.6, tones.skin)
        drawn += ellipse(
            (15 if features.carries else 12) * w, -50 if features.carries else -43, 2.3, 2.6, tones.skin
        )
    if features.dress == "coat":
        drawn += stroke("M0 -78 V-20", mix(coat, dark, 0.7), 0.9)
        drawn += path("M-4 -82 L0 -72 L4 -82 L6.5 -79 L1 -66 L-1 -66 L-6.5 -79 Z", mix(coat, dark, 0.55))
    if features.dress == "gown":
        drawn += stroke(f"M{-6 * w} -58 H{6 * w}", mix(coat, dark, 0.7), 1.4)
    return drawn


def head(features: Features, tones: Tones) -> str:
    drawn = rect(-2.4, -88, 4.8, 8, mix(tones.skin, tones.dark, 0.2)) + ellipse(0, -92, 5, 6.3, tones.skin)
    cap = "M-5.4 -91 Q-6.8 -100 0 -100 Q6.8 -100 5.4 -91 Q4 -96.5 0 -96.5 Q-4 -96.5 -5.4 -91 Z"
    drawn += path(cap, tones.locks)
    if features.hair == "bun":
        drawn += ellipse(0, -101, 3.4, 3, tones.locks)
    elif features.hair == "bob":
        drawn += path(
            "M-5 -97 Q-8.4 -94 -6.8 -86 L-4.2 -86 L-4.4 -95 Z M5 -97 Q8.4 -94 6.8 -86 L4.2 -86 L4.4 -95 Z",
            tones.locks,
        )
    elif features.hair == "beard":
        drawn += path(
            "M-5 -92 Q-5 -81 0 -80 Q5 -81 5 -92 Q2.5 -88.5 0 -88.5 Q-2.5 -88.5 -5 -92 Z", tones.locks
        )
    return drawn + hat(features.hat, tones.dark, tones.coat)


def hat(kind: str, dark: str, coat: str) -> str:
    hats = {
        "fedora": ellipse(0, -96.5, 9.5, 1.7, dark)
        + path("M-5.6 -96.5 L-4.6 -102.5 Q-2 -104.5 0 -102.8 Q2 -104.5 4.6 -102.5 L5.6 -96.5 Z", dark),
        "top": ellipse(0, -96.5, 8, 1.4, dark) + rect(-4.8, -108, 9.6, 12, dark),
        "cap": path("M-5.8 -95.5 Q-6.5 -101 0 -101 Q6.5 -101 5.8 -95.5 L9.5 -95 L9 -94 L-5.8 -94.6 Z", dark),
        "hood": path("M-7.5 -84 Q-9.5 -101.5 0 -102.5 Q9.5 -101.5 7.5 -84 Q0 -80 -7.5 -84 Z", coat)
        + ellipse(0, -91, 4.4, 6, mix(dark, "#000000", 0.2)),
        "pointed": path("M-10.5 -95.5 Q0 -98.5 10.5 -95.5 L4 -98 L1.5 -117 L-4.5 -98 Z", dark),
        "helm": path("M-6.4 -86 V-95 Q-6 -101 0 -101 Q6 -101 6.4 -95 V-86 Z", coat)
        + line((-5, -92.5), (5, -92.5), dark, 1.4),
        "crown": path("M-5 -97 L-6 -104 L-3 -100.5 L0 -105 L3 -100.5 L6 -104 L5 -97 Z", "#c9a24a"),
        "helmet": ellipse(0, -92, 8.6, 9, coat) + ellipse(1.6, -92, 5.4, 5.4, mix(coat, "#ffffff", 0.45)),
    }
    return hats.get(kind, "")


def carried(features: Features, look: Look, tones: Tones) -> str:
    """Draw what the figure has in its hand."""
    x, dark = 15 * features.wide, tones.dark
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
        dome = (
            f"M{x - 21} -98 Q{x - 18} -117 {x - 2} -117 Q{x + 14} -117 {x + 17} -98 Q{x + 7} -101 "
            f"{x - 2} -98 Q{x - 11} -101 {x - 21} -98 Z"
        )
        return stroke(f"M{x} -52 L{x - 2} -114", dark, 1.3) + path(dome, mix(dark, tones.coat, 0.5))
    if features.carries == "sword":
        return line((x, -50), (x + 13, -14), mix(dark, "#ffffff", 0.45), 1.4) + line(
            (x - 1, -45), (x + 5, -48), dark, 1.8
        )
    if features.carries == "bag":
        return rect(x - 5, -44, 11, 13, mix(dark, "#6b4a2f", 0.5), 'rx="1.6"') + stroke(
            f"M{x - 2} -44 Q{x} -50 {x + 3} -44", dark, 1.2
        )
    return ""
