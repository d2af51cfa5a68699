"""`fabula` as a program of its own with the scripted model: `python -m tests.e2e.program write ...`.

TEST_LOG is a file that gets a line for each call, and TEST_HOLD the number of a chapter to wait in for ever, or
the name of another prompt.
TEST_FAIL is the number of a chapter whose every attempt fails.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

from domain.errors import ModelError
from providers.scripted import SCRIPTS, Script
from server.cli import main
from tests import conversations, stories


def answer(prompt: str, inputs: dict[str, Any]) -> Any:
    number = str(inputs["chapter"]["number"]) if "chapter" in inputs else ""
    with Path(os.environ["TEST_LOG"]).open("a") as log:
        log.write(f"{prompt} {number}".strip() + "\n")
    if prompt == "story/write_chapter" and number == os.environ.get("TEST_FAIL"):
        return ModelError("the line is dead")
    return (conversations if prompt.startswith("agent/") else stories).answer(prompt, inputs)


async def hold(prompt: str, inputs: dict[str, Any]) -> None:
    place = str(inputs["chapter"]["number"]) if prompt == "story/write_chapter" else prompt
    if place == os.environ.get("TEST_HOLD"):
        with Path(os.environ["TEST_LOG"]).open("a") as log:
            log.write(f"holding {place}\n")
        await asyncio.sleep(60)


if __name__ == "__main__":
    SCRIPTS["program"] = Script(answer)
    SCRIPTS["program"].gate = hold
    os.environ["FABULA_MODEL"] = "scripted:program"
    main()
