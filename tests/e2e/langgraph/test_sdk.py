"""Our server through the stock client, `langgraph_sdk`."""

from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient

from tests.e2e.langgraph.conftest import parts_of

NAMESPACE = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")
HELLO = {"messages": [{"role": "user", "content": "hello", "id": "u1"}]}
STEPS: dict[str, Any] = {"steps": []}


async def run(client: LangGraphClient, thread: str | None, graph: str, **given: Any) -> Any:
    return await client.runs.wait(thread, graph, **{"input": STEPS, **given})


def status_of(error: pytest.ExceptionInfo[httpx.HTTPStatusError]) -> int:
    return error.value.response.status_code


async def test_a_run_streams_values_updates_and_messages(client, thread):
    modes = ["values", "updates", "messages-tuple", "custom"]

    parts = await parts_of(client.runs.stream(thread, "echo", input=HELLO, stream_mode=modes))

    assert [event for event, _ in parts] == ["metadata", "values", "custom", "messages", "updates", "values"]
    assert parts[3][1][0]["content"] == "you said: hello"
    assert parts[4][1]["echo"]["data"] == {"length": 5}
    assert [message["content"] for message in parts[5][1]["messages"]] == ["hello", "you said: hello"]
    state = await client.threads.get_state(thread)
    assert state["values"] == parts[5][1]
    assert state["metadata"]["run_id"] == parts[0][1]["run_id"]


@pytest.mark.req("D04")
async def test_an_interrupt_shows_in_the_thread_and_is_resumed_with_a_command(client, thread):
    asked = await run(client, thread, "asking")

    assert asked["__interrupt__"][0]["value"] == {"question": "which door?"}
    held = await client.threads.get(thread)
    assert held["status"] == "interrupted"
    [[waiting]] = held["interrupts"].values()
    assert waiting["id"] == asked["__interrupt__"][0]["id"]
    state = await client.threads.get_state(thread)
    assert state["next"] == ["ask"] and state["tasks"][0]["interrupts"] == [waiting]
    [first] = await client.runs.list(thread)
    assert first["status"] == "success"

    command = {"resume": {waiting["id"]: "the red one"}}
    answered = await client.runs.wait(thread, "asking", command=command)

    assert answered == {"steps": ["begin", "answered the red one", "end"]}
    assert (await client.threads.get(thread))["status"] == "idle"


@pytest.mark.req("D04")
async def test_two_interrupts_at_once_are_both_answered(client, thread):
    asked = (await run(client, thread, "two"))["__interrupt__"]

    answers = {each["id"]: each["value"].upper() for each in asked}
    done = await client.runs.wait(thread, "two", command={"resume": answers})

    assert [each["value"] for each in asked] == ["a?", "b?"]
    assert sorted(done["steps"]) == ["a A?", "b B?"]


@pytest.mark.req("D04")
async def test_an_interrupt_within_a_subgraph_is_seen_from_outside(client, thread):
    await run(client, thread, "outer")
    state = await client.threads.get_state(thread, subgraphs=True)
    [task] = state["tasks"]

    assert task["interrupts"] and task["state"]["next"] == ["ask"]
    inner = await client.threads.get_state(thread, checkpoint=task["state"]["checkpoint"])
    assert inner["values"] == {"steps": ["begin"]} and inner["checkpoint"]["checkpoint_ns"].startswith(
        "inner:"
    )
    done = await client.runs.wait(thread, "outer", command={"resume": "red"})
    assert done["steps"] == ["begin", "answered red", "end"]


async def test_a_command_updates_and_goes_somewhere(client, thread):
    await run(client, thread, "slow")

    command = {"update": {"steps": ["by hand"]}, "goto": "end"}
    done = await client.runs.wait(thread, "slow", command=command)

    assert done["steps"] == ["begin", "waited", "end", "by hand", "end"]


async def test_a_node_is_sent_to_with_an_input_of_its_own(client, thread):
    await run(client, thread, "slow")

    command = {"goto": [{"node": "end", "input": {"steps": []}}, {"node": "end", "input": {"steps": []}}]}

    assert (await client.runs.wait(thread, "slow", command=command))["steps"][3:] == ["end", "end"]


async def test_static_breakpoints_stop_a_run_and_it_goes_on_without_input(client, thread):
    before = await run(client, thread, "slow", interrupt_before=["wait"])
    held = await client.threads.get(thread)
    after = await client.runs.wait(thread, "slow", interrupt_after=["wait"])
    done = await client.runs.wait(thread, "slow")

    assert [each["steps"] for each in (before, after, done)] == [
        ["begin"],
        ["begin", "waited"],
        ["begin", "waited", "end"],
    ]
    assert held["status"] == "interrupted" and not held["interrupts"]
    assert {each["status"] for each in await client.runs.list(thread)} == {"success"}


