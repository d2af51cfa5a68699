"""Whatever a graph streams has a JSON form."""

import dataclasses
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langgraph.types import Interrupt
from pydantic import BaseModel

from server.runs.encoding import encode, event_name


class Model(BaseModel):
    at: datetime


class Pair(NamedTuple):
    left: int
    right: int


@dataclasses.dataclass
class Note:
    text: str


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (Model(at=datetime(2026, 1, 1, tzinfo=UTC)), {"at": "2026-01-01T00:00:00Z"}),
        (Note("fog"), {"text": "fog"}),
        (Pair(1, 2), {"left": 1, "right": 2}),
        ({1: {"a"}}, {"1": ["a"]}),
        ((Interrupt(value="?", id="i"),), [{"value": "?", "id": "i"}]),
        (LookupError("gone"), {"error": "LookupError", "message": "gone"}),
        ("a\ud800b", "a?b"),
        ([LookupError("\ud800")], [{"error": "LookupError", "message": "?"}]),
        (2**70, str(2**70)),
        (float("nan"), None),
    ],
)
def test_it_is_shown_as_json(data, shown):
    assert orjson.loads(encode(data)) == shown


def test_a_message_is_shown_as_langgraph_shows_it():
    shown = orjson.loads(encode((AIMessageChunk("hello", id="1"), {"langgraph_node": "talk"})))
    assert (shown[0]["type"], shown[0]["content"], shown[1]) == (
        "AIMessageChunk",
        "hello",
        {"langgraph_node": "talk"},
    )


def test_a_subgraphs_event_names_its_levels():
    assert event_name("updates", ()) == "updates"
    assert event_name("updates", ("inner:1", "deeper:2")) == "updates|inner:1|deeper:2"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=[])), inner),
    max_leaves=20,
)


@given(values)
def test_nothing_breaks_the_encoding(value):
    orjson.loads(encode(value))
