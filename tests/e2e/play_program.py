"""`fabula` as a program of its own, with a referee that goes by a word: `direct`, `bridge` or `beside`."""

import os
from typing import Any

from domain.errors import ModelError
from providers.scripted import SCRIPTS, Script
from server.cli import main
from tests.conversations import judged
from tests.e2e import program

OUTCOMES = {"direct": "DIRECT", "bridge": "BRIDGE", "beside": "INVALID"}


def answer(prompt: str, inputs: dict[str, Any]) -> Any:
    told = program.answer(prompt, inputs)
    if prompt == "agent/respond" and "colours" in inputs["words"]:
        return '"\x1b[31mRed\x1b[0m and [bold]loud[/bold]\x07\u202e."'
    if prompt == "agent/judge_input" and "silence" in inputs["words"]:
        return ModelError("401: sk-secret")
    if prompt == "agent/judge_input":
        spoken = [outcome for word, outcome in OUTCOMES.items() if word in inputs["words"]]
        return judged(**{spoken[0]: 1.0}) if spoken else told
    return told


if __name__ == "__main__":
    SCRIPTS["program"] = Script(answer)
    SCRIPTS["program"].gate = program.hold
    os.environ["FABULA_MODEL"] = "scripted:program"
    main()
