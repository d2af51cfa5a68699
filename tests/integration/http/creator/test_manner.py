"""Languages and manners of sessions over HTTP."""

import pytest

from domain.text import count_words
from tests import creations
from tests.creations import prose

STYLE = "As a grandmother tells it, unhurried."


def answer(prompt, inputs):
    if prompt == "creator/restyle_scene":
        return prose("Maren, Tobias, retold", count_words(inputs["text"]))
    return creations.answer(prompt, inputs)


@pytest.mark.req("B80", "B82")
async def test_a_session_has_a_language_and_a_scene_another_manner(creator, script):
    script.answer = answer
    told = await creator.start(language="pt-br", prose_style="Plain.")
    concept = told["data"]["generated_concepts"][0]["concept_id"]
    told = await creator.do("select-concept", concept_id=concept)
    scene = told["data"]["current_draft"]["scenes"][1]
    told = await creator.do("restyle-scene", scene_id=scene["scene_id"], prose_style=STYLE)

    assert told["message"] == "Scene told in another manner"
    assert told["data"]["current_draft"]["scenes"][1]["version"] == 2
    assert "<language>\npt-BR\n</language>" in script.calls("creator/restyle_scene")[0].text
    assert f"<style>\n{STYLE}\n</style>" in script.calls("creator/restyle_scene")[0].text
    await creator.do("restart", prompt="Noch einmal.", language="de")
    assert "<language>\nde\n</language>" in script.calls("creator/imagine_concepts")[-1].text


@pytest.mark.parametrize(
    ("field", "value"),
    [("language", "klingonisch"), ("prose_style", "x" * 401), ("style_sample", "x" * 4_001)],
)
async def test_what_cannot_be_taken_is_refused_by_name(creator, field, value):
    told = await creator.ask("POST", "start", 400, json={"prompt": "A bell.", field: value})
    assert told["error"]["field"] == field
    await creator.start()
    assert (await creator.do("restart", 400, prompt="A bell.", **{field: value}))["error"]["field"] == field


@pytest.mark.req("B80")
async def test_a_server_that_writes_offline_begins_no_session_in_another_language(creator, monkeypatch):
    monkeypatch.setenv("FABULA_MODEL", "offline:storyteller")
    told = await creator.ask("POST", "start", 400, json={"prompt": "A bell.", "language": "de"})

    assert told["error"]["field"] == "language"
    assert (await creator.ask("GET", "sessions"))["data"]["sessions"] == []


@pytest.mark.req("B80")
async def test_narrators_are_listed_by_language(creator, monkeypatch):
    monkeypatch.setenv("FABULA_SPEECH", "offline:espeak")

    async def listed(query: str = "") -> list[str]:
        found = (await creator.ask("GET", f"narrators{query}"))["data"]["narrators"]
        return [one["language"] for one in found]

    assert set(await listed()) == {"en-GB", "en-US", "en-029"}
    assert set(await listed("?language=de-AT")) == {"de"}
    assert set(await listed("?language=pt")) == {"pt", "pt-BR"}
    assert (await creator.ask("GET", "narrators?language=x", 400))["error"]["field"] == "language"
