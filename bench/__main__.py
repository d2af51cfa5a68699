"""Run one measurement, or all: `python -m bench [storage|command_line|streaming|server|books]`."""

import asyncio
import sys

from bench import books, command_line, server, storage, streaming

BENCHES = {
    "storage": storage.main,
    "command_line": command_line.main,
    "streaming": streaming.main,
    "server": server.main,
    "books": books.main,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        print(f"\n## {name}\n")
        asyncio.run(BENCHES[name]())
