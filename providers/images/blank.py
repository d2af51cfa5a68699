"""No pictures: a server that draws none says so."""

from dataclasses import dataclass

from domain.errors import MediaFailed
from domain.media import Picture, PictureWanted


@dataclass(frozen=True)
class Blank:
    """A provider that draws nothing."""

    name: str = "none:"
    outside: bool = False
    batch: bool = False

    async def draw(self, wanted: list[PictureWanted]) -> list[Picture | MediaFailed]:
        """Return `MediaFailed` for each."""
        return [MediaFailed("this server draws no pictures") for _ in wanted]
