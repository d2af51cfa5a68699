"""`fabula serve` with a chat model that takes the same time for everything: what else a turn takes is the server's."""

import asyncio
import os
import sys
from collections import deque
from typing import Any

from providers.scripted import SCRIPTS, Script
from server.cli import main
from tests.conversations import answer

PACE = 0.05


async def think(prompt: str, inputs: dict[str, Any]) -> None:
    await asyncio.sleep(PACE)


if __name__ == "__main__":
    script = SCRIPTS["paced"] = Script(answer)
    script.gate = think
    script.asked = deque(maxlen=1)  # type: ignore[assignment]
    os.environ["FABULA_MODEL"] = "scripted:paced"
    sys.argv[1:1] = ["serve", "--port"]
    main()
