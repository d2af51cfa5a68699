"""The load script, with a few sessions; `python -m bench load` has fifty."""

import pytest

from bench.load import ASKED, RATE, load
from tests.database import address, new_database


@pytest.mark.req("B78", "B53")
async def test_sessions_at_once_outlive_a_server_and_never_mix(postgres, tmp_path):
    with new_database(postgres, "template1") as name:
        sessions, refused = await load(tmp_path, address(postgres, name), 8)

    assert [session.faults for session in sessions] == [[]] * 8
    assert len({session.job_id for session in sessions}) == 8
    assert (refused.count(200), refused.count(429)) == (RATE, ASKED - RATE)