async def test_a_run_forks_from_a_checkpoint(client, thread):
    await run(client, thread, "asking")
    await client.runs.wait(thread, "asking", command={"resume": "red"})
    history = await client.threads.get_history(thread, limit=20)
    asked = next(state for state in history if state["next"] == ["ask"])

    forked = await client.runs.wait(thread, "asking", checkpoint=asked["checkpoint"])
    done = await client.runs.wait(thread, "asking", command={"resume": "blue"})
    by_id = {"checkpoint_id": asked["checkpoint"]["checkpoint_id"]}
    again = [
        await client.runs.wait(thread, "asking", config={"configurable": by_id}),
        await client.runs.wait(thread, "asking", **by_id),
    ]

    assert forked["__interrupt__"][0]["value"] == {"question": "which door?"}
    assert done["steps"] == ["begin", "answered blue", "end"]
    assert [each["steps"] for each in again] == [["begin"], ["begin"]]


async def test_a_failed_run_says_what_failed_and_leaves_the_thread_usable(client, thread):
    failed = await client.runs.wait(thread, "failing", input=STEPS, raise_error=False)
    held = await client.threads.get(thread)

    assert failed["__error__"] == {"error": "LookupError", "message": "the fog answers nothing"}
    assert held["status"] == "error" and held["error"]["error"] == "LookupError"
    assert held["values"] == {"steps": ["begin"]}
    assert (await client.runs.list(thread))[0]["status"] == "error"
    assert (await run(client, thread, "slow"))["steps"][-1] == "end"


async def test_states_are_read_written_and_listed(client, thread):
    await client.runs.wait(thread, "echo", input=HELLO)
    state = await client.threads.get_state(thread)

    written = await client.threads.update_state(thread, {"data": {"by": "hand"}}, as_node="echo")

    newest = await client.threads.get_state(thread)
    assert newest["values"]["data"] == {"by": "hand"}
    assert newest["checkpoint"] == written["checkpoint"]
    before = await client.threads.get_state(thread, checkpoint=state["checkpoint"])
    assert before["values"]["data"] == {"length": 5}
    by_id = await client.threads.get_state(thread, checkpoint_id=state["checkpoint"]["checkpoint_id"])
    assert by_id == before
    history = await client.threads.get_history(thread, limit=2)
    assert [each["metadata"]["source"] for each in history] == ["update", "loop"]
    older = await client.threads.get_history(thread, before=written["checkpoint"])
    assert older[0]["checkpoint"] == state["checkpoint"]
    named = await client.threads.get_history(thread, metadata={"source": "update"})
    assert [each["checkpoint"] for each in named] == [written["checkpoint"]]


async def test_a_thread_is_made_with_a_state(client):
    steps = [
        {"updates": [{"values": HELLO, "as_node": "__input__"}]},
        {"updates": [{"values": {"data": {"of": "old"}}, "as_node": "echo"}]},
    ]

    thread = await client.threads.create(graph_id="echo", supersteps=steps)

    assert thread["values"]["data"] == {"of": "old"}
    assert len(await client.threads.get_history(thread["thread_id"])) == 2


async def test_threads_are_found_counted_patched_copied_and_deleted(client):
    mark = str(uuid4())
    made = [await client.threads.create(metadata={"mark": mark, "place": place}) for place in range(3)]
    first = made[0]["thread_id"]
    await client.runs.wait(first, "asking", input=STEPS)

    found = await client.threads.search(metadata={"mark": mark}, limit=2, sort_by="created_at")
    assert [each["metadata"]["place"] for each in found] == [2, 1]
    waiting = await client.threads.search(metadata={"mark": mark}, status="interrupted")
    assert [each["thread_id"] for each in waiting] == [first] and waiting[0]["values"] == {"steps": ["begin"]}
    drawn = await client.threads.search(
        ids=[first], select=["thread_id"], extract={"step": "values.steps[-1]"}
    )
    assert drawn == [{"thread_id": first, "extracted": {"step": "begin"}}]
    assert await client.threads.count(metadata={"mark": mark}) == 3
    assert await client.threads.count(metadata={"mark": mark}, values={"steps": ["begin"]}) == 1
    patched = await client.threads.update(first, metadata={"more": 1})
    assert patched["metadata"]["more"] == 1 and patched["metadata"]["graph_id"] == "asking"

    copy = await client.threads.copy(first)
    done = await client.runs.wait(copy["thread_id"], "asking", command={"resume": "red"})
    assert done["steps"] == ["begin", "answered red", "end"]
    assert (await client.threads.get_state(first))["next"] == ["ask"]

    await client.threads.delete(first)
    with pytest.raises(httpx.HTTPStatusError) as gone:
        await client.threads.get(first)
    assert status_of(gone) == 404
    assert (await client.threads.get_state(copy["thread_id"]))["values"] == done


