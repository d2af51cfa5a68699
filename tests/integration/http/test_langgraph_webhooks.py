"""Webhooks: told at least once that a run has ended, and never a way into the server's own network."""

import asyncio
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psycopg
import pytest

from server.settings import Settings

RUN = {"assistant_id": "echo", "input": {"words": ["hello"]}}


class Receiver:
    """A server elsewhere; `answers` are the statuses that it gives, one a call, then 200."""

    def __init__(self):
        self.answers, self.calls = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.calls.append((self.path, self.headers, json.loads(body)))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/told?by=fabula"
        Thread(target=self.server.serve_forever, daemon=True).start()

    async def until(self, count):
        async with asyncio.timeout(15):
            while len(self.calls) < count:
                await asyncio.sleep(0.02)
        return self.calls


@pytest.fixture
def receiver(monkeypatch):
    receiver = Receiver()
    monkeypatch.setenv("FABULA_TRUSTED_HOSTS", receiver.host)
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def settings():
    return Settings(webhook_pause=0.05)


async def start(api, **given):
    thread = (await api.post("/threads", json={})).json()["thread_id"]
    answer = await api.post(f"/threads/{thread}/runs", json=RUN | given)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def left(url):
    async with await psycopg.AsyncConnection.connect(url) as conn:
        return (await (await conn.execute("SELECT count(*) FROM webhooks")).fetchone())[0]


async def until_none_is_left(url):
    async with asyncio.timeout(15):
        while await left(url):
            await asyncio.sleep(0.02)


async def test_a_run_that_has_ended_is_told_with_its_values(api, receiver, database_url):
    run = await start(api, webhook=receiver.url, metadata={"of": "ann"})
    [(path, headers, body)] = await receiver.until(1)

    assert path == "/told?by=fabula" and headers["host"] == receiver.host
    assert (body["run_id"], body["thread_id"]) == (run["run_id"], run["thread_id"])
    assert body["status"] == "success" and body["values"] == {"words": ["hello", "heard"]}
    assert body["metadata"]["of"] == "ann" and body["webhook_sent_at"] and body["error"] is None
    await until_none_is_left(database_url)
    assert len(receiver.calls) == 1


async def test_a_run_that_fails_is_told_with_its_error(api, receiver):
    await start(api, webhook=receiver.url, input={"words": 1})
    [(_, _, body)] = await receiver.until(1)

    assert body["status"] == "error" and body["error"]["error"] and body["error"]["message"]


async def test_a_call_that_fails_is_repeated_and_given_up_in_the_end(api, receiver, database_url):
    receiver.answers = [500, 503, 404]
    await start(api, webhook=receiver.url)
    await receiver.until(4)
    await until_none_is_left(database_url)
    assert len(receiver.calls) == 4

    receiver.answers = [500] * 20
    await start(api, webhook=receiver.url)
    await receiver.until(9)
    await until_none_is_left(database_url)
    assert len(receiver.calls) == 4 + 5


async def test_a_redirect_is_not_followed(api, receiver, database_url):
    receiver.answers = [302] * 5
    await start(api, webhook=receiver.url)
    await until_none_is_left(database_url)

    assert {path for path, _, _ in receiver.calls} == {"/told?by=fabula"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/hook",
        "http://localhost/hook",
        "http://[::1]/hook",
        "http://[::ffff:10.0.0.1]/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://10.1.2.3/hook",
        "http://0x7f000001/hook",
        "https://ann:secret@93.184.216.34/hook",
        "ftp://93.184.216.34/hook",
        "file:///etc/passwd",
        "/threads",
        "",
        "http://" + "a" * 3_000,
        5,
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_and_no_run_is_made(api, url):
    thread = (await api.post("/threads", json={})).json()["thread_id"]

    answer = await api.post(f"/threads/{thread}/runs", json=RUN | {"webhook": url})

    assert answer.status_code == 422 and "webhook" in answer.json()["detail"]
    assert (await api.get(f"/threads/{thread}/runs")).json() == []


async def test_a_host_that_moves_to_a_private_address_is_not_called(api, receiver, database_url, monkeypatch):
    """Trusted when the run was accepted, no more when it has ended: the address is checked for each call."""
    run = await start(api, webhook=receiver.url, after_seconds=0.5)
    monkeypatch.delenv("FABULA_TRUSTED_HOSTS")

    await api.get(f"/threads/{run['thread_id']}/runs/{run['run_id']}/join")
    await until_none_is_left(database_url)

    assert receiver.calls == []
