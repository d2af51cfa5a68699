"""Prompts in the Store: they are put there, renewed, and kept when somebody edited them."""

import pytest
import pytest_asyncio

import prompts
from prompts import NAMESPACE, SHIPPED, PromptInvalid, hash_of
from server.db.checkpoints import store as store_of
from server.db.pool import open_pool

NAME = "story/plan"


@pytest_asyncio.fixture
async def store(database_url):
    async with open_pool(database_url) as pool:
        yield store_of(pool)


async def put(store, text):
    await store.aput(NAMESPACE, NAME, {"text": text, "hash": hash_of(text)})


@pytest.mark.req("A41")
async def test_missing_prompts_are_put_into_the_store(store):
    assert await prompts.install(store) == []

    for name, text in SHIPPED.items():
        assert (await store.aget(NAMESPACE, name)).value == {"text": text, "hash": hash_of(text)}


async def test_a_text_that_was_shipped_before_is_renewed(store, monkeypatch):
    old = SHIPPED[NAME].replace("Plan a story", "Plan a tale")
    monkeypatch.setattr(prompts, "shipped_hashes", lambda: {NAME: {hash_of(old), hash_of(SHIPPED[NAME])}})
    await put(store, old)

    await prompts.install(store)
    assert (await store.aget(NAMESPACE, NAME)).value["text"] == SHIPPED[NAME]


async def test_an_edited_prompt_is_kept_and_named(store):
    await put(store, SHIPPED[NAME].replace("Plan a story", "Plan a saga"))

    assert await prompts.install(store) == [NAME]
    assert "Plan a saga" in (await prompts.get(NAME, store)).render(request=REQUEST)[1].content


@pytest.mark.req("A40")
async def test_the_store_wins_at_once_and_the_file_stands_behind_it(store):
    await prompts.install(store)
    assert (await prompts.get(NAME, store)).hash == hash_of(SHIPPED[NAME])

    await put(store, SHIPPED[NAME].replace("Plan a story", "Plan a saga"))
    assert "Plan a saga" in (await prompts.get(NAME, store)).render(request=REQUEST)[1].content
    await store.adelete(NAMESPACE, NAME)
    assert "Plan a story" in (await prompts.get(NAME, store)).render(request=REQUEST)[1].content


async def test_an_unsound_text_in_the_store_is_named(store):
    await put(store, "no prompt at all")
    with pytest.raises(PromptInvalid, match="story/plan needs front matter"):
        await prompts.get(NAME, store)


async def test_a_name_without_a_prompt_is_an_error(store):
    with pytest.raises(PromptInvalid, match="there is no prompt 'story/nothing'"):
        await prompts.get("story/nothing", store)


REQUEST = {
    "premise": "A keeper.",
    "chapters": 3,
    "genre": "",
    "tone": "casual",
    "rating": "SFW",
    "characters": [],
    "structure": "",
}
