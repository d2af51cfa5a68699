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
