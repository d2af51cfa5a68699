"""Work that would hold up the process is done by a program of its own: bytes in, bytes out."""

import asyncio
import sys
from pathlib import Path

from domain.errors import MediaFailed

TIMEOUT = 120.0


async def run_program(program: Path, given: bytes, *arguments: str, name: str) -> bytes:
    """Run a Python file, apart from ours and our environment, and return what it writes.

    It ends with the task that waits for it. Raises `MediaFailed`, naming it, when it fails or takes too long.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(program), *arguments, stdin=-1, stdout=-1, stderr=-1, env={}
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            out, said = await process.communicate(given)
    except TimeoutError:
        raise MediaFailed(f"{name} was not done after {TIMEOUT:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise MediaFailed(f"{name} failed: {said.decode(errors='replace').strip()[-200:]}")
    return out
