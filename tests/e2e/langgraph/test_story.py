"""The story graph through the LangGraph API, told by the offline storyteller."""

import pytest

from tests.e2e.langgraph.conftest import parts_of

REQUEST = {"premise": "A keeper hears the fog answer.", "chapters": 2}
MODES = ["custom", "updates", "messages-tuple"]


@pytest.mark.req("D04")
async def test_an_outline_waits_for_a_person_who_edits_it(client, thread):
    asked = {"input": {"request": REQUEST | {"approve": True}}, "stream_mode": MODES}
    first = await parts_of(client.runs.stream(thread, "story", **asked))
    state = await client.threads.get_state(thread)
    [waiting] = state["tasks"][0]["interrupts"]

    edited = waiting["value"]["outline"] | {"title": "What the Fog Kept"}
    command = {"resume": {waiting["id"]: {"outline": edited}}}
    told = await parts_of(client.runs.stream(thread, "story", command=command, stream_mode=MODES))

    assert first[-1][0] == "updates" and "__interrupt__" in first[-1][1]
    values = (await client.threads.get_state(thread))["values"]
    assert values["outline"]["title"] == "What the Fog Kept"
    assert [chapter["number"] for chapter in values["chapters"]] == [1, 2]
    words = "".join(data[0]["content"] for event, data in told if event == "messages")
    assert all(chapter["text"][:200] in words for chapter in values["chapters"])
    finished = await client.runs.join(thread, (await client.runs.list(thread))[0]["run_id"])
    assert finished["chapters"] == values["chapters"] and "draft" not in finished


async def test_a_story_is_told_again_from_its_second_chapter(client, thread):
    first = await client.runs.wait(thread, "story", input={"request": REQUEST})
    history = await client.threads.get_history(thread, limit=100)
    before = next(
        state
        for state in history
        if state["next"] == ["write_chapter"] and len(state["values"].get("chapters", [])) == 1
    )

    again = await client.runs.wait(thread, "story", checkpoint=before["checkpoint"], durability="sync")

    assert first["chapters"][0] == again["chapters"][0]
    assert len(again["chapters"]) == 2
