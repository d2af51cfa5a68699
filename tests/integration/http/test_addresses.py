"""A NUL in an address is bad input on every route: Postgres cannot be asked for one."""

from uuid import UUID

import pytest

HERE = UUID(int=1)
ADDRESSES = {
    f"/threads/{HERE}/state/{HERE}?checkpoint_ns=a%00b": (422, "checkpoint_ns"),
    "/store/items?namespace=a%00b&key=c": (422, "namespace"),
    "/assistants/ec%00ho": (422, "assistant_id"),
    "/api/v1/story/sessions?user_id=a%00b": (400, "user_id"),
    f"/api/v1/story/session/{HERE}/scenes/%00/versions": (400, "scene_id"),
    "/api/ink/stories/har%00bour": (400, "story_id"),
    "/health/sto%00ry": (422, "product"),
    "/ok?%00=1": (422, "\0"),
}


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_nul_in_an_address_is_refused_with_the_name_of_what_it_stands_in(api, address):
    status, field = ADDRESSES[address]

    answer = await api.get(address)

    assert answer.status_code == status, answer.text
    told = answer.json()
    assert (told["error"]["field"] if "error" in told else told["field"]) == field
