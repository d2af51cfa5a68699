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

    thrift = memory.Thrift(lambda: False)
    Noted()
    await thrift.give_back()
    assert gone == []

    monkeypatch.setattr(memory, "resident", lambda: 2**40)
    await thrift.give_back()
    assert gone == [True]


async def test_the_loop_is_not_stopped_to_collect_garbage_while_runs_are_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collected: list[bool] = []
    monkeypatch.setattr(gc, "collect", lambda: collected.append(True))
    busy = memory.Thrift(lambda: True)
    monkeypatch.setattr(memory, "resident", lambda: 2**40)

    await busy.give_back()

    assert collected == []
