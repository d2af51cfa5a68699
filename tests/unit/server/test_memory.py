import gc

import pytest

from server import memory


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_loaded_at_the_start_is_not_looked_through_again() -> None:
    kept = Circle()

    with memory.set_apart():
        assert not any(each is kept for each in gc.get_objects())

    assert any(each is kept for each in gc.get_objects())


async def test_what_refers_to_itself_is_let_go_once_the_process_has_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone: list[bool] = []

    class Noted(Circle):
        def __del__(self) -> None:
            gone.append(True)

    thrift = memory.Thrift()
    Noted()
    await thrift.give_back()
    assert gone == []

    monkeypatch.setattr(memory, "resident", lambda: 2**40)
    await thrift.give_back()
    assert gone == [True]


async def test_a_collection_that_took_long_is_not_soon_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now, collected = 1000.0, []

    def collect() -> None:
        nonlocal now
        collected.append(now)
        now += 0.5

    monkeypatch.setattr(memory.time, "monotonic", lambda: now)
    thrift = memory.Thrift()
    monkeypatch.setattr(gc, "collect", collect)
    for _ in range(60):
        now += memory.LATEST / 10
        monkeypatch.setattr(memory, "resident", lambda size=now: int(size * 1e9))
        await thrift.give_back()

    assert collected == [1001.0, 1026.5, 1052.0]
