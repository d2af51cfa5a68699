"""Keeping what was made in the object store, so that it is never paid for twice."""

import asyncio
import json

from langgraph.runtime import Runtime

from domain.context import Context
from domain.errors import ObjectNotFound
from domain.state import Json
from nodes.calls import run_of, tell
from providers import objects
from providers.objects import Objects

ENDINGS = {"audio/mpeg": ".mp3", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


def folder_of(runtime: Runtime[Context], kind: str) -> str:
    """Return the folder that holds what a session has of a kind: `creator/<thread>/<kind>`."""
    info = runtime.execution_info
    return f"creator/{(info and info.thread_id) or run_of(runtime)}/{kind}"


async def opened() -> Objects:
    """Return the object store."""
    return await asyncio.to_thread(objects.get)


async def kept(store: Objects, base: str) -> Json | None:
    """Return what is noted of an object that was made before, or `None`."""
    try:
        noted: Json = json.loads(await store.read(f"{base}.json"))
    except ObjectNotFound:
        return None
    return noted


async def keep(store: Objects, base: str, data: bytes, media_type: str, about: Json) -> Json:
    """Keep an object, then the note that says it is whole; return the note."""
    noted = about | {"key": f"{base}{ENDINGS.get(media_type, '')}", "media_type": media_type}
    await store.put(noted["key"], data, media_type)
    await store.put(f"{base}.json", json.dumps(noted).encode(), "application/json")
    return noted


async def tell_made(
    store: Objects, runtime: Runtime[Context], kind: str, bases: list[str], scene_id: str
) -> None:
    """Say how many of the wanted objects are there, whichever process made them."""
    there = {key async for key in store.list(folder_of(runtime, kind))}
    done = sum(f"{base}.json" in there for base in bases)
    tell(runtime, "media.progress", kind=kind, scene_id=scene_id, done=done, of=len(bases))
