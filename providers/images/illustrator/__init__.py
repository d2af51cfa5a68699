"""Pictures without a network: illustrations composed from a scene's setting, time, weather, mood and people."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from domain.errors import MediaFailed
from domain.media import Picture, PictureWanted
from providers.bounds import here, place
from providers.images.illustrator import heavens, lands, rooms, towns, waters
from providers.images.illustrator.canvas import HIGH, WIDE, land, rolling, sheet
from providers.images.illustrator.figures import people
from providers.images.illustrator.look import Look, Stage, definitions, look_at, sky, weather
from providers.images.illustrator.palette import colours_of
from providers.images.illustrator.reading import read
from providers.images.illustrator.things import castle
from providers.programs import run_program

PROGRAM = Path(__file__).with_name("render_program.py")
SHAPES = {"16:9": (0, 0, WIDE, HIGH), "1:1": (336, 0, HIGH, HIGH), "9:16": (525, 0, 486, HIGH)}


def castle_on_a_hill(look: Look) -> Stage:
    """Draw the mountains with a castle, named or not."""
    stage = lands.mountains(look)
    if "castle" in look.scene.things:
        return stage
    ground = rolling(look.rng, 560, 10)
    tone = look.colours.at(0.5)
    keep = castle(look.rng, look.x, 540, 1.2, tone, look.colours.lamp) + land(ground, tone, 660)
    return Stage(keep + stage.behind, stage.x, stage.y, stage.tall, stage.before)


PLACES: dict[str, Callable[[Look], Stage]] = {
    "sea": waters.sea,
    "mountains": lands.mountains,
    "forest": lands.forest,
    "fields": lands.fields,
    "street": towns.street,
    "rooftops": towns.rooftops,
    "village": towns.village,
    "castle": castle_on_a_hill,
    "room": rooms.room,
    "hall": rooms.hall,
    "desert": lands.desert,
    "space": heavens.space,
}


@dataclass(frozen=True)
class Illustrator:
    """The illustrator: the same scene of the same story gives the same picture, and no two give one alike."""

    name: str = "offline:illustrator"
    outside: bool = False
    batch: bool = False

    async def draw(self, wanted: list[PictureWanted]) -> list[Picture | MediaFailed]:
        """Return a picture for each that is wanted."""
        return list(await asyncio.gather(*(self._draw_one(each) for each in wanted)))

    async def _draw_one(self, wanted: PictureWanted) -> Picture | MediaFailed:
        try:
            async with place(f"images {self.name}", here()):
                return await picture(wanted)
        except MediaFailed as error:
            return error


async def picture(wanted: PictureWanted) -> Picture:
    """Draw a picture as PNG. Raises `MediaFailed`."""
    started = time.monotonic()
    _, _, wide, high = SHAPES[wanted.aspect_ratio]
    composed = await asyncio.to_thread(svg, wanted)
    data = await run_program(PROGRAM, composed.encode(), str(wide), str(high), name="the illustrator")
    return Picture(data, "image/png", wide, high, time.monotonic() - started)


def svg(wanted: PictureWanted) -> str:
    """Compose a picture as SVG."""
    chance = number(str(wanted.seed), wanted.scene_id, wanted.title, wanted.setting, wanted.prompt)
    scene = read(wanted, chance=chance)
    look = look_at(scene, colours_of(scene, wanted.seed), Random(chance))
    stage = PLACES[scene.place](look)
    parts = [definitions(look), sky(look), stage.behind, people(look, stage), stage.before]
    parts += ["" if scene.indoors else weather(look), sheet("url(#vignette)")]
    x, y, wide, high = SHAPES[wanted.aspect_ratio]
    head = f'width="{wide}" height="{high}" viewBox="{x} {y} {wide} {high}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{"".join(parts)}</svg>'


def number(*parts: str) -> int:
    """Return a number that stands for texts, whichever process asks."""
    return int.from_bytes(sha256("\0".join(parts).encode()).digest()[:8], "big")
