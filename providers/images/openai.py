"""Pictures by OpenAI's `/v1/images/generations` and every server that has it.

Read from the environment: `FABULA_IMAGES_URL` or `OPENAI_BASE_URL`, `OPENAI_API_KEY`.
"""

import asyncio
import binascii
import os
import time
from base64 import b64decode
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from domain.errors import MediaFailed
from domain.media import Picture, PictureWanted
from providers import fetch
from providers.bounds import place
from providers.images.checked import checked
from providers.images.service import DOWNLOAD, MOST_PICTURE, TIMEOUT
from providers.openai_media import connect, explained

# The sizes nearest to what is wanted that the models have.
SIZES = {
    "gpt-image": {"16:9": "1536x1024", "1:1": "1024x1024", "9:16": "1024x1536"},
    "dall-e-3": {"16:9": "1792x1024", "1:1": "1024x1024", "9:16": "1024x1792"},
    "dall-e-2": {"16:9": "1024x1024", "1:1": "1024x1024", "9:16": "1024x1024"},
}
LONGEST_PROMPT = {"gpt-image": 32_000, "dall-e-3": 4_000, "dall-e-2": 1_000}


@dataclass(frozen=True)
class OpenAIImages:
    """A picture model of OpenAI's API."""

    model: str
    timeout: float = TIMEOUT
    outside: bool = True
    batch: bool = False

    @property
    def name(self) -> str:
        """The provider and the model."""
        return f"openai:{self.model}"

    async def draw(self, wanted: list[PictureWanted]) -> list[Picture | MediaFailed]:
        """Return a picture, or why there is none, for each that is wanted."""
        return await asyncio.gather(*(self._draw_one(each) for each in wanted))

    async def _draw_one(self, wanted: PictureWanted) -> Picture | MediaFailed:
        try:
            async with place(f"images {self.name}"):
                started = time.monotonic()
                image = await self._ask(wanted)
                return await self._load(image, time.monotonic() - started)
        except MediaFailed as error:
            return error

    async def _ask(self, wanted: PictureWanted) -> Any:
        family = next((name for name in SIZES if self.model.startswith(name)), "gpt-image")
        prompt = f"{wanted.prompt}\n\nStyle: {wanted.style}" if wanted.style else wanted.prompt
        settings: dict[str, Any] = {"size": SIZES[family][wanted.aspect_ratio]}
        if family != "gpt-image":
            settings["response_format"] = "b64_json"
        async with explained(self.name, self.timeout), connect("FABULA_IMAGES_URL", self.timeout) as client:
            answer = await client.images.generate(
                model=self.model, prompt=prompt[: LONGEST_PROMPT[family]], n=1, **settings
            )
            return cast(Any, answer).data[0]

    async def _load(self, image: Any, seconds: float) -> Picture:
        if image.b64_json:
            return await asyncio.to_thread(decoded, image.b64_json, seconds)
        async with fetch.download(
            image.url or "", most=MOST_PICTURE, seconds=DOWNLOAD, service=self._service()
        ) as file:
            return await asyncio.to_thread(checked, file, seconds)

    def _service(self) -> str:
        return os.environ.get("FABULA_IMAGES_URL") or os.environ.get("OPENAI_BASE_URL", "")


def decoded(text: str, seconds: float) -> Picture:
    if len(text) > MOST_PICTURE * 4 // 3:
        raise MediaFailed(f"the picture has more than {MOST_PICTURE:,} bytes")
    try:
        return checked(BytesIO(b64decode(text, validate=True)), seconds)
    except binascii.Error as error:
        raise MediaFailed("the picture is no base64") from error
