import asyncio

import pytest

from providers.bounds import patience, place


async def test_waiting_for_a_place_does_not_count_as_taking_long() -> None:
    async def ask() -> None:
        async with patience(1.0), place("slow", 1):
            await asyncio.sleep(0.4)

    await asyncio.gather(*(ask() for _ in range(4)))


async def test_whoever_has_a_place_has_no_more_than_the_limit() -> None:
    with pytest.raises(TimeoutError):
        async with patience(0.05), place("hanging", 1):
            await asyncio.Event().wait()


async def test_the_limit_holds_where_no_place_is_taken() -> None:
    with pytest.raises(TimeoutError):
        async with patience(0.05):
            await asyncio.Event().wait()
