"""How chat models are named and made, and what shape they are asked for."""

import threading
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import UnknownModel
from domain.story import Mending, Outline, Review, Settlement, Synopsis
from providers import models
from providers.models import Model, check_name, default_model, response_format, strip_fence

KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const"}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FABULA_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_key_the_offline_storyteller_writes():
    assert default_model() == "offline:storyteller"


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_a_key_or_a_server_of_ones_own_is_enough_for_openai(monkeypatch, name):
    monkeypatch.setenv(name, "something")

    assert default_model() == "openai:gpt-5-mini"


def test_an_empty_key_is_no_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "")

    assert default_model() == "offline:storyteller"


@pytest.mark.req("B46")
def test_a_model_that_was_named_is_the_default(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("FABULA_MODEL", "openai:llama3.3")

    assert default_model() == "openai:llama3.3"


@pytest.mark.parametrize(
    "name", ["openai:gpt-5-mini", "openai:org/model:free", "offline:storyteller", "scripted:x"]
)
def test_known_providers_are_known(name):
    check_name(name)


@pytest.mark.parametrize(
    "name", ["", "gpt-5-mini", "openai", "openai:", ":gpt-5", "claude:opus", "OpenAI:gpt-5"]
)
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    with pytest.raises(UnknownModel) as caught:
        check_name(name)

    said = f"there is no chat model {name!r}; a name is one of openai:..., offline:..., scripted:..."
    assert str(caught.value) == said


async def test_an_unknown_name_is_not_made():
    with pytest.raises(UnknownModel, match="'claude:opus'"):
        await models.get("claude:opus")


async def test_there_is_one_offline_model():
    with pytest.raises(UnknownModel, match="'poet'; there is offline:storyteller"):
        await models.get("offline:poet")


async def test_an_empty_name_is_the_default(script, monkeypatch):
    monkeypatch.setenv("FABULA_MODEL", script.name)

    assert (await models.get()).name == script.name


async def test_a_model_is_made_away_from_the_event_loop(monkeypatch):
    made: list[int] = []

    def maker(model: str, seed: int) -> Model:
        made.append(threading.get_ident())
        return models.make_offline("storyteller", seed)

    monkeypatch.setitem(models.PROVIDERS, "watched", maker)
    await models.get("watched:one")

    assert made and threading.get_ident() not in made


async def test_a_seed_is_sent_only_where_there_is_one(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")

    seeded, free = await models.get("openai:gpt-4.1", seed=7), await models.get("openai:gpt-4.1")

    assert seeded.options == {"seed": 7}
    assert free.options == {}
    assert seeded.chat is free.chat


async def test_a_change_of_settings_is_seen(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    first: Any = (await models.get("openai:gpt-4.1")).chat

    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    second: Any = (await models.get("openai:gpt-4.1")).chat

    assert first.openai_api_base is None
    assert second.openai_api_base == "http://127.0.0.1:9/v1"


class Place(BaseModel):
    """A place."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=60, pattern="^[A-Z]")
    kind: Literal["town", "house"] = "town"
    default: float = Field(0.5, ge=0, lt=1, multiple_of=0.1)
    format: str | None = None


class Tour(BaseModel):
    first: Place = Field(description="Where it begins.")
    more: list[Place] = Field([], min_length=2, max_length=5)


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Return each schema inside a schema, itself included."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    for each in [*inner, schema["items"]] if "items" in schema else inner:
        yield from parts(each)


@pytest.mark.parametrize("shape", [Outline, Settlement, Review, Mending, Synopsis, Tour])
def test_every_shape_keeps_to_the_strict_rules(shape):
    """https://platform.openai.com/docs/guides/structured-outputs#supported-schemas"""
    asked = response_format(shape)["json_schema"]

    assert asked["strict"] is True
    for part in parts(asked["schema"]):
        assert part.keys() <= KEYWORDS | {"description"}
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])


def test_a_shape_keeps_its_names_and_descriptions():
    schema = response_format(Tour)["json_schema"]["schema"]

    assert list(schema["properties"]) == ["first", "more"]
    assert schema["properties"]["first"]["description"] == "Where it begins."
    place = schema["properties"]["more"]["items"]["properties"]
    assert list(place) == ["name", "kind", "default", "format"]
    assert place["kind"]["enum"] == ["town", "house"]
    assert place["format"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


@pytest.mark.parametrize("text", ['{"a": 1}', ' {"a": 1}\n', '```json\n{"a": 1}\n```', '```\n{"a": 1}```'])
def test_a_fence_around_json_is_taken_off(text):
    assert strip_fence(text) == '{"a": 1}'


def test_a_fence_inside_the_text_stays():
    assert strip_fence('{"a": "```"}') == '{"a": "```"}'
