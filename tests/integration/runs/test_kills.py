"""Processes killed at random: every run ends once, every node's update is told once."""

import asyncio
import random
from collections import Counter

from tests.integration.runs.test_takeover import charges, logged, updates

RUNS, KILLS = 24, 5


async def test_random_kills_lose_nothing_and_repeat_nothing(team, observer, new_run, pool):
    dice = random.Random(7)
    settings = {"slots": 6, "TEST_STEP": "0.4"}
    await asyncio.gather(*(team.start(**settings) for _ in range(3)))
    runs = []
    for number in range(RUNS):
        how = ("sync", "async")[number % 2]
        runs.append(await observer.accept(await new_run(dice.choice(["slow", "branches"]), durability=how)))
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0.1, 0.6))
        alive = [member for member in team.members if member.process.returncode is None]
        await dice.choice(alive).kill()
        await team.start(**settings)

    async with asyncio.timeout(40):
        ended = await asyncio.gather(*(observer.join(run.run_id, "ann") for run in runs))

    assert {run.status for run in ended} == {"success"}
    print("attempts", Counter(run.attempt for run in ended))
    for run in runs:
        told = updates(await logged(observer, run))
        assert sorted(told.values()) == [1] * (4 if run.graph_id == "slow" else 3)
    assert Counter(await charges(pool)) == {"success": RUNS}
