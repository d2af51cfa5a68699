"""A thread stream whose run's process is killed, and read by another."""

import os
import signal
from uuid import uuid4

import httpx2
import psycopg
import pytest

from tests.database import address, new_database
from tests.e2e.langgraph.conftest import copy_config, running
from tests.e2e.langgraph.thread_events import command, ended, lifecycles, opened


def steps(events):
    return [node for each in events if each["method"] == "updates" for node in each["params"]["data"]]


@pytest.mark.req("D03")
async def test_after_a_kill_each_event_is_told_once_and_the_rest_by_a_further_attempt(
    postgres, template, tmp_path
):
    config, thread = copy_config(tmp_path), str(uuid4())
    with new_database(postgres, template) as name:
        database = address(postgres, name)
        with running(database, tmp_path, config) as first, running(database, tmp_path, config) as second:
            async with (
                httpx2.AsyncClient(base_url=first, timeout=30) as there,
                httpx2.AsyncClient(base_url=second, timeout=30) as here,
                opened(here, thread) as events,
            ):
                await command(there, thread, "run.start", assistant_id="long", input={"steps": []})
                await events.until(lambda seen: len(steps(seen)) == 3)
                with psycopg.connect(database) as conn:
                    [holder] = conn.execute("SELECT holder FROM runs").fetchone()
                os.kill(int(holder.split(":")[1]), signal.SIGKILL)
                await events.until(ended(), 60)
                async with opened(here, thread) as again:
                    await again.until(ended())

    assert steps(events.seen) == [f"step_{number}" for number in range(8)]
    assert lifecycles(events.seen) == ["running", "running", "completed"]
    ids = [(each["event_id"], each["seq"]) for each in events.seen]
    assert len(set(ids)) == len(ids) and ids == sorted(ids, key=lambda id: id[1])
    assert [(each["event_id"], each["seq"]) for each in again.seen] == ids
