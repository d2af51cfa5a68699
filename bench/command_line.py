"""How long the command line keeps a person waiting: `--help`, and from Enter to the first word of a story."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
FABULA = Path(sys.executable).with_name("fabula")


async def main() -> None:
    """Print the median of five runs each; the first run of a story also makes its database."""
    helps = [await timed("--help") for _ in range(RUNS)]
    print(f"fabula --help            {statistics.median(helps):.3f} s")
    bare = [await timed(program=[sys.executable, "-c", "pass"]) for _ in range(RUNS)]
    print(f"python -c pass           {statistics.median(bare):.3f} s")
    with tempfile.TemporaryDirectory(prefix="fabula-bench-") as folder:
        Path(folder).chmod(0o755)
        cold = await first_word(folder)
        warm = [await first_word(folder) for _ in range(RUNS)]
    print(
        f"Enter to first word      {statistics.median(warm):.2f} s warm, {cold:.2f} s with an empty data folder"
    )


async def timed(*arguments: str, program: list[str] | None = None) -> float:
    start = time.perf_counter()
    command = program or [str(FABULA), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    await process.wait()
    return time.perf_counter() - start


async def first_word(folder: str) -> float:
    """Start a story and return the seconds until the first line of its first chapter is printed."""
    environment = os.environ | {"FABULA_HOME": f"{folder}/home", "PYTHONUNBUFFERED": "1"}
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "FABULA_MODEL", "DATABASE_URL"):
        environment.pop(name, None)
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        str(FABULA),
        "write",
        "A lighthouse keeper hears the fog answer.",
        "--chapters=2",
        "--seed=1",
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    started = False
    async for line in process.stdout:
        started = started or line.startswith(b"writing chapter 1")
        if started and len(line.split()) > 6:
            break
    seconds = time.perf_counter() - start
    await process.stdout.read()
    await process.wait()
    return seconds
