"""The graphs under `langgraph dev`, through its API with its own client: no key, no context, an empty Store."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from domain.story import StoryInput
from providers.models import OFFLINE
from tests.chat_server import ChatServer
from tests.dev_server import REPOSITORY, DevServer, dev_server
from tests.wire import say_story

REQUEST = {"premise": "A keeper hears the fog answer.", "chapters": 2}
MODES = ["custom", "updates", "messages-tuple"]
SLEEPER = """
import time
from langgraph.graph import MessagesState, StateGraph

async def sleep(state: MessagesState) -> dict:
    time.sleep(0.01)
    return {}

graph = StateGraph(MessagesState).add_node(sleep).set_entry_point("sleep").compile()
"""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    folder = tmp_path_factory.mktemp("dev")
    (folder / "sleeper.py").write_text(SLEEPER, encoding="utf-8")
    with dev_server(folder, {"sleeper": "./sleeper.py"}) as server:
        yield server


@pytest.fixture(autouse=True)
def show_output(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print what the server said; pytest shows it when the test fails."""
    yield
    if "dev" in request.fixturenames:
        print(request.getfixturevalue("dev").output)


@pytest_asyncio.fixture
async def client(dev: DevServer) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=dev.url) as client:
        yield client


async def tell(client: LangGraphClient, **options: Any) -> tuple[str, dict[str, list[Any]]]:
    """Run the story graph on a new thread; return the thread and what was streamed, by event."""
    thread = (await client.threads.create())["thread_id"]
    return thread, await stream(client, thread, **options)


async def stream(client: LangGraphClient, thread: str, **options: Any) -> dict[str, list[Any]]:
    parts = defaultdict(list)
    async for part in client.runs.stream(thread, "story", stream_mode=MODES, **options):
        parts[part.event].append(part.data)
    return parts


def nodes_of(parts: dict[str, list[Any]]) -> list[str]:
    return [node for update in parts["updates"] for node in update]


@pytest.mark.req("D01")
async def test_the_server_lists_and_draws_the_story_graph(dev, client):
    assert dev.get("/info")["langgraph_py_version"]

    found = await client.assistants.search(graph_id="story")
    drawn = await client.assistants.get_graph(found[0]["assistant_id"])
    schemas = await client.assistants.get_schemas(found[0]["assistant_id"])

    assert [assistant["graph_id"] for assistant in found] == ["story"]
    assert {"plan", "write_chapter", "settle_chapter", "polish"} <= {node["id"] for node in drawn["nodes"]}
    edges = {(edge["source"], edge["target"]): edge.get("conditional", False) for edge in drawn["edges"]}
    assert edges["plan", "check_plan"] is False
    assert edges["check_plan", "approve_plan"] is True
    assert edges["check_chapter", "write_chapter"] is True
    assert edges["settle_chapter", "polish"] is True
    asked = schemas["input_schema"]["properties"]["request"]
    assert asked["properties"].keys() == StoryInput.model_fields.keys()
    assert asked["properties"]["premise"]["description"] == "What the story is about."
    assert {"write_model", "seed"} <= schemas["context_schema"]["properties"].keys()


@pytest.mark.req("D01")
async def test_a_whole_story_is_told_without_a_key_or_a_context(client):
    thread, parts = await tell(client, input={"request": REQUEST})

    assert not parts["error"]
    state = await client.threads.get_state(thread)
    chapters = state["values"]["chapters"]
    assert [chapter["number"] for chapter in chapters] == [1, 2]
    assert {chapter["origin"]["model"] for chapter in chapters} == {OFFLINE}
    assert state["next"] == []
    nodes = nodes_of(parts)
    assert nodes[0] == "plan" and nodes[-3:] == ["polish", "write_synopsis", "report"]
    assert nodes.count("settle_chapter") == 2
    told = [event["message"] for event in parts["custom"] if event["event"] == "progress"]
    assert "writing chapter 2 of 2" in told
    words = "".join(message["content"] for message, _ in parts["messages"])
    assert all(chapter["text"][:200] in words for chapter in chapters)
    assert len(parts["messages"]) > 100


