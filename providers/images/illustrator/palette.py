"""The colours of a picture: a story's family of palettes, then the time of day, the mood and the weather."""

from dataclasses import dataclass, replace

from providers.images.illustrator.canvas import mix, toned
from providers.images.illustrator.reading import Scene


@dataclass(frozen=True)
class Colours:
    """Sky from top to horizon, the light in it, the darkest foreground, and the warm light of lamps and windows."""

    top: str
    middle: str
    low: str
    light: str
    near: str
    lamp: str = "#ffcf7a"

    def at(self, depth: float) -> str:
        """Return the colour of a layer: 0 lies at the horizon, in its haze, and 1 stands right here."""
        return mix(mix(self.low, self.middle, 0.45), self.near, depth**0.85)

    def lit(self, depth: float, share: float = 0.25) -> str:
        """Return the colour of such a layer where the light falls on it."""
        return mix(self.at(depth), self.light, share)


FAMILIES: tuple[dict[str, Colours], ...] = (
    {
        "dawn": Colours("#2b4a6f", "#9aa7b5", "#f6c89f", "#fff1d6", "#1d2b3a"),
        "day": Colours("#4f93b8", "#a9d0d6", "#f3ead2", "#fffbe8", "#1f3f49"),
        "dusk": Colours("#23304f", "#a0566a", "#f2a65e", "#ffe0a3", "#1c1a2b"),
        "night": Colours("#0b1526", "#1b3550", "#3f6b7d", "#f4e7b8", "#070d18"),
    },
    {
        "dawn": Colours("#4b3a6b", "#c98fa6", "#f9d3b4", "#fff0dd", "#2a2140"),
        "day": Colours("#6c8fc4", "#b9cbe3", "#f5e6e0", "#fffdf5", "#342f55"),
        "dusk": Colours("#2c1e45", "#b0456d", "#f7976b", "#ffd9a8", "#1d1330"),
        "night": Colours("#120e26", "#2c2350", "#5e4b82", "#f3dfe6", "#0b0818"),
    },
    {
        "dawn": Colours("#3c5148", "#a9b48f", "#f2d9a0", "#fff5d9", "#22301f"),
        "day": Colours("#6fa39a", "#c3d6b5", "#f4ecc9", "#fffce6", "#263c2b"),
        "dusk": Colours("#2a3a35", "#a8713f", "#eab253", "#ffe9b0", "#1b2118"),
        "night": Colours("#0a1614", "#1b3a34", "#4c7060", "#eee6b4", "#060d0b"),
    },
    {
        "dawn": Colours("#33427f", "#a79fc9", "#ffcfbf", "#fff3e6", "#232a52"),
        "day": Colours("#3f7fc1", "#9fcbea", "#fdf1dc", "#fffdf0", "#1f3e63"),
        "dusk": Colours("#1f2352", "#7d4b8c", "#ff8f6b", "#ffe2b5", "#171638"),
        "night": Colours("#0a0f2b", "#1e2a5e", "#4a62a0", "#f7ecd0", "#060818"),
    },
)


def colours_of(scene: Scene, seed: int) -> Colours:
    """Return the colours of a scene; stories with the same seed stay in one family."""
    chosen = FAMILIES[seed % len(FAMILIES)][scene.time]
    return weathered(moody(chosen, scene.mood), scene)


def moody(colours: Colours, mood: str) -> Colours:
    if mood == "eerie":
        return tinted(colours, "#41594c", 0.2, saturation=0.62)
    if mood == "sad":
        return tinted(colours, "#5b6b7d", 0.22, saturation=0.6)
    if mood == "tense":
        low = mix(colours.low, "#c2452d", 0.38)
        return replace(tinted(colours, "#2a1016", 0.12), low=low, near=toned(colours.near, light=0.8))
    if mood == "joyful":
        return replace(tinted(colours, "#ffe9b8", 0.1, saturation=1.12), near=toned(colours.near, light=1.12))
    return colours


def weathered(colours: Colours, scene: Scene) -> Colours:
    grey = toned(mix(colours.middle, colours.near, 0.25), saturation=0.45)
    share = {"rain": 0.42, "storm": 0.55, "fog": 0.3, "snow": 0.28, "cloudy": 0.16}.get(scene.weather, 0.0)
    if scene.weather in ("fog", "snow"):
        grey = mix(grey, "#e9edf0", 0.25 if scene.time == "night" else 0.6)
    top, middle, low = (mix(each, grey, share) for each in (colours.top, colours.middle, colours.low))
    return replace(colours, top=top, middle=middle, low=low)


def tinted(colours: Colours, tint: str, share: float, *, saturation: float = 1.0) -> Colours:
    parts = {
        name: toned(mix(getattr(colours, name), tint, share), saturation=saturation)
        for name in ("top", "middle", "low", "near")
    }
    return replace(colours, light=mix(colours.light, tint, share * 0.3), **parts)
