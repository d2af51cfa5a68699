"""The image service: a prompt in, a link to its picture out; many prompts go in one request.

`FABULA_IMAGES_URL` is its address. A service that has no way for many is not asked again for an hour.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from domain.errors import MediaFailed
from domain.media import Picture, PictureWanted
from providers import fetch
from providers.bounds import place
from providers.images.checked import checked

TIMEOUT, DOWNLOAD = 180.0, 60.0
MOST_PICTURE = 20_000_000
STYLE = "realistic"
TTL = 3_600.0
NOT_THERE = (404, 405, 501)
# Until when a service is taken to draw one picture a request, by its address.
SINGLY: dict[str, float] = {}


class Drawn(BaseModel):
    """What the service answers for a picture."""

    image_url: str
    generation_time: float = 0.0


class Undrawn(BaseModel):
    """What it answers for one of many that it could not draw."""

    error: str


class Batch(BaseModel):
    """What it answers for many, in the order they were asked for."""

    images: list[Drawn | Undrawn]


@dataclass(frozen=True)
class ImageService:
    """The image service of the story creator."""

    url: str = field(default_factory=lambda: fetch.address("FABULA_IMAGES_URL"))
    timeout: float = TIMEOUT
    name: str = "service:"
    outside: bool = True

    @property
    def batch(self) -> bool:
        """Whether the service draws many in one request, as far as is known."""
        return SINGLY.get(self.url, 0.0) < time.monotonic()

    async def draw(self, wanted: list[PictureWanted]) -> list[Picture | MediaFailed]:
        """Return a picture, or why there is none, for each that is wanted."""
        if len(wanted) > 1 and self.batch:
            try:
                drawn = await self._ask_batch(wanted)
                return await asyncio.gather(*(self._load(each) for each in drawn))
            except fetch.ServiceStatus as error:
                if error.status in NOT_THERE:
                    SINGLY[self.url] = time.monotonic() + TTL
            except ValidationError:
                pass
            except MediaFailed as error:
                return [error for _ in wanted]
        return await asyncio.gather(*(self._draw_one(each) for each in wanted))

    async def _ask_batch(self, wanted: list[PictureWanted]) -> list[Drawn | Undrawn]:
        body = {"requests": [request(each) for each in wanted]}
        async with place(f"images {self.name}"):
            said = await fetch.post_json(f"{self.url}/api/v1/generate/batch", body, seconds=self.timeout)
        drawn = Batch.model_validate(said).images
        if len(drawn) != len(wanted):
            raise fetch.ServiceStatus(f"{self.url} drew {len(drawn)} of {len(wanted)} pictures", 200)
        return drawn

    async def _draw_one(self, wanted: PictureWanted) -> Picture | MediaFailed:
        try:
            async with place(f"images {self.name}"):
                said = await fetch.post_json(
                    f"{self.url}/api/v1/generate", request(wanted), seconds=self.timeout
                )
            return await self._load(Drawn.model_validate(said))
        except MediaFailed as error:
            return error
        except ValidationError as error:
            return MediaFailed(f"the image service answered without image_url: {error.errors()[0]['msg']}")

    async def _load(self, drawn: Drawn | Undrawn) -> Picture | MediaFailed:
        if isinstance(drawn, Undrawn):
            return MediaFailed(f"the image service: {drawn.error[:200]}")
        try:
            async with (
                place(f"images {self.name} downloads"),
                fetch.download(
                    drawn.image_url, most=MOST_PICTURE, seconds=DOWNLOAD, service=self.url
                ) as file,
            ):
                return await asyncio.to_thread(checked, file, drawn.generation_time)
        except MediaFailed as error:
            return error


def request(wanted: PictureWanted) -> dict[str, Any]:
    """Return the request for one picture."""
    return {
        "prompt": wanted.prompt,
        "style": wanted.style or STYLE,
        "aspect_ratio": wanted.aspect_ratio,
        "metadata": {"scene_id": wanted.scene_id},
    }
