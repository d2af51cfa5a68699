"""Run one or all: `python -m bench [storage|command_line|streaming|server|books|creator|agent|kills|load]`."""

import asyncio
import sys
from itertools import takewhile

from bench import agent, books, command_line, creator, kills, load, server, storage, streaming

BENCHES = {
    "storage": storage.main,
    "command_line": command_line.main,
    "streaming": streaming.main,
    "server": server.main,
    "books": books.main,
    "creator": creator.main,
    "agent": agent.main,
    "kills": kills.main,
    "load": load.main,
}

if __name__ == "__main__":
    for name in [*takewhile(lambda word: not word.startswith("-"), sys.argv[1:])] or BENCHES:
        print(f"\n## {name}\n")
        asyncio.run(BENCHES[name]())
