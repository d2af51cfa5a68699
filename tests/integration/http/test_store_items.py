"""Items of the Store over HTTP: how long they are kept."""

import pytest


def item(ttl):
    return f'{{"namespace": ["a"], "key": "k", "value": {{"b": 1}}, "ttl": {ttl}}}'


async def put(api, ttl):
    return await api.put("/store/items", content=item(ttl), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("minutes", ["5e-324", "1e-20", "0.001", "1e7", "52560000"])
async def test_any_time_may_be_given_to_keep_an_item_for(api, minutes):
    assert (await put(api, minutes)).status_code == 204


@pytest.mark.parametrize("minutes", ["0", "-1", "52560001", "1e300"])
async def test_a_time_that_is_none_or_past_a_hundred_years_is_refused_by_name(api, minutes):
    answer = await put(api, minutes)

    assert answer.status_code == 422
    assert "ttl" in answer.text
