"""Where the Store keeps compiled stories, by version: what the graphs play is what the server was given."""

import asyncio

from langgraph.store.base import BaseStore

from providers.ink.compiler import compile_story, load_story
from providers.ink.errors import StoryInvalid, StoryNotKept
from providers.ink.story import InkStory

NAMESPACE = ("ink_stories",)


async def keep_source(store: BaseStore, source: str) -> InkStory:
    """Compile Ink source and keep it, unless its version is there. Raises `StoryInvalid` and `StoryStopped`."""
    story = await asyncio.to_thread(compile_story, source)
    if await store.aget(NAMESPACE, story.version) is None:
        await store.aput(NAMESPACE, story.version, {"text": story.text})
    return story


async def get_story(store: BaseStore, version: str) -> InkStory:
    """Return the story of this version. Raises `StoryNotKept`."""
    item = await store.aget(NAMESPACE, version)
    if item is None:
        raise StoryNotKept(f"there is no Ink story of version {version!r}")
    try:
        story = await asyncio.to_thread(load_story, str(item.value.get("text", "")))
    except StoryInvalid as error:
        raise StoryNotKept(f"what is kept as version {version!r} is no story: {error}") from error
    if story.version != version:
        raise StoryNotKept(f"what is kept as version {version!r} is another story")
    return story
