"""What a `langgraph.json` says about how long things are kept is done by the server that reads it."""

import asyncio
import json

from langgraph_sdk import get_client

from tests.database import address, new_database
from tests.e2e.langgraph.conftest import copy_config, running

BRIEF = {"default_ttl": 0.01, "sweep_interval_minutes": 0.005}
REMEMBERING = """
from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    word: list[str]


async def remember(state: State, runtime: Runtime) -> dict:
    await runtime.store.aput(("heard",), "word", {"word": state["word"]})
    return {}


graph = StateGraph(State).add_node(remember).add_edge(START, "remember").compile(name="remembering")
"""


async def test_threads_and_items_end_when_the_config_says_so(postgres, template, tmp_path):
    config = copy_config(tmp_path, remembering="./remembering.py:graph")
    (tmp_path / "remembering.py").write_text(REMEMBERING)
    told = json.loads(config.read_text()) | {"checkpointer": {"ttl": BRIEF}, "store": {"ttl": BRIEF}}
    config.write_text(json.dumps(told))
    with (
        new_database(postgres, template) as name,
        running(address(postgres, name), tmp_path, config) as url,
    ):
        async with get_client(url=url) as client:
            kept = await client.threads.create(ttl=1_000)
            brief = await client.threads.create()
            await client.store.put_item(["notes"], "one", {"text": "soon gone"})
            await client.store.put_item(["notes"], "two", {"text": "kept"}, ttl=1_000)
            await client.runs.wait(brief["thread_id"], "remembering", input={"word": ["fog"]})
            assert await client.store.get_item(["heard"], "word", refresh_ttl=False)

            async with asyncio.timeout(20):
                while (await client.threads.count()) > 1:
                    await asyncio.sleep(0.1)
                while (await client.store.search_items(["notes"], refresh_ttl=False))["items"][1:]:
                    await asyncio.sleep(0.1)
                while await client.store.get_item(["heard"], "word", refresh_ttl=False):
                    await asyncio.sleep(0.1)

            assert (await client.threads.get(kept["thread_id"]))["thread_id"] == kept["thread_id"]
            assert [item["key"] for item in (await client.store.search_items(["notes"]))["items"]] == ["two"]