async def test_the_outline_waits_for_a_person_and_is_resumed_as_they_edited_it(client):
    thread, parts = await tell(client, input={"request": REQUEST | {"approve": True}})

    assert "write_chapter" not in nodes_of(parts)
    assert (await client.threads.get(thread))["status"] == "interrupted"
    state = await client.threads.get_state(thread)
    waiting = state["tasks"][0]["interrupts"][0]
    assert waiting["value"]["ask"] == "approve_outline"
    edited = waiting["value"]["outline"] | {"title": "What the Fog Kept"}

    parts = await stream(client, thread, command={"resume": {waiting["id"]: {"outline": edited}}})

    assert not parts["error"]
    values = (await client.threads.get_state(thread))["values"]
    assert values["outline"]["title"] == "What the Fog Kept"
    assert len(values["chapters"]) == 2


async def test_a_bad_request_ends_the_run_and_says_so(client):
    thread, parts = await tell(client, input={"request": REQUEST | {"chapters": 9}})

    assert parts["error"][0]["error"] == "RequestInvalid"
    assert (await client.threads.get(thread))["status"] == "error"


async def test_the_server_refuses_calls_that_block(dev, client):
    """Without this guard the other tests would not show that our nodes never block."""
    thread = (await client.threads.create())["thread_id"]

    parts = [part async for part in client.runs.stream(thread, "sleeper", input={"messages": []})]

    assert parts[-1].event == "error"
    assert "Blocking call to time.sleep" in dev.output


@pytest.fixture
def wired(server: ChatServer, tmp_path) -> Iterator[DevServer]:
    """`langgraph dev` beside an OpenAI-compatible server."""
    with dev_server(tmp_path, OPENAI_API_KEY="sk-none", OPENAI_BASE_URL=server.url) as dev:
        yield dev
        print(dev.output)


async def test_a_story_over_the_wire_blocks_nothing(wired, server):
    await say_story(server)

    async with get_client(url=wired.url) as client:
        told = await asyncio.gather(*(tell(client, input={"request": REQUEST}) for _ in range(2)))
        states = [await client.threads.get_state(thread) for thread, _ in told]

    assert [parts["error"] for _, parts in told] == [[], []]
    assert "Blocking call" not in wired.output
    assert [len(state["values"]["chapters"]) for state in states] == [2, 2]


async def test_a_character_is_talked_with_until_the_story_can_go_on(client):
    source = (REPOSITORY / "examples" / "ink" / "harbour.ink").read_text(encoding="utf-8")
    request = {"story": {"source": source}, "character": "keeper", "target": "lamp_room"}
    thread = (await client.threads.create())["thread_id"]

    await client.runs.wait(thread, "agent", input={"request": request})
    for turn in range(1, 6):
        (waiting,) = (await client.threads.get_state(thread))["interrupts"]
        assert waiting["value"] == {"ask": "say_something", "turn": turn}
        said = "A ship is coming in tonight, and she needs the light. Let me carry the oil up for you."
        command = {"resume": {"turn": turn, "text": said}}
        parts = [
            part async for part in client.runs.stream(thread, "agent", command=command, stream_mode=MODES)
        ]
        values = (await client.threads.get_state(thread))["values"]
        if values["position"]["closed"]:
            break

    told = [part.data for part in parts if part.event == "custom"]
    assert (told[-1]["event"], told[-1]["outcome"]) == ("decided", values["position"]["outcome"])
    spoken = {message["content"] for part in parts if part.event == "messages" for message in part.data[:1]}
    assert spoken and spoken <= {message["content"] for message in values["messages"]}
    assert [message["type"] for message in values["messages"]][:2] == ["human", "ai"]
    assert len(values["turns"]) == turn and turn < 6
