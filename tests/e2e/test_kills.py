"""Processes killed at random while runs go through them."""

import random

from bench.kills import kill_at_random


async def test_ten_random_kills_lose_nothing_and_double_nothing(empty_database_url, tmp_path):
    tmp_path.chmod(0o755)
    print(await kill_at_random(empty_database_url, tmp_path, 10, random.SystemRandom().randrange(10**6)))
