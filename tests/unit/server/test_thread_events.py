"""A run's log as events of the thread stream; what is made of chunks is what `langchain_core` makes of them."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models._compat_bridge import chunks_to_events
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from server.routes.langgraph.message_events import MessageStream
from server.routes.langgraph.run_events import ROOM, RunEvents
from server.runs.encoding import encode
from server.runs.models import Event

USAGE = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
CALL = {"type": "tool_call_chunk", "name": "look", "args": '{"at":', "id": "c1", "index": 0}
REST = {"type": "tool_call_chunk", "name": None, "args": '"fog"}', "id": None, "index": 0}
CHUNKS: list[dict[str, Any]] = [
    {"content": "fog"},
    {"content": ""},
    {"content": "\0 \U0001f600"},
    {"content": [{"type": "text", "text": "answers", "index": 0}]},
    {"content": [{"type": "reasoning", "reasoning": "why", "index": 1}]},
    {"content": "", "tool_call_chunks": [CALL]},
    {"content": "", "tool_call_chunks": [REST]},
    {"content": "", "usage_metadata": USAGE},
    {"content": "", "response_metadata": {"model_name": "m", "model_provider": "p"}},
    {"content": "so", "additional_kwargs": {"refusal": "no"}},
]


@given(st.lists(st.sampled_from(CHUNKS), min_size=1, max_size=8))
def test_chunks_become_what_the_library_makes_of_them(given):
    chunks = [AIMessageChunk(id="m", **each) for each in given]
    stream = MessageStream("m", "tell", "t")

    told = [event for chunk in chunks for event in stream.add(orjson.loads(encode(chunk)))]
    told += stream.finish()

    wanted = chunks_to_events(ChatGenerationChunk(message=chunk) for chunk in chunks)
    assert told == [{**event, "id": "m"} for event in wanted]


ABOUT = {"langgraph_node": "tell", "langgraph_checkpoint_ns": "tell:t1"}
BROKEN: list[tuple[str, Any]] = [
    ("metadata", {"attempt": 1}),
    ("messages", [{"type": "AIMessageChunk", "id": "m1", "content": "fog"}, ABOUT]),
    ("tasks|inner:t2", {"id": "t3", "name": "ask"}),
    ("metadata", {"attempt": 2}),
    ("messages", [{"type": "AIMessageChunk", "id": "m2", "content": "fog"}, ABOUT]),
    ("messages", [{"type": "AIMessageChunk", "id": "x", "content": "", "chunk_position": "last"}, ABOUT]),
    ("tasks|inner:t2", {"id": "t3", "name": "ask"}),
    ("updates", {"__interrupt__": []}),
    ("messages", [{"type": "AIMessageChunk", "id": "m3", "content": "and"}, ABOUT]),
    ("tasks", {"id": "t1", "name": "tell", "result": {}, "error": None, "interrupts": []}),
    ("messages", [{"type": "AIMessageChunk", "id": "m4", "content": "left"}, ABOUT]),
]


def run_of(log, status="success", error=None, **how):
    """Return what a run's log is told as, and how the run ended."""
    run = SimpleNamespace(run_id=uuid4(), graph_id="story", status=status, error=error)
    events = RunEvents(run, **how)
    told = [each for seq, (name, data) in enumerate(log, 1) for each in events.tell(logged(seq, name, data))]
    return [*told, *events.end(run)], run


def logged(seq, name, data):
    return Event(seq, uuid4(), name, encode(data))


def short(events):
    return [
        (each.told.method, each.told.data["event"])
        for each in events
        if each.told.method in ("messages", "lifecycle")
    ]


def test_what_an_attempt_left_open_is_broken_off_and_said_again():
    events, _ = run_of(BROKEN)

    words = ["message-start", "content-block-start", "content-block-delta"]
    said = [("messages", each) for each in words]
    over = [("messages", "content-block-finish"), ("messages", "message-finish")]
    assert short(events) == [
        ("lifecycle", "running"),
        *said,
        ("lifecycle", "started"),
        ("lifecycle", "running"),
        ("messages", "error"),
        *said,
        *over,
        ("lifecycle", "started"),
        *said,
        *over,
        *said,
        *over,
        ("lifecycle", "interrupted"),
        ("lifecycle", "interrupted"),
    ]


def test_an_event_has_the_same_number_whether_words_are_told_or_not():
    events, run = run_of(BROKEN)
    silent = RunEvents(run, words=False)
    told = [
        each for seq, (name, data) in enumerate(BROKEN, 1) for each in silent.tell(logged(seq, name, data))
    ]
    told += silent.end(run)

    numbers = [(each.seq, each.event_id) for each in events if each.told.method != "messages"]
    assert [(each.seq, each.event_id) for each in told] == numbers
    assert len({each.event_id for each in events}) == len(events)
    assert [each.seq for each in events] == sorted({each.seq for each in events})
    assert events[-1].seq == len(BROKEN) * ROOM + ROOM - 1


@pytest.mark.parametrize(
    ("status", "error", "wanted"),
    [
        ("error", {"error": "LookupError", "message": "no fog"}, {"event": "failed", "error": "no fog"}),
        ("timeout", None, {"event": "failed", "error": "timeout"}),
        ("interrupted", None, {"event": "interrupted"}),
        ("success", None, {"event": "completed"}),
    ],
)
def test_how_a_run_ended_is_told_last(status, error, wanted):
    events, _ = run_of([("metadata", {"attempt": 1})], status, error)

    assert events[-1].told.data == {"graph_name": "story", **wanted}
