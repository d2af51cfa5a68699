"""What LangGraph Studio asks of a server, in the order in which it does, from a browser's page on another origin."""

import json
import re
from typing import Any

import httpx2
import pytest

ORIGIN = "https://smith.langchain.com"
TURN = {
    "stream_mode": ["debug", "messages"],
    "stream_subgraphs": True,
    "stream_resumable": True,
    "checkpoint_during": True,
    "multitask_strategy": "rollback",
    "config": {"configurable": {}, "tags": [], "recursion_limit": 25},
    "metadata": {"source": "studio"},
}


class Studio:
    """A page that keeps what a browser would check: the answers may be read by it."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body, headers={"Origin": ORIGIN})
        assert answer.status_code < 300, (path, answer.text)
        assert answer.headers["access-control-allow-origin"] in (ORIGIN, "*")
        return answer.json() if answer.content else None

    async def run(self, thread: str, **given: Any) -> tuple[str, list[tuple[str, Any]]]:
        """Run to the end of the stream; return the run's id and the events."""
        path, headers = f"/threads/{thread}/runs/stream", {"Origin": ORIGIN}
        answer = await self.http.post(path, json=TURN | given, headers=headers)
        assert answer.status_code == 200, answer.text
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert "content-location" in exposed and "x-pagination-total" in exposed
        events = re.findall(r"event: (.*)\ndata: (.*)\n", answer.text)
        run = answer.headers["content-location"].rpartition("/")[2]
        return run, [(name, json.loads(data)) for name, data in events]


@pytest.fixture
def studio(http):
    return Studio(http)


def debugged(events, kind):
    """Return the payloads of the debug events of a kind, with the namespaces they came from."""
    return [
        (name.partition("|")[2], data["payload"])
        for name, data in events
        if name.startswith("debug") and data["type"] == kind
    ]


async def test_a_preflight_of_a_page_elsewhere_passes_and_a_strangers_does_not(http):
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key,x-auth-scheme",
        "Access-Control-Request-Private-Network": "true",
    }
    passed = await http.options("/threads", headers=asked | {"Origin": ORIGIN})
    stranger = await http.options("/threads", headers=asked | {"Origin": "https://elsewhere.example"})

    assert passed.status_code == 200
    assert passed.headers["access-control-allow-origin"] in (ORIGIN, "*")
    assert passed.headers["access-control-allow-private-network"] == "true"
    assert "x-auth-scheme" in passed.headers["access-control-allow-headers"]
    assert stranger.status_code == 400 and "access-control-allow-origin" not in stranger.headers


