"""inkjs in V8: the vendored compiler and runtime with our glue."""

from pathlib import Path
from typing import Any

from py_mini_racer import MiniRacer

HERE = Path(__file__).parent
VENDORED = HERE / "vendor" / "inkjs" / "ink-full.js"
V8_MEMORY = 400 << 20


class InkJs:
    """A V8 isolate with inkjs loaded. It belongs to one process that may be ended at any time."""

    def __init__(self) -> None:
        self._engine = MiniRacer()
        self._engine.set_hard_memory_limit(V8_MEMORY)
        self._engine.eval(VENDORED.read_text())
        self._engine.eval((HERE / "compiler.js").read_text())

    def load(self, script: str) -> None:
        """Evaluate a further script."""
        self._engine.eval(script)

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of a script with JSON and return JSON."""
        return self._engine.call(function, *arguments)

    def close(self) -> None:
        """Let V8 go."""
        self._engine.close()
