"""Numbers, what is held back, and what is kept in memory."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from server.runs import topics
from server.runs.log import RunLog
from server.runs.models import BLOCK, Event, RunCreate, RunRow
from server.runs.topics import Topic, Topics


def a_run(numbered_to: int = BLOCK) -> RunRow:
    create, now = RunCreate(thread_id=uuid4(), graph_id="story"), datetime.now(UTC)
    return RunRow(
        run_id=create.run_id,
        number=1,
        thread_id=create.thread_id,
        graph_id="story",
        assistant_id=None,
        owner="",
        queue="default",
        status="running",
        multitask_strategy="enqueue",
        kwargs=create.kwargs(),
        metadata={},
        error=None,
        idempotency_key=None,
        temporary=False,
        due_at=None,
        attempt=1,
        holder="here",
        claimed_at=now,
        numbered_to=numbered_to,
        cancel=None,
        base=None,
        created_at=now,
        updated_at=now,
        settled_at=None,
        swept=False,
    )


@pytest.fixture
def topic() -> Topic:
    return Topic(uuid4())


@pytest.fixture
def log(topic: Topic) -> RunLog:
    return RunLog(a_run(), topic)


def test_numbers_go_on_in_the_next_block(log):
    first = [log.add("custom", b"1").event.seq for _ in range(BLOCK - 100)]
    assert log.is_low
    log.add_block(10 * BLOCK)
    rest = [log.add("custom", b"1").event.seq for _ in range(101)]

    assert first == list(range(1, BLOCK - 99))
    assert rest == [*range(BLOCK - 99, BLOCK + 1), 9 * BLOCK + 1]
    assert not log.is_low


def test_a_run_waits_before_its_numbers_end(log):
    for _ in range(BLOCK - 64):
        log.add("custom", b"1")
    assert not log.is_full
    log.add("custom", b"1")
    assert log.is_full


def test_what_is_not_durable_is_held_back_with_what_follows(log):
    before, update, after = (log.add(name, b"1") for name in ("custom", "updates", "custom"))
    log.hold("task", update)
    assert log.writable() == [before]
    log.made_durable(["task"])
    assert log.writable() == [before, update, after]


def test_what_was_durable_already_is_not_held_back(log):
    log.made_durable(["task"])
    entry = log.add("updates", b"1")
    log.hold("task", entry)
    assert log.writable() == [entry]


def test_the_ring_says_when_the_log_must_be_read(topic, log):
    for _ in range(topics.RING_EVENTS + 10):
        log.add("custom", b"1")
    assert topic.after(3) is None
    assert [event.seq for event in topic.after(topics.RING_EVENTS + 8)] == [2009, 2010]
    assert topic.after(2010) == []
    topic.note_logged(5000)
    assert topic.after(2010) is None


def test_the_ring_is_bounded_in_bytes(topic):
    topic.begin(0)
    for seq in range(1, 30):
        topic.add(Event(seq, uuid4(), "custom", b"x" * 100_000))
    assert topic._bytes <= topics.RING_BYTES
    assert topic.after(28)[0].seq == 29


def test_a_topic_lives_as_long_as_it_is_used():
    threads, thread_id = Topics(), uuid4()
    with threads.use(thread_id) as one, threads.use(thread_id) as other:
        assert one is other is threads.get(thread_id)
    assert threads.get(thread_id) is None
