"""`fabula serve` and `fabula worker`: stories outlive the processes that write them."""

import asyncio
import os
import signal
import socket

import httpx
import pytest

from tests.chat_server import free_port
from tests.e2e.conftest import ended

CHAPTER, STORY = "story/write_chapter", "/api/story-agent"


async def served(home, **extra):
    """Start a server and return its process and a client, once it answers."""
    port = free_port()
    process = await home.start("serve", "--port", str(port), **extra)
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)
    async with asyncio.timeout(40):
        while True:
            assert process.returncode is None, (await ended(process)).err
            try:
                if (await client.get("/health")).status_code == 200:
                    return process, client
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def finished(client, job_id):
    async with asyncio.timeout(40):
        while True:
            try:
                job = (await client.get(f"{STORY}/job/{job_id}")).json()
                if job["status"] in ("completed", "failed"):
                    return job
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


@pytest.mark.req("A37", "D02")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_story_whose_process_ends_is_finished_by_another(home, how):
    first, one = await served(home, TEST_HOLD="2")
    job_id = (await one.post(f"{STORY}/generate", json={"premise": "A keeper."})).json()["job_id"]
    await home.until("holding 2")
    second, two = await served(home)
    assert first.pid != second.pid
    os.kill(first.pid, how)
    await ended(first)

    job = await finished(two, job_id)
    assert job["status"] == "completed", job["error"]
    written = [call for call in home.log if call.startswith(CHAPTER)]
    assert written == [f"{CHAPTER} {number}" for number in (1, 2, 3)]
    assert home.log.count("story/plan") == 1
    await one.aclose()
    await two.aclose()


@pytest.mark.req("A43")
async def test_a_worker_writes_what_a_server_without_slots_accepts(home):
    _, client = await served(home, FABULA_STORY_SLOTS="0")
    job_id = (await client.post(f"{STORY}/generate", json={"premise": "A keeper.", "chapters": 2})).json()[
        "job_id"
    ]
    await asyncio.sleep(0.5)
    assert (await client.get(f"{STORY}/job/{job_id}")).json()["status"] == "pending"

    worker = await home.start("worker")
    assert (await finished(client, job_id))["status"] == "completed"
    os.kill(worker.pid, signal.SIGTERM)
    assert (await ended(worker)).code == 0
    await client.aclose()


async def test_a_server_that_others_can_reach_needs_a_key(home):
    refused = await home.run("serve", "--host", "0.0.0.0", "--port", str(free_port()))
    assert refused.code == 2
    assert "fabula keys create" in refused.err

    made = await home.run("keys", "create", "ann")
    assert made.out.startswith("fab_")
    assert (await home.run("credits", "grant", "ann", "7")).out == "ann has 7 credits\n"
    assert "ann" in (await home.run("keys", "list")).out
    _, client = await served(home)
    assert (await client.get("/credits")).status_code == 401
    key = {"X-Api-Key": made.out.strip()}
    assert (await client.get("/credits", headers=key)).json() == {"balance": 7, "charged": True}
    await client.aclose()


async def test_a_port_that_is_taken_is_refused_in_one_line(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = await home.run("serve", "--port", str(taken.getsockname()[1]))
    assert refused.code == 2
    assert "Address already in use" in refused.err
    assert "Serving" not in refused.out + refused.err


async def test_a_config_that_is_none_is_refused(home):
    (home.folder / "langgraph.json").write_text('{"graphs": {"x": "./nowhere.py:graph"}}')
    refused = await home.run("serve", "--config", "langgraph.json")
    assert refused.code == 2
    assert "--config: " in refused.err


async def test_a_story_can_be_written_by_a_server_and_read_here(home):
    _, client = await served(home)
    done = await home.run(
        "write", "A keeper.", "--chapters", "2", "--out", "book.epub", "--server", str(client.base_url)
    )

    assert done.code == 0, done.err
    order = [
        "The Fog Answers",
        "writing chapter 1 of 2",
        "Maren carries the salt",
        "writing chapter 2 of 2",
        "Quality report",
    ]
    assert [done.out.index(line) for line in order] == sorted(done.out.index(line) for line in order)
    assert all((home.folder / f"book.{suffix}").stat().st_size > 1_000 for suffix in ("epub", "md", "pdf"))
    nobody = await home.run("write", "A keeper.", "--server", f"http://127.0.0.1:{free_port()}")
    assert (nobody.code, "does not answer" in nobody.err) == (1, True)
    await client.aclose()


@pytest.mark.req("B62")
async def test_a_server_without_the_key_of_its_database_says_so_in_one_line(home, database_url):
    key = (await home.run("keys", "encryption")).out.strip()
    made = await home.run("keys", "create", "ann", DATABASE_URL=database_url, FABULA_ENCRYPTION_KEYS=key)
    assert made.code == 0, made.err

    for command in (["serve", "--port", str(free_port())], ["worker"]):
        refused = await home.run(*command, DATABASE_URL=database_url, FABULA_ENCRYPTION_KEYS="")
        assert refused.code == 1
        assert refused.err.startswith(
            "FABULA_ENCRYPTION_KEYS: this database holds what was encrypted with the key"
        )
        assert refused.err.count("\n") == 1
    bad = await home.run("worker", DATABASE_URL=database_url, FABULA_ENCRYPTION_KEYS=f"{key},{key[:20]}")
    assert bad.err.startswith("FABULA_ENCRYPTION_KEYS: key 2 is not 32 bytes in base64")
    assert key[:20] not in bad.err
