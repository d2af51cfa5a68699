"""A process that is killed in the middle of the media stage: another one goes on where it was."""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path

from domain.media import AudioSegment
from providers import objects

PROGRAM = Path(__file__).with_name("creator_program.py")
ROOT = PROGRAM.parents[3]


async def go_on(*arguments):
    """Start a process that goes on with a session."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), *arguments, stdout=asyncio.subprocess.PIPE, env=environment
    )


async def test_what_was_read_before_a_kill_is_not_read_again(session, database_url, tmp_path):
    await session.approved()
    await session.answer("select_format", format="audio")
    notes = tmp_path / "notes"
    answer = json.dumps({"action": "select_narrator", "voice_id": "voice-1"})

    first = await go_on(database_url, session.id, str(notes), "hour of scene 3", answer)
    assert await first.stdout.readline() == b"hanging\n"
    while len([key async for key in objects.get().list(f"creator/{session.id}")]) < 6:
        await asyncio.sleep(0.02)
    first.kill()
    await first.wait()
    second = await go_on(database_url, session.id, str(notes), "", "")
    assert await second.wait() == 0

    assert first.pid != second.pid
    read = Counter(notes.read_text().splitlines())
    assert read == {f"It was the hour of scene {n}": 2 if n == 3 else 1 for n in (1, 2, 3, 4)}
    question = await session.question()
    assert question["stage"] == "completed"
    kept = [AudioSegment.model_validate(told | {"marks": []}) for told in question["data"]["audio"]]
    assert [one.scene_number for one in kept] == [1, 2, 3, 4]
