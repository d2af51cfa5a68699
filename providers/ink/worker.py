"""The worker's side: `python -m providers.ink.worker compile|play` reads requests and writes answers."""

import json
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from typing import Any

MEMORY = {"compile": 1 << 30, "play": 400 << 20}
MOST_REQUESTS = 2_000
Answerer = Callable[[dict[str, Any]], Any]


def main(kind: str) -> None:
    """Answer until the input ends, the engine is spent or a limit ends the process."""
    limit_memory(MEMORY[kind])
    answerer = compiling() if kind == "compile" else playing()
    say({"answer": "ready"})
    sys.stdin.readline()
    for served, line in enumerate(sys.stdin, start=1):
        request = json.loads(line)
        limit_time(request["seconds"])
        answer = attempt(answerer, request)
        if served == MOST_REQUESTS:
            answer["spent"] = True
        say(answer)
        if answer.get("spent"):
            break
    # V8's threads can keep an ordinary exit waiting.
    os._exit(0)


def attempt(answerer: Answerer, request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request. After a panic or an exhausted memory the engine is not trusted again."""
    try:
        return {"answer": answerer(request)}
    except MemoryError:
        return {"refused": "out of memory", "spent": True}
    except Exception as error:
        words = str(error)
        return {"refused": words[:500], "spent": "panic" in words or not isinstance(error, RuntimeError)}


def say(answer: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def limit_memory(most: int) -> None:
    """Bound what the process may allocate, where the system can: Linux counts private memory as data."""
    for limit, value in ((resource.RLIMIT_DATA, most), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def limit_time(seconds: float) -> None:
    """Have the system end the process should it outlive its parent in a loop."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = ceil(used.ru_utime + used.ru_stime + 2 * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def compiling() -> Answerer:
    """Start V8 with inkjs."""
    from providers.ink.inkjs import InkJs

    engine = InkJs()
    return lambda request: engine.call("compileInk", request["source"])


def playing() -> Answerer:
    """Load bink."""
    from providers.ink import runner

    return runner.answer


if __name__ == "__main__":
    main(sys.argv[1])
