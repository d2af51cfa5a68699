"""A server that is stopped and started again, under a reader who does not notice."""

import asyncio

import pytest
from langgraph_sdk import get_client

from tests.chat_server import free_port
from tests.database import address, new_database
from tests.e2e.langgraph.conftest import copy_config, running


@pytest.mark.req("D03")
async def test_the_stock_client_reads_on_across_a_restart(postgres, template, tmp_path):
    port, config, seen = free_port(), copy_config(tmp_path), []
    with new_database(postgres, template) as name:
        database = address(postgres, name)
        server = running(database, tmp_path, config, port=port)
        url = server.__enter__()
        async with get_client(url=url) as client:
            thread = (await client.threads.create())["thread_id"]
            asked = {"input": {"steps": []}, "stream_mode": "updates", "stream_resumable": True}

            async def read() -> None:
                async for part in client.runs.stream(thread, "long", **asked):
                    seen.append(part)

            reading = asyncio.create_task(read())
            while len(seen) < 3:
                await asyncio.sleep(0.02)
            await asyncio.to_thread(server.__exit__, None, None, None)
            with running(database, tmp_path, config, port=port):
                async with asyncio.timeout(20):
                    await reading
                state = await client.threads.get_state(thread)

    steps = [node for part in seen if part.event == "updates" for node in part.data]
    assert steps == [f"step_{number}" for number in range(8)]
    assert state["values"]["steps"] == steps
    assert [part.data["attempt"] for part in seen if part.event == "metadata"] == [1, 2]
