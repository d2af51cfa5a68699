"""Which updates a further attempt tells again."""

from collections import Counter

from server.runs.takeover import Told, _updates

UPDATE = b'{"write":{"n":1}}'


def logged(*tasks):
    """The log of tasks that each told the same update: `(id, finished)`."""
    for name, finished in tasks:
        if finished:
            yield "updates", UPDATE
        yield "tasks", b'{"id":"%s","name":"write"%s}' % (name, b',"result":{}' if finished else b"")


def test_only_the_updates_of_waiting_tasks_count():
    found = _updates(list(logged((b"a", False), (b"a", True), (b"b", False), (b"b", True))), {"b"})
    assert found == Counter({("updates", UPDATE): 1})


def test_a_cached_update_is_told_unless_the_log_has_it():
    told = Told(Counter({("updates", UPDATE): 1}))
    cached = {"write": {"n": 1}, "__metadata__": {"cached": True}}
    assert told.again("updates", cached) is None
    assert told.again("updates", cached) == UPDATE
    assert told.again("updates|inner:1", cached) == UPDATE


def test_a_first_attempt_tells_everything_as_it_is():
    cached = {"write": {"n": 1}, "__metadata__": {"cached": True}}
    assert Told().again("updates", cached) == b'{"write":{"n":1},"__metadata__":{"cached":true}}'
    assert not Told().goes_on