async def test_a_thread_is_made_once(client, thread):
    with pytest.raises(httpx.HTTPStatusError) as twice:
        await client.threads.create(thread_id=thread)
    again = await client.threads.create(thread_id=thread, if_exists="do_nothing", ttl=60)

    assert status_of(twice) == 409
    assert again["thread_id"] == thread


async def test_assistants_are_found_and_drawn_by_id_and_by_name(client):
    [echo] = await client.assistants.search(graph_id="echo")
    assert echo["assistant_id"] == str(uuid5(NAMESPACE, "echo"))
    assert echo["metadata"] == {"created_by": "system"} and echo["description"] == "Says what it hears."
    assert await client.assistants.get("echo") == await client.assistants.get(echo["assistant_id"])
    assert await client.assistants.count() == 17
    assert len(await client.assistants.search(limit=4, offset=14)) == 3

    flat = await client.assistants.get_graph("nested")
    deep = await client.assistants.get_graph("nested", xray=True)
    assert [node["id"] for node in flat["nodes"]] == ["__start__", "greet", "teller", "__end__"]
    assert "teller:talk" in [node["id"] for node in deep["nodes"]]
    schemas = await client.assistants.get_schemas("echo")
    assert "shout" in schemas["context_schema"]["properties"]
    assert "messages" in schemas["input_schema"]["properties"]
    assert list(await client.assistants.get_subgraphs("nested")) == ["teller"]


@pytest.mark.parametrize("graph", ["builder", "made", "made_for", "made_later", "made_within"])
async def test_builders_and_factories_are_served(client, thread, graph):
    done = await client.runs.wait(thread, graph, input=HELLO)

    assert done["messages"][-1]["content"] == "you said: hello"
    assert (await client.threads.get_state(thread))["values"] == done
    assert (await client.assistants.get_graph(graph))["nodes"][1]["id"] == "echo"


async def test_context_reaches_the_graph_either_way(client):
    loud = await client.runs.wait(None, "echo", input=HELLO, context={"shout": True, "unknown": 1})
    older = await client.runs.wait(None, "echo", input=HELLO, config={"configurable": {"shout": True}})

    assert loud["messages"][-1]["content"] == older["messages"][-1]["content"] == "you said: HELLO"


async def test_stateless_runs_leave_nothing_in_the_way(client):
    parts = await parts_of(client.runs.stream(None, "echo", input=HELLO, stream_mode="updates"))
    made = await client.runs.create(None, "echo", input=HELLO)
    await client.runs.join(made["thread_id"], made["run_id"])

    assert [event for event, _ in parts] == ["metadata", "updates"]
    assert (await client.runs.get(made["thread_id"], made["run_id"]))["status"] == "success"


async def test_a_run_can_make_its_thread(client):
    thread = str(uuid4())

    with pytest.raises(httpx.HTTPStatusError) as missing:
        await client.runs.wait(thread, "echo", input=HELLO)
    await client.runs.wait(thread, "echo", input=HELLO, if_not_exists="create", metadata={"by": "me"})

    assert status_of(missing) == 404
    assert (await client.threads.get(thread))["metadata"]["graph_id"] == "echo"
    [made] = await client.runs.list(thread, select=["run_id", "metadata"])
    assert made.keys() == {"run_id", "metadata"} and made["metadata"]["by"] == "me"


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_durability_decides_what_is_kept(client, thread, durability):
    await run(client, thread, "slow", durability=durability)

    history = await client.threads.get_history(thread)

    assert len(history) == (1 if durability == "exit" else 5)


async def test_a_run_is_deleted(client, thread):
    await run(client, thread, "asking")
    [made] = await client.runs.list(thread)

    await client.runs.delete(thread, made["run_id"])

    assert await client.runs.list(thread) == []
    assert (await client.threads.get_state(thread))["values"] == {"steps": ["begin"]}


async def test_items_are_kept_found_and_forgotten(client):
    place = ["people", str(uuid4())]
    await client.store.put_item(place, "ann", {"age": 30})
    await client.store.put_item(place, "ben", {"age": 40}, index=False, ttl=60)

    item = await client.store.get_item(place, "ann")
    assert item["value"] == {"age": 30} and item["namespace"] == place
    found = await client.store.search_items(place, filter={"age": 40})
    assert [each["key"] for each in found["items"]] == ["ben"]
    spaces = await client.store.list_namespaces(prefix=place[:1], suffix=place[1:])
    assert spaces["namespaces"] == [place]

    await client.store.delete_item(place, "ann")
    await client.store.delete_item(place, "ben")
    assert await client.store.get_item(place, "ann") is None
    assert (await client.store.list_namespaces(prefix=place))["namespaces"] == []