@pytest.mark.req("D01", "D04")
async def test_a_session_in_studio(studio):
    info = await studio.ask("GET", "/info")
    assert info["flags"]["assistants"] and (await studio.ask("GET", "/ok")) == {"ok": True}

    # The list of assistants, and the drawing of the one that is chosen.
    found = await studio.ask("POST", "/assistants/search", {"limit": 100, "offset": 0, "graph_id": "outer"})
    [assistant] = [each["assistant_id"] for each in found if each["metadata"]["created_by"] == "system"]
    drawn = await studio.ask("GET", f"/assistants/{assistant}/graph?xray=true")
    assert {node["id"] for node in drawn["nodes"]} >= {"__start__", "inner:ask", "__end__"}
    schemas = await studio.ask("GET", f"/assistants/{assistant}/schemas")
    assert "steps" in schemas["input_schema"]["properties"] and "config_schema" in schemas
    assert list(await studio.ask("GET", f"/assistants/{assistant}/subgraphs?recurse=true")) == ["inner"]

    # A thread, empty as yet.
    about = {"graph_id": "outer", "assistant_id": assistant, "user": "studio"}
    thread = (await studio.ask("POST", "/threads", {"metadata": about}))["thread_id"]
    query = {"limit": 20, "metadata": {"graph_id": "outer", "user": "studio"}, "sort_by": "updated_at"}
    assert thread in [each["thread_id"] for each in await studio.ask("POST", "/threads/search", query)]
    assert (await studio.ask("GET", f"/threads/{thread}/state?subgraphs=true"))["values"] == {}
    assert await studio.ask("POST", f"/threads/{thread}/history", {"limit": 100}) == []

    # A run that stops within a subgraph; every step of it, inside and outside, is told as it happens.
    _, events = await studio.run(thread, assistant_id=assistant, input={"steps": []})
    assert not [data for name, data in events if name == "error"]
    checkpoints, tasks = debugged(events, "checkpoint"), debugged(events, "task")
    assert [payload["name"] for where, payload in tasks if not where] == ["inner"]
    assert [payload["name"] for where, payload in tasks if where.startswith("inner:")] == ["begin", "ask"]
    assert all(payload["checkpoint"]["checkpoint_id"] for _, payload in checkpoints)
    state = await studio.ask("GET", f"/threads/{thread}/state?subgraphs=true")
    [waiting] = state["tasks"]
    assert waiting["interrupts"][0]["value"] == {"question": "which door?"}
    assert waiting["state"]["next"] == ["ask"] and state["checkpoint"]["thread_id"] == thread
    held = {"metadata": {"user": "studio"}, "status": "interrupted"}
    assert [each["thread_id"] for each in await studio.ask("POST", "/threads/search", held)] == [thread]

    # The answer, typed into the interrupt's field.
    await studio.run(thread, assistant_id=assistant, command={"resume": "the red one"})
    history = await studio.ask("POST", f"/threads/{thread}/history", {"limit": 100})
    assert history[0]["values"] == {"steps": ["begin", "answered the red one", "end"]}

    # A fork: the input is edited at its checkpoint, and the run goes on from there.
    start = history[-1]["checkpoint"]
    edit = {"values": {"steps": ["edited"]}, "as_node": "__start__", "checkpoint": start}
    forked = await studio.ask("POST", f"/threads/{thread}/state", edit)
    _, events = await studio.run(
        thread,
        assistant_id=assistant,
        input=None,
        checkpoint=forked["checkpoint"],
        interrupt_before=["inner"],
    )
    stopped = await studio.ask("GET", f"/threads/{thread}/state")
    assert stopped["next"] == ["inner"] and stopped["values"]["steps"] == ["edited"]
    at = {"checkpoint": history[0]["checkpoint"]}
    before = await studio.ask("POST", f"/threads/{thread}/state/checkpoint", at)
    assert before["values"]["steps"][-1] == "end"

    await studio.ask("POST", f"/threads/{thread}/copy")
    await studio.ask("DELETE", f"/threads/{thread}")


async def test_studio_streams_words_of_subgraphs_and_stops_a_run(studio):
    thread = (await studio.ask("POST", "/threads", {}))["thread_id"]
    asked = {"messages": [{"type": "human", "content": [{"type": "text", "text": "hello"}]}]}
    _, events = await studio.run(thread, assistant_id="nested", input=asked)
    partial = [data[0]["content"] for name, data in events if name == "messages/partial"]
    assert partial[0] == "once" and partial[-1] == "once upon a time"

    stuck = (await studio.ask("POST", "/threads", {}))["thread_id"]
    body = TURN | {"assistant_id": "stuck", "input": {"steps": []}}
    run = (await studio.ask("POST", f"/threads/{stuck}/runs", body))["run_id"]
    await studio.ask("POST", f"/threads/{stuck}/runs/{run}/cancel?wait=true&action=interrupt")
    runs = await studio.ask("GET", f"/threads/{stuck}/runs?limit=10")
    assert [each["status"] for each in runs] == ["interrupted"]


async def test_studio_shows_and_edits_what_graphs_remember(studio):
    place = ["studio", "memories"]
    await studio.ask("PUT", "/store/items", {"namespace": place, "key": "one", "value": {"text": "fog"}})
    listed = await studio.ask("POST", "/store/namespaces", {"max_depth": 10, "limit": 100})
    assert place in listed["namespaces"]
    items = (await studio.ask("POST", "/store/items/search", {"namespace_prefix": place}))["items"]
    assert [item["value"] for item in items] == [{"text": "fog"}]
    await studio.ask("DELETE", "/store/items", {"namespace": place, "key": "one"})
    assert await studio.ask("GET", "/store/items?key=one&namespace=studio.memories") is None
