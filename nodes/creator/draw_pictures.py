"""Have pictures drawn."""

import asyncio
from contextlib import nullcontext
from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator_media import COVER, PictureTask, PictureWork
from domain.errors import MediaFailed, StoreFailed
from domain.media import GeneratedImage, Picture, PictureWanted
from domain.state import Json
from nodes.calls import tell
from nodes.creator.keeping import keep, kept, opened, tell_made
from providers import images
from providers.bounds import patience

ATTEMPTS = 2


async def draw_pictures(state: PictureTask, runtime: Runtime[Context]) -> dict[str, Any]:
    """Draw one picture, or many in one request; those that a batch leaves out are drawn singly.

    A picture that cannot be had is noted; what was made before is taken from the store.
    """
    context = Context.of(runtime)
    batch = await drawn_together(state["pictures"], context)
    made = await asyncio.gather(
        *(have(one, batch.get(one["base"]), state["bases"], runtime) for one in state["pictures"])
    )
    return {
        "assets": {key: asset for each in made for key, asset in each.get("assets", {}).items()},
        "failures": {key: told for each in made for key, told in each.get("failures", {}).items()},
    }


async def have(one: PictureWork, drawn: Picture | None, bases: list[str], runtime: Runtime[Context]) -> Json:
    """Return the update for one picture: as it was kept, as the batch drew it, or drawn singly."""
    context, wanted = Context.of(runtime), PictureWanted(**one["wanted"])
    kind = "cover" if wanted.scene_id == COVER else "picture"
    try:
        store = await opened()
        if not (about := await kept(store, one["base"])):
            picture = drawn or await drawn_singly(wanted, context)
            noted = image(one, wanted, picture, images.get(context.images).name)
            about = await keep(store, one["base"], picture.data, picture.media_type, noted)
        await tell_made(store, runtime, "picture", bases, wanted.scene_id)
    except (MediaFailed, StoreFailed) as error:
        tell(runtime, "media.failed", kind=kind, scene_id=wanted.scene_id, message=str(error))
        return {"failures": {f"{kind}:{wanted.scene_id}": str(error)}}
    asset = {"kind": kind, "scene_id": wanted.scene_id, "made_from": one["made_from"], "about": about}
    return {"assets": {about["key"]: asset}}


async def drawn_together(pictures: list[PictureWork], context: Context) -> dict[str, Picture]:
    """Return what one request for many pictures gives, by where each is kept; nothing for a single one."""
    store = await opened()
    missing = [one for one in pictures if not await kept(store, one["base"])]
    if len(missing) < 2:
        return {}
    wanted = [PictureWanted(**one["wanted"]) for one in missing]
    try:
        async with patience(context.image_seconds):
            drawn = await images.get(context.images).draw(wanted)
    except (MediaFailed, TimeoutError):
        return {}
    pairs = zip(missing, drawn, strict=False)
    return {one["base"]: picture for one, picture in pairs if isinstance(picture, Picture)}


async def drawn_singly(wanted: PictureWanted, context: Context) -> Picture:
    """Have one picture drawn, and once more if that fails; a service has its limit each time. Raises `MediaFailed`."""
    painter, failed = images.get(context.images), MediaFailed()
    for _ in range(ATTEMPTS):
        try:
            async with patience(context.image_seconds) if painter.outside else nullcontext():
                [drawn] = await painter.draw([wanted])
        except TimeoutError:
            drawn = MediaFailed(f"{painter.name} did not answer within {context.image_seconds:g} seconds")
        if isinstance(drawn, Picture):
            return drawn
        failed = drawn
    raise failed


def image(one: PictureWork, wanted: PictureWanted, picture: Picture, provider: str) -> Json:
    """Return what is noted of a picture; its key is put in when it is kept."""
    made = GeneratedImage(
        scene_id=wanted.scene_id,
        scene_number=one["scene_number"],
        key="",
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        prompt=wanted.prompt,
        style=wanted.style,
        alt=one["alt"],
        provider=provider,
        generation_time=picture.seconds,
    )
    return made.model_dump()
